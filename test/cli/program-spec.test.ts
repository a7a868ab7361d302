// The command line of a program that is no proxy: a schema, flags and operands of its own.

import { describe, expect, test } from "bun:test";
import { z } from "zod";
import {
  type CliOptions,
  type Distribution,
  keyFlags,
  overridesOf,
  type ProgramSpec,
  runCli,
  valueOf,
} from "../../src/cli/index.ts";
import { loadSettings } from "../../src/config/index.ts";
import { filesOf } from "../config/support.ts";

const SCHEMA = z.strictObject({
  input_format: z.enum(["raw", "json"]).default("raw").describe("How a line is read."),
  policy_path: z.string().optional().describe("The policy file."),
});
const CONFIG = { name: "--config", short: "-c", value: "PATH", summary: "The file." } as const;
const KEY_FLAGS = keyFlags(SCHEMA, {
  input_format: { name: "--format", short: "-f", value: "FMT" },
  policy_path: { name: "--policy", short: "-p", value: "PATH" },
});

interface Tail {
  readonly format: string;
  readonly policy: string | undefined;
  readonly inputs: readonly string[];
}

const TAIL: Distribution = {
  label: "edge",
  program: "edge-tail",
  purpose: "Follows files.",
  defaultConfigPath: "config-tail.json",
};

function spec(started: Tail[], lenient = false): ProgramSpec<Tail> {
  return {
    summary: "Follow files.",
    operands: "[PATH...]",
    operandsMax: Number.POSITIVE_INFINITY,
    flags: [CONFIG, ...KEY_FLAGS],
    notes: ["Without a PATH, standard input is read."],
    load: (invocation, { env, readFile }) => {
      const { values, warnings, source } = loadSettings({
        schema: SCHEMA,
        path: valueOf(invocation, CONFIG),
        env,
        readFile,
        commandLine: overridesOf(invocation, KEY_FLAGS),
        lenient,
      });
      const { input_format: format, policy_path: policy } = values;
      return { config: { format, policy, inputs: invocation.operands }, warnings, source };
    },
    faultsOf: ({ inputs }) => (inputs.includes("/") ? ["/: is a folder."] : []),
    healthOf: () => "it serves nothing.",
    sourcesOf: ({ policy: path }) => {
      const own = { type: "file", id: "policy", path: path ?? "", pollIntervalMs: 1000 } as const;
      return { providers: path === undefined ? [] : [own], shadowPolicies: [] };
    },
    start: async (config) => {
      started.push(config);
      return 3;
    },
  };
}

async function tail(argv: readonly string[], env: CliOptions["env"] = {}, lenient = false) {
  let out = "";
  let err = "";
  const started: Tail[] = [];
  const options: CliOptions = {
    distribution: TAIL,
    version: "1.0.0",
    argv,
    env,
    readFile: filesOf({ "c.json": '{"input_format": "json"}', "bad.json": '{"x": 1}' }),
    checkPolicyFiles: async (files) =>
      files.map(({ path }) => ({
        policies: 2,
        findings: path === "bad-policies.json" ? ["bad-policies.json: oh"] : [],
        warnings: [],
      })),
    io: { out: (text) => (out += text), err: (text) => (err += text) },
  };
  const code = await runCli(options, spec(started, lenient));
  return { code, out, err, started };
}

describe("a program of flags and operands", () => {
  test("starts with its file, variables and flags, each over the one before", async () => {
    const { code, started, err } = await tail(
      ["-c", "c.json", "a.log", "--policy=p.json", "b.log"],
      { TERO_POLICY_PATH: "q.json" },
    );
    expect({ code, started, err }).toEqual({
      code: 3,
      started: [{ format: "json", policy: "p.json", inputs: ["a.log", "b.log"] }],
      err: "",
    });
    expect((await tail(["-f", "raw", "-c", "c.json"])).started).toEqual([
      { format: "raw", policy: undefined, inputs: [] },
    ]);
  });

  test("does not start on wrong settings, and exits with 78", async () => {
    expect(await tail(["-c", "bad.json", "-f", "xml"])).toEqual({
      code: 78,
      out: "",
      err:
        "bad.json:1:2 x: unknown key; allowed: input_format, policy_path.\n" +
        '--format: "xml" is not known; allowed: raw, json.\n',
      started: [],
    });
  });

  test("starts on wrong settings when it is lenient, and warns of them", async () => {
    const { code, err, started } = await tail(["-c", "bad.json"], { TERO_INPUT_FORMAT: "x" }, true);
    expect([code, started.length]).toEqual([3, 1]);
    expect(err).toStartWith("edge-tail: warning: ");
    expect(err).toContain("x: unknown key");
    expect(err).toContain("TERO_INPUT_FORMAT");
  });

  test("validates what it would start with, and starts nothing", async () => {
    expect(await tail(["validate", "-c", "c.json", "-p", "p.json", "a.log"])).toEqual({
      code: 0,
      out: "c.json: ok\np.json: ok, 2 policies\nno problems\n",
      err: "",
      started: [],
    });
    expect(await tail(["validate", "-p", "bad-policies.json", "/"])).toEqual({
      code: 78,
      out: "/: is a folder.\nbad-policies.json: oh\n2 problems\n",
      err: "",
      started: [],
    });
  });

  test("prints its version and its help from the same table", async () => {
    expect((await tail(["version"])).out).toBe("edge-tail 1.0.0\n");
    expect((await tail(["--version"])).out).toBe("edge-tail 1.0.0\n");
    expect((await tail(["--help"])).out).toBe(`Follows files.

Usage:
  edge-tail [options] [PATH...]
  edge-tail COMMAND [options] [arguments]

Commands:
  run         Follow files.
  validate    Check the configuration and its policy files, or policy files alone.
  health      Check whether the program that runs with these settings is alive.
  version     Print the version.
  completion  Print a script that makes a shell complete this command line.
  help        Print this help, or the help of a command.

Options:
  -c, --config PATH  The file.
  -f, --format FMT   How a line is read. Allowed: raw, json. Default: raw.
  -p, --policy PATH  The policy file. Allowed: text.
  -h, --help         Print this help.
  -V, --version      Print the version.

Without a PATH, standard input is read.

Exit codes:
  0   The command did its work, or the program was told to stop.
  1   It could not start or could not go on.
  64  The command line is wrong.
  70  A fault of the program itself; the report is on standard error.
  78  The configuration, or a policy file, is wrong.
`);
  });

  test("refuses a flag that it does not have with 64", async () => {
    const { code, err } = await tail(["--polici", "x"]);
    expect([code, err.split("\n")[0]]).toEqual([
      64,
      "edge-tail: --polici: unknown option; did you mean --policy?",
    ]);
  });
});
