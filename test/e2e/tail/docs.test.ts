// The commands of docs/tail.md, word for word and one after the other in one folder, with the
// compiled executable: each prints what the page shows behind it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pageSteps } from "../../support/documents/page.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { OtlpReceiver } from "../../tail/output/otlp-receiver.ts";

const BUILD_TIMEOUT_MS = 120_000;
const PAGE = join(resolve(import.meta.dir, "../../.."), "docs/tail.md");
const isHere = process.platform !== "win32" && hasEntryPoint("edge-tail");

const commands = pageSteps(readFileSync(PAGE, "utf8")).filter((step) => step.kind === "command");

test("the page has commands", () => {
  expect(commands.length).toBeGreaterThan(5);
});

describe.skipIf(!isHere)("docs/tail.md", () => {
  let folder: string;
  let receiver: OtlpReceiver;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tail-docs-"));
    mkdirSync(join(folder, "bin"));
    symlinkSync(await executable("edge-tail"), join(folder, "bin/edge-tail"));
    receiver = OtlpReceiver.start();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await receiver.down();
    rmSync(folder, { recursive: true });
  });

  test.each(commands.map((command, i) => [i + 1, command] as const))(
    "command %d",
    async (_, { prints, shell }) => {
      const port = new URL(receiver.url).host;
      const child = Bun.spawn(["bash", "-e", "-c", shell.replaceAll("127.0.0.1:4318", port)], {
        cwd: folder,
        env: { PATH: `${folder}/bin:${process.env["PATH"] ?? ""}` },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      expect([await child.exited, err, out]).toEqual([0, "", prints ?? ""]);
    },
    60_000,
  );

  test("the backend got the lines, with what is known of them", () => {
    expect(
      receiver.logs.map(({ body, severity, resource }) => [
        body,
        severity,
        resource["service.name"],
      ]),
    ).toEqual([
      ['{"level": "debug", "message": "cache miss"}', "debug", "shop"],
      [
        '{"level": "info",  "message": "paid with 4111111111111111", "user": {"id": 7, "email": "jane@example.com"}}',
        "info",
        "shop",
      ],
      ['{"level": "info",  "message": "shipped", "total": 12.50}', "info", "shop"],
      ['{"message": "after the rotation"}', "", "shop"],
    ]);
  });
});
