// Text from elsewhere (names of files and commands, settings, policies, records) never reaches a
// terminal as commands, reversed or with parts that are not seen, whatever command prints it.

import { expect, test } from "bun:test";
import { type CliOptions, runCli, proxySpec } from "../../src/cli/index.ts";
import { POLICY_COMMANDS } from "../../src/cli/policies/commands.ts";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import { checkPolicyFiles } from "../../src/providers/file/check-policy-files.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { filesOf } from "../config/support.ts";

const UNSAFE = [
  "\u0007",
  "\u001b[31m",
  "\u007f",
  "\u009b31m",
  "\u00ad",
  "\u061c",
  "\u200b",
  "\u200d",
  "\u200f",
  "\u2028",
  "\u202e",
  "\u2060",
  "\u2066",
  "\u3164",
  "\ufeff",
  "\u{e0041}",
].join("");
const SEEN = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u3164]/u;

const x = `a${UNSAFE}b`;
const wrong = { id: x, name: x, log: { match: [{ log_field: "body", regex: `(${x}` }], keep: x } };
const fine = {
  id: x,
  name: x,
  labels: { [x]: x },
  log: {
    match: [{ log_field: "body", regex: `a|${x}` }],
    keep: "all",
    transform: { redact: [{ log_attribute: x, replacement: x }] },
  },
};
const yaml = `policies:\n  - id: a${UNSAFE.replaceAll(/\p{Cc}/gu, "")}b\n    name: [}\n`;
const FILES = {
  "fine.json": JSON.stringify({ policies: [fine] }),
  "wrong.json": JSON.stringify({ policies: [wrong, { [x]: 1, ...fine }] }),
  "wrong.yaml": yaml,
  "config.json": JSON.stringify({ [x]: 1, listen_port: x, upstream_url: `http://${x}` }),
  [`${x}.json`]: "{",
  "record.json": JSON.stringify({ body: x, attributes: { [x]: x } }),
};

async function printed(argv: readonly string[], env = {}): Promise<string> {
  let text = "";
  const io = { out: (more: string) => (text += more), err: (more: string) => (text += more) };
  const distribution = DISTRIBUTIONS.edge;
  const validateRegex = createRegexValidator();
  const options: CliOptions = {
    distribution,
    version: "1",
    argv,
    env,
    io,
    readFile: filesOf(FILES),
    checkPolicyFiles: (files) => checkPolicyFiles(files, validateRegex),
    commands: POLICY_COMMANDS,
  };
  await runCli(
    options,
    proxySpec(distribution, async () => 0),
  );
  return text;
}

const POLICIES = ["fine.json", "wrong.json", "wrong.yaml", `${x}.json`, `${x}.yaml`];
const COMMANDS: readonly (readonly string[])[] = [
  [x],
  [`${x}.json`],
  [`--${x}`],
  ["config.json"],
  ["validate", `--${x}`],
  ["validate", "config.json"],
  ["help", x],
  ["schema", x],
  ["completion", x],
  ["health", x],
  ["health", "config.json"],
  ...POLICIES.flatMap((file) => [
    ["validate", file],
    ["validate", "--json", file],
    ["lint", file],
    ["lint", "--json", file],
    ["convert", "--to", "otel", file],
    ["convert", "--to", "tero", file],
    ["explain", "--policies", file, "record.json"],
    ["explain", "--json", "--policies", file, "record.json"],
    ["explain", "--policies", file, "--policy", x, "record.json"],
  ]),
];

test.each(COMMANDS.map((argv) => [argv]))("%j", async (argv) => {
  const text = await printed(argv);
  expect(text).not.toBe("");
  expect(SEEN.exec(text)).toBeNull();
});

test("settings of the environment", async () => {
  const text = await printed([], { TERO_LOG_LEVEL: x, [`TERO_${x}`]: "1", TERO_UPSTREAM_URL: x });
  expect(text).not.toBe("");
  expect(SEEN.exec(text)).toBeNull();
});
