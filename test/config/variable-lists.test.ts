// Lists and maps from variables: texts by comma, objects as JSON.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { splitList } from "../../src/config/from-text.ts";
import { load, problems } from "./support.ts";

const origins = (text: string, env: Record<string, string> = {}) =>
  load(undefined, { TERO_CORS_ALLOWED_ORIGINS: text, ...env }).config.cors.allowedOrigins;

describe("a list of texts", () => {
  const SPLITS: readonly (readonly [text: string, ...items: string[]])[] = [
    ["a", "a"],
    ["a,b", "a", "b"],
    [" a , b\t,\nc d ", "a", "b", "c d"],
    ["a\\,b,c", "a,b", "c"],
    ["a\\\\,b", "a\\", "b"],
    ["a\\\\\\,b", "a\\,b"],
    ["C:\\x,\\n", "C:\\x", "\\n"],
    ["a,", "a", ""],
    [",", "", ""],
    ["${A:-x,y},z", "${A:-x,y}", "z"],
    ["$${a,b}", "$${a", "b}"],
    ["${a,b", "${a", "b"],
    ["a\\", "a\\"],
    ["😀,é", "😀", "é"],
  ];
  test.each(SPLITS)("is split: %j", (text, ...items) => {
    expect(splitList(text)).toEqual(items);
  });

  test("of any texts without blanks around them is read back", () => {
    const item = fc.string({ unit: "binary" }).filter((one) => one === one.trim());
    const items = fc.array(item, { minLength: 1 });
    const escape = (one: string) => one.replaceAll(/[\\,]/g, "\\$&");
    fc.assert(
      fc.property(items, (list) => {
        fc.pre(list.every((one) => !one.includes("${")));
        // A dollar before a comma is no `${`, nor is one at the border of two items.
        expect(splitList(list.map(escape).join(","))).toEqual(list);
      }),
      { numRuns: 1000 },
    );
  });

  test("takes the place of the file's", () => {
    const text = '{"cors": {"allowed_origins": ["http://file"], "max_age": 5}}';
    const env = { TERO_CORS_ALLOWED_ORIGINS: "http://a, http://b" };
    expect(load(text, env).config.cors).toEqual({
      allowedOrigins: ["http://a", "http://b"],
      allowedHeaders: [],
      maxAgeS: 5,
    });
    expect(load(text, { TERO_CORS_ALLOWED_ORIGINS: "" }).config.cors.allowedOrigins).toEqual([
      "http://file",
    ]);
  });

  test("is substituted item by item, and what is put in is not split", () => {
    expect(origins("${A},http://${B:-b,c}", { A: "*", B: "x" })).toEqual(["*", "http://x"]);
    const env = { TERO_CORS_ALLOWED_ORIGINS: "${A}", A: "http://a,http://b" };
    expect(problems(undefined, env)).toHaveLength(1);
  });

  test("is told with the place of the item that is wrong", () => {
    const allowed =
      "an origin (scheme, host and port), with a star for any part of host or port; or a star.";
    expect(problems("{}", { TERO_CORS_ALLOWED_ORIGINS: "http://a,b,${NONE}," })).toEqual([
      "TERO_CORS_ALLOWED_ORIGINS cors.allowed_origins[2]: the variable NONE is not set; set it, or write ${NONE:-default}.",
      `TERO_CORS_ALLOWED_ORIGINS cors.allowed_origins[1]: "b" is not an origin; allowed: ${allowed}`,
      `TERO_CORS_ALLOWED_ORIGINS cors.allowed_origins[3]: "" is empty; allowed: ${allowed}`,
    ]);
  });
});

describe("a list of objects, and a map", () => {
  test("are JSON, with variables in it", () => {
    const { config, warnings } = load(
      '{"policy_providers": [{"path": "file.json"}], "upstream_url": "stdout:"}',
      {
        TERO_POLICY_PROVIDERS:
          '[{"type": "http", "url": "http://s", "headers": [{"name": "a", "value": "${KEY}"}]}, {"path": "p.json"}]',
        TERO_PROMETHEUS_TARGETS: '{"/metrics/a": "http://a"}',
        TERO_SERVICE_LABELS: "[]",
        KEY: "k",
      },
    );
    expect(config.providers).toMatchObject([
      { type: "http", url: "http://s", headers: [{ name: "a", value: "k" }] },
      { type: "file", path: "/etc/edge/p.json" },
    ]);
    expect([...config.prometheus.targets]).toEqual([["/metrics/a", "http://a"]]);
    expect(warnings).toEqual([]);
  });

  const ALLOWED = "allowed: a list of objects, each with a type and a path or url";
  const CASES: readonly (readonly [env: Record<string, string>, ...messages: string[]])[] = [
    [
      { TERO_POLICY_PROVIDERS: "p.json" },
      `TERO_POLICY_PROVIDERS: is not JSON: expected a value, found a word without quotes at character 1; ${ALLOWED}, as JSON.`,
    ],
    [
      { TERO_POLICY_PROVIDERS: '[{"path": "p.json"}' },
      `TERO_POLICY_PROVIDERS: is not JSON: expected "," or "]" after an item, found the end of the document at character 20; ${ALLOWED}, as JSON.`,
    ],
    [
      { TERO_POLICY_PROVIDERS: '{"path": "p.json"}' },
      `TERO_POLICY_PROVIDERS: an object is not a list; ${ALLOWED}.`,
    ],
    [
      { TERO_POLICY_PROVIDERS: '[{"path": "a"}, {"pth": "b"}]' },
      'TERO_POLICY_PROVIDERS policy_providers[1].pth: unknown key; did you mean "path"?',
    ],
    [
      { TERO_POLICY_PROVIDERS: '[{"path": "a", "poll_interval": "5"}]' },
      'TERO_POLICY_PROVIDERS policy_providers[0].poll_interval: "5" is text, not a number; allowed: 1 to 86400 seconds.',
    ],
    [
      { TERO_POLICY_PROVIDERS: "[{}]" },
      "TERO_POLICY_PROVIDERS policy_providers[0].path: is missing; a provider of type file needs the policy file.",
    ],
    [
      { TERO_PROMETHEUS_TARGETS: '{"x": "http://a"}' },
      "TERO_PROMETHEUS_TARGETS prometheus.targets.x: is not a request path; allowed: a path that begins with / and has no query.",
    ],
  ];
  test.each(CASES)("are told with their variable: %p", (env, ...messages) => {
    expect(problems(undefined, env)).toEqual(messages);
    const text = '{"policy_providers": [{"path": "x"}], "prometheus": {"targets": {}}}';
    expect(problems(text, env)).toEqual(messages);
  });
});
