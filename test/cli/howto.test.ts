// The page about vanished records, word for word: its files, its commands, what they print.

import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CommandFolder } from "../support/terminal.ts";

const PAGE = readFileSync(
  resolve(import.meta.dir, "../../docs/howto-why-did-it-vanish.md"),
  "utf8",
);

/** Fenced blocks of a language, in order. */
function blocks(language: string): readonly string[] {
  const fences = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm");
  return [...PAGE.matchAll(fences)].map(([, text]) => text!);
}

test("every command prints what the page says", async () => {
  const [policies, suite] = blocks("yaml");
  const [records] = blocks("json");
  const commands = blocks("sh");
  const outputs = blocks("text");
  expect([commands.length, outputs.length]).toEqual([3, 3]);
  using folder = new CommandFolder({
    "policies.yaml": policies!,
    "records.json": records!,
    "suite.yaml": suite!,
  });
  for (const [i, command] of commands.entries()) {
    if (i === 2) {
      const mended = policies!
        .replace("contains: health", 'starts_with: "GET /health"')
        .replace("exact: DEBUG", "exact: DEBUG\n          case_insensitive: true");
      writeFileSync(join(folder.path, "policies.yaml"), mended);
    }
    const [program, ...args] = command.trim().split(" ");
    expect(program).toBe("edge");
    const { code, out, err } = await folder.inPipe(args);
    expect([code, out, err]).toEqual([0, outputs[i]!, ""]);
  }
});
