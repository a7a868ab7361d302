// Any JSON and any variables end in a configuration or in a ConfigError.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ConfigError } from "../../src/config/index.ts";
import { load, problems } from "./support.ts";

describe("no configuration, however odd", () => {
  test("throws anything but a ConfigError", () => {
    const key = fc.constantFrom(
      "listen_port",
      "upstream_url",
      "tls",
      "cert_file",
      "prometheus",
      "targets",
      "policy_providers",
      "type",
      "headers",
      "name",
      "__proto__",
      "constructor",
      "toString",
      "",
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        "file",
        "http",
        "stdout:",
        "http://x",
        "${A}",
        "${B:-",
        "$${",
        "/m",
        "[",
        ":1",
      ),
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(key, fc.string()), tie("tree"), { maxKeys: 5 }),
      ),
    }));
    const env = fc.dictionary(
      fc.constantFrom(
        "A",
        "TERO_LISTEN_PORT",
        "TERO_TLS_CERT_FILE",
        "TERO_X",
        "TERO_PROMETHEUS_URL",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(tree, env, (value, variables) => {
        for (const line of problems(JSON.stringify(value), variables)) {
          expect(line).toMatch(/^(?:c\.json:\d+:\d+|TERO_[A-Z_]+)(?: .+)?: ./s);
        }
      }),
      { numRuns: 500 },
    );
  });

  const MANY: readonly (readonly [what: string, text: string, more: number])[] = [
    ["60 unknown keys", manyKeys(60), 10],
    ["70000 unknown keys", manyKeys(70_000), 69_950],
    ["200000 wrong items", `{"policy_providers": [${"null,".repeat(199_999)}null]}`, 199_950],
    ["100000 open variables", `{"a": [${'"${",'.repeat(99_999)}"\${"]}`, 99_951],
  ];
  test.each(MANY)("says more than fifty things: %s", (_, text, more) => {
    const lines = messageOf(text).split("\n");
    expect([lines.length, lines.at(-1)]).toEqual([51, `and ${more} more problems.`]);
  });
});

function manyKeys(count: number): string {
  const keys = Array.from({ length: count }, (_, index) => [`zz${index}`, 1]);
  return JSON.stringify(Object.fromEntries(keys));
}

function messageOf(text: string): string {
  try {
    load(text);
    return "";
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

test("a value with a key called constructor is told like any other", () => {
  const odd = '{"constructor": {"name": {}}}';
  expect(problems(`{"listen_port": ${odd}, "policy_providers": ${odd}, "cors": [${odd}]}`)).toEqual(
    [
      "c.json:1:17 listen_port: an object is not a number; allowed: 0 to 65535.",
      "c.json:1:68 policy_providers: an object is not a list; allowed: a list of objects, each with a type and a path or url.",
      "c.json:1:107 cors: a list is not an object; allowed: an object with allowed_origins, allowed_headers, max_age.",
    ],
  );
});
