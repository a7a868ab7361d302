// Settings of a program that is not the proxy: its own schema, its own prefix, a command line.

import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { ConfigError, type SettingsOptions, loadSettings } from "../../src/config/index.ts";
import { filesOf } from "./support.ts";

const SCHEMA = z.strictObject({
  poll_ms: z.int().min(1).max(1000).default(200),
  ratio: z.number().min(0).max(1).default(0.5),
  verbose: z.boolean().default(false),
  format: z.enum(["raw", "json"]).default("raw"),
  policy_path: z.string().optional(),
  include: z.array(z.string().min(1)).default([]),
  sizes: z.array(z.int()).default([]),
  output: z.strictObject({ path: z.string().default("-"), lines: z.int().default(9) }).prefault({}),
});
type Options = Partial<SettingsOptions<typeof SCHEMA>>;

function load(text: string | undefined, options: Options = {}) {
  const files = text === undefined ? {} : { "/t/tail.json": text };
  const base = { schema: SCHEMA, defaultPath: "/t/tail.json", env: {} };
  return loadSettings({ ...base, readFile: filesOf(files), ...options });
}

function problems(text: string | undefined, options: Options = {}): readonly string[] {
  try {
    load(text, options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

const DEFAULTS: z.output<typeof SCHEMA> = {
  poll_ms: 200,
  ratio: 0.5,
  verbose: false,
  format: "raw",
  include: [],
  sizes: [],
  output: { path: "-", lines: 9 },
};

describe("settings of any schema", () => {
  test("are its defaults", () => {
    const { isSet, ...rest } = load(undefined);
    const source = { kind: "defaults" } as const;
    expect(rest).toEqual({ values: DEFAULTS, warnings: [], source, folder: process.cwd() });
    expect(isSet("poll_ms")).toBe(false);
  });

  test("need no file at all", () => {
    const readFile = () => {
      throw new Error("reads");
    };
    expect(loadSettings({ schema: SCHEMA, env: {}, readFile }).values).toEqual(DEFAULTS);
  });

  test("come from file, then variables, then the command line", () => {
    const text = '{"poll_ms": 1, "format": "json", "output": {"path": "file", "lines": 1}}';
    const env = { TERO_POLL_MS: "2", TERO_OUTPUT_LINES: "2" };
    const commandLine = [{ key: "output.lines", value: 3, flag: "--lines" }];
    const { values, source, folder, isSet } = load(text, { env, commandLine });
    expect(values).toEqual({
      ...DEFAULTS,
      poll_ms: 2,
      format: "json",
      output: { path: "file", lines: 3 },
    });
    expect([source, folder]).toEqual([{ kind: "file", path: "/t/tail.json" }, "/t"]);
    expect(["poll_ms", "output.lines", "output", "ratio"].map(isSet)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("come from YAML as well", () => {
    const readFile = filesOf({ "t.yaml": "poll_ms: 5\ninclude: [a]\n" });
    expect(load(undefined, { path: "t.yaml", readFile }).values).toMatchObject({
      poll_ms: 5,
      include: ["a"],
    });
  });

  test("have variables of the program's own prefix", () => {
    const env = { TAIL_POLL_MS: "7", TERO_POLL_MS: "x", TAIL_POL_MS: "1" };
    const { values, warnings } = load(undefined, { env, prefix: "TAIL_" });
    expect(values.poll_ms).toBe(7);
    expect(warnings).toEqual(["TAIL_POL_MS: ignored; did you mean TAIL_POLL_MS?"]);
    expect(problems(undefined, { prefix: "TAIL_", path: "x" })).toEqual([
      "x: no such file; give the path of a configuration file, or none to run on /t/tail.json, defaults and TAIL_ variables.",
    ]);
  });

  test("are substituted in texts of every layer", () => {
    const commandLine = [{ key: "policy_path", value: "${HOME}/p", flag: "--policy" }];
    const env = { HOME: "/root", TERO_OUTPUT_PATH: "${HOME}/o" };
    const { values } = load('{"include": ["${HOME}"]}', { env, commandLine });
    expect(values).toMatchObject({
      policy_path: "/root/p",
      output: { path: "/root/o" },
      include: ["/root"],
    });
  });

  test("are checked by the program itself, with places", () => {
    const check = ({ poll_ms }: z.output<typeof SCHEMA>) =>
      poll_ms === 3 ? [{ path: ["poll_ms"], at: "value" as const, reason: "is odd." }] : [];
    expect(problems('{"poll_ms": 3}', { check })).toEqual(["/t/tail.json:1:13 poll_ms: is odd."]);
    expect(problems('{"poll_ms": 4}', { check })).toEqual([]);
  });

  test("are read as what is within wrappers", () => {
    const schema = z.strictObject({
      size: z.int().nullable().default(1),
      rate: z.number().optional().readonly(),
      on: z.boolean().catch(false),
      wait: z
        .int()
        .transform((ms) => ms / 1000)
        .default(0),
      name: z.preprocess(String, z.string()).default(""),
    });
    const env = {
      TERO_SIZE: "5",
      TERO_RATE: "-0.5",
      TERO_ON: "1",
      TERO_WAIT: "1500",
      TERO_NAME: "x",
    };
    const { values } = loadSettings({ schema, env });
    expect(values).toEqual({ size: 5, rate: -0.5, on: true, wait: 1.5, name: "x" });
  });

  const WRONG: readonly (readonly [text: string, message: string])[] = [
    ['{"poll_ms": 0}', "poll_ms: 0 is too small; allowed: a whole number from 1 to 1000."],
    [
      '{"poll_ms": "1"}',
      'poll_ms: "1" is text, not a number; allowed: a whole number from 1 to 1000.',
    ],
    ['{"ratio": 1.5}', "ratio: 1.5 is too large; allowed: a number from 0 to 1."],
    ['{"ratio": "x"}', 'ratio: "x" is text, not a number; allowed: a number from 0 to 1.'],
    ['{"verbose": 1}', "verbose: 1 is not true or false; allowed: true or false."],
    ['{"format": "xml"}', 'format: "xml" is not known; allowed: raw, json.'],
    ['{"format": 1}', "format: 1 is not known; allowed: raw, json."],
    ['{"include": "a"}', 'include: "a" is not a list; allowed: a list.'],
    ['{"include": [1]}', "include[0]: 1 is not text; allowed: text."],
    ['{"output": 1}', "output: a number is not an object; allowed: an object with path, lines."],
    ['{"polms": 1}', 'polms: unknown key; did you mean "poll_ms"?'],
  ];
  test.each(WRONG)("say what is allowed, also without words of their own: %s", (text, message) => {
    expect(problems(text).map((line) => line.replace(/^\S+ /, ""))).toEqual([message]);
  });
});

describe("a command line", () => {
  const of = (key: string, value: SettingsValue, text = "{}") => {
    const commandLine = [{ key, value, flag: "--flag" }];
    const found = problems(text, { commandLine });
    return found.length > 0 ? found : load(text, { commandLine }).values;
  };
  type SettingsValue = NonNullable<Options["commandLine"]>[number]["value"];

  test("gives values, texts that are read as variables are, and lists", () => {
    expect(of("poll_ms", 5)).toMatchObject({ poll_ms: 5 });
    expect(of("poll_ms", "5")).toMatchObject({ poll_ms: 5 });
    expect(of("ratio", "0.25")).toMatchObject({ ratio: 0.25 });
    expect(of("verbose", true)).toMatchObject({ verbose: true });
    expect(of("verbose", "1")).toMatchObject({ verbose: true });
    expect(of("include", ["a,b", " c"])).toMatchObject({ include: ["a,b", " c"] });
    expect(of("include", "a,b")).toMatchObject({ include: ["a", "b"] });
    expect(of("sizes", ["1", "2"])).toMatchObject({ sizes: [1, 2] });
    expect(of("sizes", [1, 2])).toMatchObject({ sizes: [1, 2] });
    expect(of("sizes", "1, 2")).toMatchObject({ sizes: [1, 2] });
  });

  test("is told of by its flag", () => {
    expect(of("poll_ms", "x")).toEqual([
      '--flag: "x" is not a whole number; allowed: a whole number from 1 to 1000.',
    ]);
    expect(of("poll_ms", 1001)).toEqual([
      "--flag: 1001 is too large; allowed: a whole number from 1 to 1000.",
    ]);
    expect(of("format", "xml", '{"format": "raw"}')).toEqual([
      '--flag: "xml" is not known; allowed: raw, json.',
    ]);
    expect(of("include", ["a", ""])).toEqual([
      '--flag include[1]: "" is too small; allowed: text.',
    ]);
    expect(of("policy_path", "${NONE}")).toEqual([
      "--flag: the variable NONE is not set; set it, or write ${NONE:-default}.",
    ]);
  });

  test("takes a key away with an empty text, and is not ignored where that cannot be", () => {
    expect(of("policy_path", "", '{"policy_path": "p"}')).not.toHaveProperty("policy_path");
    expect(of("poll_ms", "")).toEqual([
      '--flag: "" is not a whole number; allowed: a whole number from 1 to 1000.',
    ]);
  });

  test("hides what is wrong with the variable below it", () => {
    const commandLine = [{ key: "poll_ms", value: 1, flag: "--poll-ms" }];
    expect(problems('{"poll_ms": -1}', { env: { TERO_POLL_MS: "x" }, commandLine })).toEqual([]);
  });

  test("cannot name a key that is not there", () => {
    expect(() => of("pol_ms", 1)).toThrow("--flag is for pol_ms, which is no key of the schema");
  });
});
