// The scripts of `completion` in the shells that they are for, as they are installed.

import { describe, expect, test } from "bun:test";
import { completionScript } from "../../src/cli/completion.ts";
import type { Command } from "../../src/cli/index.ts";
import { CommandFolder, LiveCommand } from "../support/terminal.ts";

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
        summary: "How [it] is written: so.",
        type: { kind: "choice", words: ["json", "text"] },
      },
      { name: "--policies", short: "-p", value: "FILE", summary: "Policies.", repeat: "all" },
      { name: "--json", summary: "Print JSON." },
    ],
    run,
  },
  { name: "other", operands: "", operandsMax: 0, summary: "Other.", flags: [], run },
];

/** What was typed, and what the program was called with after Tab and Return. */
const CASES: readonly (readonly [typed: string, got: string])[] = [
  ["edge-x oth", "other"],
  ["edge-x check --js", "check --json"],
  ["edge-x check --form te", "check --form text"],
  ["edge-x check data", "check data.yaml"],
  ["edge-x check --policies dat", "check --policies data.yaml"],
];

describe.skipIf(Bun.which("zsh") === null)("zsh (skipped where it is absent)", () => {
  for (const [typed, got] of CASES) {
    test(`completes ${typed}`, async () => {
      using folder = new CommandFolder({
        "fpath/_edge-x": completionScript("zsh", "edge-x", COMMANDS),
        "data.yaml": "",
        ".zshrc": [
          'fpath=("$PWD/fpath" $fpath)',
          "autoload -U compinit && compinit -u -D",
          'edge-x() { print -r -- "GOT:$*:" }',
          "PS1='READY> '",
          "",
        ].join("\n"),
      });
      const env = { ZDOTDIR: folder.path, TERM: "xterm", PATH: process.env["PATH"] ?? "" };
      const shell = new LiveCommand(["zsh", "-d", "-i"], folder.path, env);
      await shell.printed("READY> ");
      shell.type(`${typed}\t\r`);
      await shell.printed("GOT:");
      await shell.printed(":\r\n");
      shell.type("exit\r");
      const { out } = await shell.ended();
      expect(/GOT:(.*?) ?:\r\n/.exec(out)?.[1]).toBe(got);
    });
  }
});

describe.skipIf(Bun.which("fish") === null)("fish (skipped where it is absent)", () => {
  for (const [typed, got] of CASES) {
    test(`completes ${typed}`, async () => {
      using folder = new CommandFolder({
        "edge-x.fish": completionScript("fish", "edge-x", COMMANDS),
        "data.yaml": "",
      });
      const line = `source edge-x.fish; complete -C ${JSON.stringify(typed)}`;
      const env = { HOME: folder.path, PATH: process.env["PATH"] ?? "" };
      const { stdout, stderr } = Bun.spawnSync(["fish", "--no-config", "-c", line], {
        cwd: folder.path,
        env,
      });
      const offered = stdout
        .toString()
        .split("\n")
        .map((one) => one.split("\t")[0]);
      expect([stderr.toString(), offered]).toEqual(["", [got.split(" ").at(-1)!, ""]]);
    });
  }
});
