// Shells complete what the table of commands says.

import { describe, expect, test } from "bun:test";
import { completionScript, SHELLS } from "../../src/cli/completion.ts";
import type { Command } from "../../src/cli/index.ts";
import { expectGolden } from "../support/golden.ts";
import { CommandFolder } from "../support/terminal.ts";

const run = (): Promise<number> => Promise.resolve(0);
const COMMANDS: readonly Command[] = [
  { name: "", operands: "", operandsMax: 0, summary: "Run.", flags: [], run },
  {
    name: "check",
    operands: "FILE",
    operandsMax: 1,
    summary: "Check a file: don't run it.",
    flags: [
      {
        name: "--form",
        short: "-f",
        value: "FORM",
        summary: "How [it] is written.",
        type: { kind: "choice", words: ["json", "text"] },
      },
      { name: "--policies", short: "-p", value: "FILE", summary: "Policies.", repeat: "all" },
      { name: "--json", summary: "Print JSON." },
    ],
    run,
  },
];

for (const shell of SHELLS) {
  test(`the script of ${shell}`, () => {
    expectGolden(`completion-${shell}.txt`, completionScript(shell, "edge-x", COMMANDS));
  });
}

/** What bash would offer behind these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = [
    completionScript("bash", "edge-x", COMMANDS),
    `COMP_WORDS=(edge-x ${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length}`,
    "_edge_x",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  using folder = new CommandFolder({ "checks.yaml": "" });
  const { stdout } = Bun.spawnSync(["bash", "-c", script], { cwd: folder.path });
  return stdout
    .toString()
    .split("\n")
    .filter((word) => word !== "");
}

describe.skipIf(Bun.which("bash") === null)("bash (skipped where it is absent)", () => {
  test("completes commands and files", () => {
    expect(offered("che")).toEqual(["check", "checks.yaml"]);
    expect(offered("--v")).toEqual(["--version"]);
  });

  test("completes options, and the words that they take", () => {
    expect(offered("check", "--j")).toEqual(["--json"]);
    expect(offered("check", "--form", "t")).toEqual(["text"]);
    expect(offered("check", "--form", "json", "c")).toEqual(["checks.yaml"]);
  });
});

test("edge completion prints them, and knows no other shell", async () => {
  using folder = new CommandFolder({});
  const { code, out } = await folder.inPipe(["completion", "fish"]);
  expect(code).toBe(0);
  expect(out).toContain("complete -c edge -n __fish_use_subcommand -a explain -d ");
  expect(await folder.inPipe(["completion", "tcsh"])).toEqual({
    code: 64,
    out: "",
    err: 'edge: completion "tcsh": use bash, zsh, fish.\n',
  });
});
