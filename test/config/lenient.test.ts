// A program that must run whatever it is given: everything wrong is a warning, in the same words,
// and the rest holds.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { z } from "zod";
import { type LoadOptions, loadSettings } from "../../src/config/index.ts";
import { CONFIG_FILE_BYTES_MAX } from "../../src/core/limits.ts";
import { load, problems } from "./support.ts";

const NO_UPSTREAM = "upstream_url: not set; telemetry goes to http://127.0.0.1:80.";

function lenient(
  text: string | undefined,
  env: Record<string, string> = {},
  options: Partial<LoadOptions> = {},
) {
  const { config, warnings } = load(text, env, { ...options, lenient: true });
  const told = warnings.filter((line) => line !== NO_UPSTREAM);
  return { config, warnings: told.map((line) => line.replaceAll("/etc/edge/", "")) };
}

describe("in lenient mode", () => {
  const SAME: readonly (readonly [text: string, env: Record<string, string>, mended: string])[] = [
    ['{"listen_port": 99999, "log_level": "debug"}', {}, '{"log_level": "debug"}'],
    ['{"listn_port": 1, "log_level": "debug"}', {}, '{"log_level": "debug"}'],
    ['{"x": 1, "y": {"z": 2}, "cors": {"max_age": "x", "q": 1}}', {}, '{"cors": {}}'],
    ['{"cors": {"allowed_origins": ["x", "*", "y"]}}', {}, '{"cors": {"allowed_origins": ["*"]}}'],
    ['{"cors": {"allowed_origins": "*", "max_age": 3}}', {}, '{"cors": {"max_age": 3}}'],
    ['{"tls": {"cert_file": "c"}, "log_level": "debug"}', {}, '{"log_level": "debug"}'],
    ['{"upstream_tls": {"cert_file": "c", "ca_file": "a"}}', {}, "{}"],
    ['{"workspace_id": "${NONE}", "logs_url": "http://l"}', {}, '{"logs_url": "http://l"}'],
    [
      '{"policy_providers": [{"path": 1}, {"path": "p.json", "poll_interval": 0}, 5, null]}',
      {},
      '{"policy_providers": [{"path": "p.json"}]}',
    ],
    [
      '{"policy_providers": [{"id": "a", "path": "p"}, {"id": "a", "path": "q"}]}',
      {},
      '{"policy_providers": [{"id": "a", "path": "p"}, {"path": "q"}]}',
    ],
    [
      '{"prometheus": {"targets": {"x": "http://a", "/m": "http://b", "/n": 1}}}',
      {},
      '{"prometheus": {"targets": {"/m": "http://b"}}}',
    ],
    ['{"log_level": "debug"}', { TERO_LISTEN_PORT: "x" }, '{"log_level": "debug"}'],
    ['{"listen_port": 5}', { TERO_LISTEN_PORT: "99999" }, "{}"],
    ['{"log_level": "debug"}', { TERO_POLICY_PROVIDERS: "{" }, '{"log_level": "debug"}'],
    ["[]", {}, "{}"],
    ["null", {}, "{}"],
  ];
  test.each(SAME)("what is wrong is told, and its default holds: %s %p", (text, env, mended) => {
    const { config, warnings } = lenient(text, env);
    expect(config).toEqual(load(mended).config);
    expect(warnings.length).toBeGreaterThan(0);
    for (const line of problems(text, env)) expect(warnings).toContain(line);
  });

  test("places stay those of the file, also behind an item that was left out", () => {
    const text = `{"policy_providers": [
      {"path": 1},
      {"path": "p", "id": "a"},
      {"path": "q", "id": "a"},
      {"path": "r", "poll_interval": 0}
    ]}`;
    expect(lenient(text).warnings).toEqual([
      "c.json:2:16 policy_providers[0].path: 1 is not text; allowed: the path of a JSON, YAML or protobuf file.",
      "c.json:5:38 policy_providers[3].poll_interval: 0 is too small; allowed: 1 to 86400 seconds.",
      "c.json:2:16 policy_providers[0].path: is missing; a provider of type file needs the policy file.",
      'c.json:4:27 policy_providers[2].id: "a" is the id of policy_providers[1] too; give each its own.',
    ]);
    expect(lenient(text).config.providers.map(({ id }) => id)).toEqual(["a", "file-2", "file-3"]);
  });

  test("what stands where keys belong keeps no other layer from its keys", () => {
    const env = { TERO_CORS_MAX_AGE: "5", TERO_LOG_LEVEL: "debug" };
    const { config, warnings } = lenient('{"cors": "x"}', env);
    expect([config.cors.maxAgeS, config.logLevel]).toEqual([5, "debug"]);
    expect(warnings).toEqual([
      "c.json:1:10 cors: the text is not an object; allowed: an object with allowed_origins, allowed_headers, max_age.",
    ]);
    expect(lenient("[1]", env).config.cors.maxAgeS).toBe(5);
  });

  const FILES: readonly (readonly [name: string, text: string | Uint8Array])[] = [
    ["no JSON", '{"listen_port": 1,'],
    ["not UTF-8", new Uint8Array([0xff, 0xfe])],
    ["too large", new Uint8Array(CONFIG_FILE_BYTES_MAX + 1)],
  ];
  test.each(FILES)("a file that cannot be read is told, and the rest goes on: %s", (_, content) => {
    const text = typeof content === "string" ? content : undefined;
    const readFile = () =>
      typeof content === "string" ? new TextEncoder().encode(content) : content;
    const { config, warnings } = lenient(text, { TERO_LISTEN_PORT: "9" }, { readFile });
    expect(config.listen).toMatchObject({ port: 9 });
    expect(warnings).toEqual([...problems(text, {}, { readFile })]);
    expect(warnings).toHaveLength(1);
  });

  test("so is one that is not there, or whose reading fails in whatever way", () => {
    expect(lenient("{}", {}, { path: "nope.json" }).warnings).toEqual([
      "nope.json: no such file; give the path of a configuration file, or none to run on c.json, defaults and TERO_ variables.",
    ]);
    const readFile = () => {
      throw Object.assign(new Error("no"), { code: "EACCES" });
    };
    expect(lenient("{}", {}, { readFile }).warnings).toEqual([
      "c.json: cannot be read (EACCES); check the path and its rights.",
    ]);
  });

  test("a value that is at odds with a default is left out, and nothing else", () => {
    const { config, warnings } = lenient('{"listen_port": 80, "log_level": "debug"}');
    expect([config.listen, config.logLevel]).toEqual([
      { kind: "tcp", host: "127.0.0.1", port: 8080 },
      "debug",
    ]);
    expect(warnings).toEqual([
      'c.json:1:1 upstream_url: "http://127.0.0.1:80" is where this program listens itself; name another host or port.',
      "c.json:1:2 listen_port: is at odds with the default named above; left out.",
    ]);
  });

  test("very many problems are counted, and nothing of them is left", () => {
    const wrong = Array.from({ length: 5000 }, (_, at) => (at % 2 === 0 ? '"*"' : '"x"'));
    const { config, warnings } = lenient(`{"cors": {"allowed_origins": [${wrong.join(",")}]}}`);
    expect(config.cors.allowedOrigins).toHaveLength(2500);
    expect([warnings.length, warnings.at(-1)]).toEqual([51, "and 2450 more problems."]);
  });

  test("a schema without a default for every key is a mistake of the program", () => {
    const schema = z.strictObject({ name: z.string() });
    expect(() => loadSettings({ schema, env: { TERO_NAME: "x" }, lenient: true })).toThrow(
      "a lenient schema needs a default for every key",
    );
  });

  test("a good configuration is what it is otherwise", () => {
    const text = '{"listen_port": 5, "upstream_url": "stdout:", "tap_enabled": true}';
    expect(load(text, {}, { lenient: true })).toEqual(load(text));
  });

  test("nothing throws, whatever the file and the variables", () => {
    const keys =
      "listen_port upstream_url tls cert_file prometheus targets url policy_providers type path " +
      "headers name value admin listen cors allowed_origins service labels __proto__ constructor";
    const key = fc.constantFrom("", ...keys.split(" "));
    const leaf = fc.oneof(
      fc.constantFrom("file", "http", "stdout:", "http://h", "${X}", "*", "127.0.0.1:8080", 80),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { map, list } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: "medium" }, leaf, tie("map"), tie("list")),
      map: fc.dictionary(key, tie("tree"), { maxKeys: 5 }),
      list: fc.array(tie("tree"), { maxLength: 4 }),
    }));
    const env = fc.dictionary(
      fc.constantFrom("TERO_LISTEN_PORT", "TERO_TLS_CERT_FILE", "TERO_POLICY_PROVIDERS", "TERO_X"),
      fc.oneof(fc.constantFrom("80", "[{}]", '[{"path":"p"},{"path":1}]', "[1]"), fc.string()),
    );
    fc.assert(
      fc.property(fc.oneof(map, list), env, (value, variables) => {
        const text = JSON.stringify(value);
        const { warnings } = load(text, variables, { lenient: true });
        // A text where keys belong is told as such, and not looked into for variables.
        const told = problems(text, variables).filter((line) => !line.includes("variable X "));
        for (const line of told.slice(0, 1)) {
          expect(warnings.map((one) => one.replaceAll("/etc/edge/", ""))).toContain(line);
        }
      }),
      { numRuns: 200 },
    );
  });
});
