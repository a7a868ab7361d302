// Flags that are made of a schema, from the words of the command line to the program's settings.

import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { ConfigError, loadSettings } from "../../src/config/index.ts";
import { type CliIo, type Command, runCommandLine } from "../../src/cli/index.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import { keyFlags, overridesOf } from "../../src/cli/key-flags.ts";

const SCHEMA = z.strictObject({
  poll_ms: z.int().min(1).max(1000).default(200).describe("How long to sleep."),
  follow: z.boolean().default(false).describe("Go on at the end."),
  policy_path: z.string().optional().describe("The `policy` file."),
  include: z.array(z.string()).default([]).describe("Which lines."),
  output: z.strictObject({ lines: z.int().default(9).describe("When to write.") }).prefault({}),
});
const FLAGS = keyFlags(SCHEMA, {
  poll_ms: {},
  follow: { short: "-F" },
  policy_path: { name: "--policy", short: "-p", value: "PATH" },
  include: { value: "RE" },
  "output.lines": { repeat: "last" },
});

async function tail(argv: readonly string[], env: Record<string, string> = {}) {
  let out = "";
  let err = "";
  let values: unknown;
  const command: Command = {
    name: "",
    operands: "[PATH...]",
    operandsMax: Infinity,
    summary: "Follow files.",
    flags: FLAGS,
    async run(invocation, context) {
      try {
        const commandLine = overridesOf(invocation, FLAGS);
        values = loadSettings({ schema: SCHEMA, env: context.env, commandLine }).values;
        return 0;
      } catch (error) {
        if (error instanceof ConfigError) context.io.err(`${error.message}\n`);
        return 78;
      }
    },
  };
  const io: CliIo = { out: (text) => (out += text), err: (text) => (err += text) };
  const given = { distribution: DISTRIBUTIONS.edge, version: "1", argv, env, io };
  const code = await runCommandLine(given, [command]);
  return { code, out, err, values };
}

describe("a flag for a key", () => {
  test("overrides it, and its variable", async () => {
    const argv = ["--poll-ms", "5", "-Fp", "p.json", "--include=a,b", "--include", "c"];
    const { code, values } = await tail(
      [...argv, "--output-lines=1", "--output-lines=2", "x.log"],
      { TERO_POLL_MS: "x", TERO_INCLUDE: "z" },
    );
    expect(code).toBe(0);
    expect(values).toEqual({
      poll_ms: 5,
      follow: true,
      policy_path: "p.json",
      include: ["a,b", "c"],
      output: { lines: 2 },
    });
  });

  test("turns off what a variable turns on", async () => {
    const { values } = await tail(["--no-follow"], { TERO_FOLLOW: "true" });
    expect(values).toMatchObject({ follow: false });
  });

  test("leaves its key alone when it is not given", async () => {
    const { values } = await tail([], { TERO_FOLLOW: "true", TERO_POLL_MS: "7" });
    expect(values).toMatchObject({ follow: true, poll_ms: 7 });
  });

  test("is named when its value is wrong", async () => {
    expect(await tail(["--poll-ms=0", "--include", "${NONE}"])).toMatchObject({
      code: 78,
      err:
        "--include include[0]: the variable NONE is not set; set it, or write ${NONE:-default}.\n" +
        "--poll-ms: 0 is too small; allowed: a whole number from 1 to 1000.\n",
    });
  });

  test("is explained by the schema", async () => {
    expect((await tail(["--help"])).out).toContain(`Options:
      --poll-ms N       How long to sleep. Allowed: a whole number from 1 to 1000. Default: 200.
  -F, --[no-]follow     Go on at the end.
  -p, --policy PATH     The policy file. Allowed: text.
      --include RE      Which lines. Allowed: a list. May be repeated.
      --output-lines N  When to write. Allowed: a whole number. Default: 9. The last one counts.
`);
  });

  test("cannot be made for a key that is not there", () => {
    expect(() => keyFlags(SCHEMA, { pol_ms: {} })).toThrow("pol_ms is no key of the schema");
  });
});
