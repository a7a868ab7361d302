// Command lines and what they are understood as.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Command } from "../../src/cli/command.ts";
import { parseArguments } from "../../src/cli/parse.ts";

const run = async () => 0;
const COMMANDS: readonly Command[] = [
  { name: "", operands: "[file]", operandsMax: 1, summary: "", flags: [], run },
  {
    name: "test",
    operands: "FILE...",
    operandsMax: 3,
    summary: "",
    flags: [
      { name: "--format", short: "-f", value: "FMT", summary: "" },
      { name: "--all", summary: "" },
    ],
    run,
  },
  { name: "stop", operands: "", operandsMax: 0, summary: "", flags: [], run },
];

function parse(line: string): unknown {
  const parsed = parseArguments(line === "" ? [] : line.split(" "), COMMANDS);
  switch (parsed.kind) {
    case "run":
      return [
        parsed.command.name,
        parsed.invocation.operands,
        Object.fromEntries(parsed.invocation.flags),
      ];
    case "help":
      return `help ${parsed.command.name}`;
    case "version":
      return "version";
    case "usage":
      return parsed.reason;
  }
}

describe("a command line", () => {
  const CASES: readonly (readonly [line: string, result: unknown])[] = [
    ["", ["", [], {}]],
    ["config.json", ["", ["config.json"], {}]],
    ["-", ["", ["-"], {}]],
    ["test", ["test", [], {}]],
    ["test a b c", ["test", ["a", "b", "c"], {}]],
    ["test a --format json b", ["test", ["a", "b"], { "--format": "json" }]],
    ["test --format=json --format=k=v", "--format: is there twice; give it once."],
    ["test --format=k=v", ["test", [], { "--format": "k=v" }]],
    ["test -f json --all", ["test", [], { "--format": "json", "--all": true }]],
    ["test --format --all", ["test", [], { "--format": "--all" }]],
    ["test -- --all -- x", ["test", ["--all", "--", "x"], {}]],
    ["-- test", ["", ["test"], {}]],
    ["--help", "help "],
    ["-h", "help "],
    ["test --help", "help test"],
    ["--help test", "help test"],
    ["test a b c d --help", "help test"],
    ["--version", "version"],
    ["-V x y", "version"],
    ["a b", '"b": one argument too many; allowed: at most 1.'],
    [
      "a test",
      '"test": one argument too many; allowed: at most 1. A command stands before its arguments: test a.',
    ],
    ["stop x", '"x": one argument too many; allowed: none.'],
    ["--hepl", "--hepl: unknown option; did you mean --help?"],
    ["--zzz", "--zzz: unknown option; known: --help, --version."],
    ["-x", "-x: unknown option; known: --help, --version."],
    ["--all", "--all: unknown option; known: --help, --version."],
    ["test --fromat=x", "--fromat: unknown option; did you mean --format?"],
    ["test --format", "--format: needs a value: --format FMT."],
    ["test --all=1", '--all: takes no value; remove "=…".'],
    ["--help=1", '--help: takes no value; remove "=…".'],
  ];
  test.each(CASES)("%j", (line, result) => {
    expect(parse(line)).toEqual(result);
  });

  test("of any words is understood or told what is wrong with it", () => {
    const word = fc.oneof(
      fc.constantFrom("", "-", "--", "--help", "--format", "--format=", "test", "stop", "-f", "="),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        const parsed = parseArguments(argv, COMMANDS);
        if (parsed.kind === "usage") expect(parsed.reason).toMatch(/: .+[.?]$/s);
        if (parsed.kind === "run") {
          const { command, invocation } = parsed;
          expect(invocation.operands.length).toBeLessThanOrEqual(command.operandsMax);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
