// Pages of the documents, word for word, with the compiled executable: their files, their commands,
// and what these print.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../../scripts/bench/load.ts";
import { PageShell, pageSteps, printedPattern } from "../support/documents/page.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";

const BUILD_TIMEOUT_MS = 120_000;
const STEP_TIMEOUT_MS = 60_000;
const isMissing = Bun.which("bash") === null || Bun.which("curl") === null;
const why = isMissing ? "; skipped: bash or curl is not installed" : "";

/** With the least number of files and commands that each has. */
const PAGES = [
  { name: "tutorial", filesMin: 5, commandsMin: 9 },
  { name: "budgets", filesMin: 1, commandsMin: 3 },
];

describe.each(PAGES)("docs/$name.md", ({ name, filesMin, commandsMin }) => {
  // The port is the one thing that may be taken on the machine of a test.
  const port = String(freePort());
  const page = resolve(import.meta.dir, `../../docs/${name}.md`);
  const steps = pageSteps(readFileSync(page, "utf8").replaceAll("8080", port));

  test("has files and commands", () => {
    const count = (kind: string): number => steps.filter((step) => step.kind === kind).length;
    expect(count("file")).toBeGreaterThanOrEqual(filesMin);
    expect(count("command")).toBeGreaterThanOrEqual(commandsMin);
  });

  describe.skipIf(isMissing || !hasEntryPoint("edge"))(`is as it says${why}`, () => {
    let folder: string;
    let shell: PageShell;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), `edge-${name}-`));
      mkdirSync(join(folder, "bin"));
      symlinkSync(await executable("edge"), join(folder, "bin/edge"));
      const path = `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`;
      shell = new PageShell(folder, { PATH: path, EDGE_URL: `http://127.0.0.1:${port}` });
    }, BUILD_TIMEOUT_MS);
    afterAll(async () => {
      await shell[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    test.each(steps.map((step, i) => [i + 1, step] as const))(
      "step %d",
      async (_, step) => {
        if (step.kind === "file") {
          writeFileSync(join(folder, step.name), step.text);
          return;
        }
        const { code, printed } = await shell.run(step.shell);
        expect(printed).toMatch(printedPattern(step.prints ?? ""));
        expect(code).toBe(0);
      },
      STEP_TIMEOUT_MS,
    );
  });
});
