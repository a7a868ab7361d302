// Configurations in YAML: the same as in JSON, with the places of what is wrong.

import { describe, expect, test } from "bun:test";
import { CONFIG_YAML_CHARS_MAX, CONFIG_YAML_NODES_MAX } from "../../src/core/limits.ts";
import type { LoadedConfig } from "../../src/config/index.ts";
import { filesOf, load, problems } from "./support.ts";

const options = (text: string, name = "/etc/edge/c.yaml") => ({
  path: name,
  readFile: filesOf({ [name]: text }),
});
const loadYaml = (text: string, env = {}, name?: string): LoadedConfig =>
  load(undefined, env, options(text, name));
const yamlProblems = (text: string, name?: string): readonly string[] =>
  problems(undefined, {}, options(text, name));

const JSON_TEXT = `{
  "listen_port": 4318, "upstream_url": "\${HOST:-http://a}/x", "log_level": "warn",
  "admin": {"listen": null, "show_payloads": false},
  "policy_providers": [{"type": "file", "id": "a", "path": "p.yaml"}]
}`;
const YAML_TEXT = `# Comments are what YAML is for.
listen_port: 4318
upstream_url: \${HOST:-http://a}/x
log_level: warn
admin:
  listen: # nothing
  show_payloads: false
policy_providers:
  - { type: file, id: a, path: p.yaml }
`;

test("a configuration in YAML is the same as in JSON, variables included", () => {
  for (const env of [{}, { HOST: "http://b" }, { TERO_LISTEN_PORT: "1" }]) {
    const { config } = load(JSON_TEXT, env);
    expect(loadYaml(YAML_TEXT, env).config).toEqual(config);
    expect(loadYaml(YAML_TEXT, env, "/etc/edge/c.yml").config).toEqual(config);
    expect(loadYaml(YAML_TEXT, env, "/etc/edge/config").config).toEqual(config);
    expect(loadYaml(JSON_TEXT, env, "/etc/edge/config").config).toEqual(config);
    expect(loadYaml(JSON_TEXT, env).config).toEqual(config);
  }
});

test("anchors, aliases and merged maps mean what they stand for, and own keys win", () => {
  const { config } = loadYaml(`
upstream_url: &url "stdout:"
logs_url: *url
policy_providers:
  - &first { type: file, id: a, path: p.yaml }
  - { <<: *first, id: b }
`);
  expect(config.upstreams.logs).toEqual({ kind: "stdout" });
  expect(config.providers.map(({ id }) => id)).toEqual(["a", "b"]);
});

describe("what is wrong is told with line and column", () => {
  const cases: [string, string][] = [
    ["listen_prot: 1", 'c.yaml:1:1 listen_prot: unknown key; did you mean "listen_port"?'],
    [
      'upstream_url: "stdout:"\nadmin:\n  tokn: x',
      'c.yaml:3:3 admin.tokn: unknown key; did you mean "token"?',
    ],
    ["log_level: warn\nlog_level: info", "c.yaml:2:1 a key is there twice."],
    [
      "upstream_url: stdout:",
      'c.yaml:1:15 a value that ends in a colon, or has ": " in it, needs quotes, as in "stdout:".',
    ],
    ["admin:\n\ttoken: x", "c.yaml:2:1 a tab indents this line; use blanks."],
    ["log_level: *nowhere", "c.yaml:1:12 an alias without an anchor."],
    ["a: 1\n---\nb: 2", "c.yaml:2:1 several documents; write one."],
  ];
  test.each(cases)("%j", (text, problem) => {
    expect(yamlProblems(text)).toEqual([problem]);
  });
});

test("YAML in a file that is called JSON is said to be YAML", () => {
  const hint = "This looks like YAML: name the file .yaml.";
  for (const text of ["listen_port: 1\n", "# c\n\n---\nlisten_port: 1\n"]) {
    expect(yamlProblems(text, "/etc/edge/c.json").join()).toEndWith(hint);
  }
  // Blank lines alone once took time that doubled with each.
  for (const text of ['{"a": 1,}', "", "listen_port", "\n".repeat(200)]) {
    expect(yamlProblems(text, "/etc/edge/c.json").join()).not.toContain("YAML");
  }
});

test("a text that is long, deep or full of aliases is refused at once", () => {
  const long = (length: number) => `${" ".repeat(length - 1)}#`;
  expect(yamlProblems(long(CONFIG_YAML_CHARS_MAX))).toEqual([
    "c.yaml:1:1: null is not an object; allowed: an object.",
  ]);
  expect(yamlProblems(long(CONFIG_YAML_CHARS_MAX + 1))).toEqual([
    `c.yaml:1:1 ${CONFIG_YAML_CHARS_MAX + 1} characters; allowed in YAML: ${CONFIG_YAML_CHARS_MAX} characters; write JSON.`,
  ]);
  expect(yamlProblems("[".repeat(200) + "]".repeat(200)).join()).toContain("nested deeper than");
  const bomb = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 9; i++) {
    bomb.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(",")}]`);
  }
  expect(yamlProblems(bomb.join("\n")).join()).toContain(
    `more than ${CONFIG_YAML_NODES_MAX} values`,
  );
  expect(yamlProblems("a: &a [*a]")).toEqual(["c.yaml:1:8 an alias without an anchor."]);
  expect(yamlProblems('"'.repeat(CONFIG_YAML_CHARS_MAX)).length).toBeGreaterThan(0);
});
