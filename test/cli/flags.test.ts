// Flags with types, counts, lists and groups, and how each is understood, refused and explained.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Command, type Flag, type Invocation, valueOf } from "../../src/cli/command.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { parseArguments } from "../../src/cli/parse.ts";

const run = async () => 0;
const VERBOSE = { name: "--verbose", short: "-v", repeat: "count", summary: "Say more." } as const;
const FOLLOW = { name: "--follow", short: "-F", summary: "Go on." } as const;
const COLOR = { name: "--color", negatable: true, summary: "In colour." } as const;
const LINES = {
  name: "--lines",
  short: "-n",
  value: "N",
  type: { kind: "integer", min: -5, max: 100, unit: "lines" },
  fallback: "10",
  summary: "How many.",
} as const;
const WAIT = {
  name: "--wait",
  value: "TIME",
  type: { kind: "duration", minMs: 1, maxMs: 7_200_000 },
  summary: "How long.",
} as const;
const FROM = {
  name: "--from",
  value: "WHERE",
  type: { kind: "choice", words: ["head", "tail"] },
  repeat: "last",
  fallback: "tail",
  summary: "Where to begin.",
} as const;
const INCLUDE = {
  name: "--include",
  short: "-i",
  value: "RE",
  repeat: "all",
  summary: "Which lines.",
} as const;
const FLAGS = [VERBOSE, FOLLOW, COLOR, LINES, WAIT, FROM, INCLUDE] as const;

const TAIL: Command = {
  name: "",
  operands: "[PATH...]",
  operandsMax: Infinity,
  summary: "Follow files.",
  flags: FLAGS,
  run,
};
const CHECK: Command = {
  name: "check",
  operands: "[PATH]",
  operandsMax: 1,
  summary: "Check.",
  flags: [LINES],
  run,
};

function parse(argv: readonly string[], commands: readonly Command[] = [TAIL, CHECK]): unknown {
  const parsed = parseArguments(argv, commands);
  if (parsed.kind === "usage") return parsed.reason;
  if (parsed.kind !== "run") return parsed.kind;
  const { operands, flags } = parsed.invocation;
  return [parsed.command.name, operands, Object.fromEntries(flags)];
}

type Case = readonly [line: string, result: unknown];

function table(name: string, cases: readonly Case[]): void {
  describe(name, () => {
    test.each(cases)("%s", (line, result) => {
      expect(parse(line.split(" "))).toEqual(result);
    });
  });
}

const KNOWN =
  "known: --verbose, --follow, --color, --lines, --wait, --from, --include, --help, --version.";

table("the command without a name has flags", [
  ["-v a b", ["", ["a", "b"], { "--verbose": 1 }]],
  ["a --verbose b", ["", ["a", "b"], { "--verbose": 1 }]],
  ["--lines 5 a", ["", ["a"], { "--lines": 5 }]],
]);

table("a command is named by the first word that is no flag of the program nor its value", [
  ["check a", ["check", ["a"], {}]],
  ["check --lines 5", ["check", [], { "--lines": 5 }]],
  ["--lines 5 check a", ["check", ["a"], { "--lines": 5 }]],
  ["--include check", ["", [], { "--include": ["check"] }]],
  ["--include check check", "--include: unknown option; known: --lines, --help, --version."],
  ["a check", ["", ["a", "check"], {}]],
  ["./check", ["", ["./check"], {}]],
  ["-- check", ["", ["check"], {}]],
  ["- check", ["", ["-", "check"], {}]],
  ["--include=a -- check", ["", ["check"], { "--include": ["a"] }]],
]);

table("a flag that may be repeated keeps all its values in their order", [
  ["--include a --include=b -ic -i d", ["", [], { "--include": ["a", "b", "c", "d"] }]],
  ["--include a", ["", [], { "--include": ["a"] }]],
  ["--include= --include=,", ["", [], { "--include": ["", ","] }]],
]);

table("a second value is refused, unless the flag's habit is that the last one counts", [
  ["--lines 5 --lines 5", "--lines: is there twice; give it once."],
  ["--lines 5 -n6", "-n: is there twice; give it once."],
  ["--from head --from tail", ["", [], { "--from": "tail" }]],
  ["--follow -F", ["", [], { "--follow": true }]],
]);

table("a counted flag is counted, wherever it stands", [
  ["-v", ["", [], { "--verbose": 1 }]],
  ["-vv", ["", [], { "--verbose": 2 }]],
  ["-v a -v", ["", ["a"], { "--verbose": 2 }]],
  ["-vFv --verbose", ["", [], { "--verbose": 3, "--follow": true }]],
]);

table("short flags share a word, and the last of them may have a value", [
  ["-vF", ["", [], { "--verbose": 1, "--follow": true }]],
  ["-n5", ["", [], { "--lines": 5 }]],
  ["-n-5", ["", [], { "--lines": -5 }]],
  ["-n -5", ["", [], { "--lines": -5 }]],
  ["-vFn5 a", ["", ["a"], { "--verbose": 1, "--follow": true, "--lines": 5 }]],
  ["-vn 5 a", ["", ["a"], { "--verbose": 1, "--lines": 5 }]],
  ["-vx", `-x in -vx: unknown option; ${KNOWN}`],
  ["-xv", `-xv: unknown option; ${KNOWN}`],
  ["-v😀", `-v😀: unknown option; ${KNOWN}`],
  ["-vn", "-n: needs a value: -n N."],
  ["-n=5", '-n: a short option has no "="; write -n 5 or --lines=5.'],
  ["-F=1", '-F: takes no value; remove "=…".'],
  ["-vF=1", '-F: takes no value; remove "=…".'],
  ["-lines 5", "-lines: unknown option; did you mean --lines?"],
  ["-include=x", "-include=x: unknown option; did you mean --include?"],
]);

table("a switch is turned off only if it says so", [
  ["--color", ["", [], { "--color": true }]],
  ["--no-color", ["", [], { "--color": false }]],
  ["--no-color --color", ["", [], { "--color": true }]],
  ["--no-color=1", '--no-color: takes no value; remove "=…".'],
  ["--no-follow", "--no-follow: unknown option; did you mean --follow?"],
  ["--no-lines", "--no-lines: unknown option; did you mean --lines?"],
]);

table("-- ends flags, and a lone - is an operand", [
  ["- -v -- -v --", ["", ["-", "-v", "--"], { "--verbose": 1 }]],
  ["--include -- -v", ["", [], { "--include": ["--"], "--verbose": 1 }]],
]);

table("a value is of its flag's type, or told what is allowed", [
  ["--lines -5", ["", [], { "--lines": -5 }]],
  ["--lines 100", ["", [], { "--lines": 100 }]],
  ["--lines 101", '--lines: "101" is too large; allowed: -5 to 100 lines.'],
  ["--lines -6", '--lines: "-6" is too small; allowed: -5 to 100 lines.'],
  ...["", "5.0", "1e1", "+5", "0x5", "five", "9".repeat(16)].map((text): Case => [
    `--lines=${text}`,
    `--lines: "${text}" is not a whole number; allowed: -5 to 100 lines.`,
  ]),
  ["--wait 1ms", ["", [], { "--wait": 1 }]],
  ["--wait 250ms", ["", [], { "--wait": 250 }]],
  ["--wait 5s", ["", [], { "--wait": 5000 }]],
  ["--wait 90m", ["", [], { "--wait": 5_400_000 }]],
  ["--wait 2h", ["", [], { "--wait": 7_200_000 }]],
  ["--wait 7201s", '--wait: "7201s" is too large; allowed: 1ms to 2h, in ms, s, m, h or d.'],
  ["--wait 1d", '--wait: "1d" is too large; allowed: 1ms to 2h, in ms, s, m, h or d.'],
  ["--wait 0s", '--wait: "0s" is too small; allowed: 1ms to 2h, in ms, s, m, h or d.'],
  ...["", "5", "s", "1.5s", "-1s", "5S", "1h30m", "5us", "9".repeat(16) + "s"].map((text): Case => [
    `--wait=${text}`,
    `--wait: "${text}" is not a duration; allowed: 1ms to 2h, in ms, s, m, h or d.`,
  ]),
  ["--from HEAD", ["", [], { "--from": "head" }]],
  ["--from tali", '--from: "tali" is not known; allowed: head, tail. Did you mean tail?'],
  ["--from=", '--from: "" is not known; allowed: head, tail.'],
]);

test("values have the type that their row of the table says", () => {
  const parsed = parseArguments(["-vv", "-n5", "--include=a", "--wait=1s", "--color"], [TAIL]);
  if (parsed.kind !== "run") throw new Error(parsed.kind);
  const given: Invocation = parsed.invocation;
  const verbose: number | undefined = valueOf(given, VERBOSE);
  const lines: number | undefined = valueOf(given, LINES);
  const wait: number | undefined = valueOf(given, WAIT);
  const from: string | undefined = valueOf(given, FROM);
  const include: readonly string[] | undefined = valueOf(given, INCLUDE);
  const color: boolean | undefined = valueOf(given, COLOR);
  expect([verbose, lines, wait, from, include, color]).toEqual([
    2,
    5,
    1000,
    undefined,
    ["a"],
    true,
  ]);
});

test("the help tells what each flag takes, and what holds without it", () => {
  const options = `Options:
  -v, --verbose     Say more. Repeat it for more.
  -F, --follow      Go on.
      --[no-]color  In colour.
  -n, --lines N     How many. Allowed: -5 to 100 lines. Default: 10.
      --wait TIME   How long. Allowed: 1ms to 2h, in ms, s, m, h or d.
      --from WHERE  Where to begin. Allowed: head, tail. Default: tail. The last one counts.
  -i, --include RE  Which lines. May be repeated.
  -h, --help        Print this help.
  -V, --version     Print the version.
`;
  expect(programHelp(DISTRIBUTIONS.edge, [TAIL, CHECK])).toContain(options);
  expect(programHelp(DISTRIBUTIONS.edge, [TAIL, CHECK])).toContain("  edge [options] [PATH...]\n");
  expect(commandHelp(DISTRIBUTIONS.edge, TAIL)).toContain(options);
  const noted = { ...TAIL, notes: ["Files are followed by name."] };
  const wanted = `${options}\nFiles are followed by name.\n`;
  expect(programHelp(DISTRIBUTIONS.edge, [noted])).toContain(wanted);
  expect(commandHelp(DISTRIBUTIONS.edge, noted)).toEndWith(wanted);
  expect(programHelp(DISTRIBUTIONS.edge, [TAIL])).not.toContain("file is named");
});

describe("whatever is printed as a command line is read back", () => {
  interface Given {
    readonly flag: Flag;
    readonly value: string;
    readonly read: unknown;
  }
  const given = (flag: Flag, values: fc.Arbitrary<readonly [string, unknown]>) =>
    values.map(([value, read]): Given => ({ flag, value, read }));
  const texts = fc.string({ unit: "binary" }).filter((text) => !text.startsWith("="));
  const one = fc.oneof(
    given(VERBOSE, fc.constant(["", true])),
    given(FOLLOW, fc.constant(["", true])),
    given(
      INCLUDE,
      texts.map((text) => [text, text]),
    ),
    given(
      LINES,
      fc.integer({ min: -5, max: 100 }).map((n) => [String(n), n]),
    ),
    given(
      WAIT,
      fc.integer({ min: 1, max: 7200 }).map((n) => [`${n}s`, n * 1000]),
    ),
    given(FROM, fc.constantFrom(["head", "head"] as const, ["TAIL", "tail"] as const)),
  );
  const isTwice = ({ flag }: Given) => flag.value === undefined || "repeat" in flag;
  const onlyOnce = (list: readonly Given[]) =>
    list.filter(
      (item, at) => isTwice(item) || list.findIndex(({ flag }) => flag === item.flag) === at,
    );

  function spell({ flag, value }: Given, way: number): string[] {
    const { name, short = "" } = flag;
    if (flag.value === undefined) return [way % 2 === 0 || short === "" ? name : short];
    if (way === 0) return [`${name}=${value}`];
    if (way === 1) return [name, value];
    return short === "" || value === "" || way === 2
      ? [short || name, value]
      : [`${short}${value}`];
  }

  function meant(list: readonly Given[]): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const { flag, read } of list) {
      const before = values[flag.name];
      if (flag.repeat === "count") values[flag.name] = Number(before ?? 0) + 1;
      else if (flag.repeat === "all")
        values[flag.name] = [...(Array.isArray(before) ? before : []), read];
      else values[flag.name] = read;
    }
    return values;
  }

  test("in each spelling, with operands behind --", () => {
    const spelt = fc.array(fc.tuple(one, fc.integer({ min: 0, max: 3 })), { maxLength: 8 });
    fc.assert(
      fc.property(spelt, fc.array(fc.string({ unit: "binary" })), (items, operands) => {
        const list = onlyOnce(items.map(([item]) => item));
        const words = list.flatMap((item, at) => spell(item, items[at]?.[1] ?? 0));
        expect(parse([...words, "--", ...operands])).toEqual(["", operands, meant(list)]);
      }),
      { numRuns: 1000 },
    );
  });

  test("also when short flags share a word", () => {
    const letters = fc.array(fc.constantFrom("v", "F"), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(letters, fc.integer({ min: -5, max: 100 }), (group, lines) => {
        const verbose = group.filter((letter) => letter === "v").length;
        const counted = verbose === 0 ? {} : { "--verbose": verbose };
        const follow = group.includes("F") ? { "--follow": true } : {};
        const values = { ...counted, ...follow, "--lines": lines };
        expect(parse([`-${group.join("")}n${lines}`])).toEqual(["", [], values]);
        expect(parse([`-${group.join("")}n`, String(lines)])).toEqual(["", [], values]);
      }),
    );
  });
});
