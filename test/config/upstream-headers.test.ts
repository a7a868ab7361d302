// `upstream_headers`: what is read, what is refused and in which words, and which values are used.

import { describe, expect, test } from "bun:test";
import { keepSecrets, secretsOf } from "../../src/config/secrets.ts";
import { readHeaderValues } from "../../src/config/upstream-headers/values.ts";
import { filesOf, load, problems } from "./support.ts";

function rulesOf(list: readonly object[], env: Record<string, string> = {}) {
  return load(JSON.stringify({ upstream_headers: list }), env).config.upstreamHeaders;
}

/** Without the place in the file. */
function faultsOf(item: object, env: Record<string, string> = {}): readonly string[] {
  const text = JSON.stringify({ upstream_headers: [item] });
  return problems(text, env).map((line) => line.replace(/^c\.json:\d+:\d+ /, ""));
}

describe("upstream_headers", () => {
  test("is a list of rules, for telemetry unless upstreams are named", () => {
    const telemetry = ["default", "logs", "metrics", "traces"] as const;
    const list = [
      { name: "X-Api-Key", value: " ${KEY} " },
      { name: "x-tenant", action: "ADD", value_file: "tenant", upstreams: ["Logs", "prometheus"] },
      { name: "Cookie", action: "remove" },
    ];
    expect(rulesOf(list, { KEY: "k-1" })).toEqual([
      {
        name: "x-api-key",
        action: "set",
        value: "k-1",
        valueFile: undefined,
        upstreams: telemetry,
      },
      {
        name: "x-tenant",
        action: "add",
        value: undefined,
        valueFile: "/etc/edge/tenant",
        upstreams: ["logs", "prometheus"],
      },
      {
        name: "cookie",
        action: "remove",
        value: undefined,
        valueFile: undefined,
        upstreams: telemetry,
      },
    ]);
  });

  test.each([
    "Host",
    "content-length",
    "Content-Type",
    "content-encoding",
    "Transfer-Encoding",
    "TE",
    "trailer",
    "connection",
    "Keep-Alive",
    "proxy-connection",
    "proxy-authorization",
    "Upgrade",
    "expect",
    "via",
    "grpc-timeout",
    "GRPC-Encoding",
  ])("refuses %s", (name) => {
    expect(faultsOf({ name, value: "x" })).toEqual([
      `upstream_headers[0].name: "${name}" is a header that the program writes itself; allowed: a header name (RFC 9110) that is not of the connection or of the body.`,
    ]);
  });

  test.each(["contents-type", "x-host", "grpc", "accept", "proxy-authorization-2"])(
    "takes %s",
    (name) => {
      expect(faultsOf({ name, value: "x" })).toEqual([]);
    },
  );

  const VALUE =
    "upstream_headers[0].value: the text has characters no header may have; allowed: 1 to 8192 characters without control characters.";
  test.each<[string, object, string]>([
    ["a line break", { value: "secret\r\nx: y" }, VALUE],
    ["a character beyond Latin-1", { value: "secret\u20ac" }, VALUE],
    ["no value", {}, "upstream_headers[0].value: is missing; give value, or value_file."],
    [
      "nothing but white space",
      { value: "  " },
      "upstream_headers[0].value: is nothing but white space.",
    ],
    [
      "two values",
      { value: "secret", value_file: "f" },
      "upstream_headers[0].value_file: stands beside value; keep one of them.",
    ],
    [
      "a value to remove",
      { action: "remove", value: "secret" },
      "upstream_headers[0].value: has no use where the header is removed; leave it out.",
    ],
    [
      "a file to remove",
      { action: "remove", value_file: "f" },
      "upstream_headers[0].value_file: has no use where the header is removed; leave it out.",
    ],
    [
      "credentials twice",
      { name: "Authorization", action: "add", value: "secret" },
      "upstream_headers[0].action: cannot stand twice in a request; use set or default.",
    ],
  ])("refuses %s, and shows no value", (_what, more, fault) => {
    const found = faultsOf({ name: "x", ...more });
    expect(found).toEqual([fault]);
    expect(found.join()).not.toContain("secret");
  });

  test("refuses a name that is none, an action and an upstream that there are not", () => {
    const item = { name: "a b", value: "x", action: "replace", upstreams: ["spans"] };
    expect(faultsOf(item).map((line) => line.split(";")[0])).toEqual([
      'upstream_headers[0].name: "a b" is not a header name',
      'upstream_headers[0].action: "replace" is not known',
      'upstream_headers[0].upstreams[0]: "spans" is not known',
    ]);
  });
});

describe("values", () => {
  const rules = rulesOf([
    { name: "a", value: "of the file" },
    { name: "b", value_file: "/run/b" },
    { name: "c", action: "remove" },
  ]);

  test("are those of the configuration and of files, without white space around them", () => {
    const files = filesOf({ "/run/b": "  k\u00e9y 2 \r\n" });
    expect(readHeaderValues(rules, files)).toEqual(["of the file", "k\u00e9y 2", undefined]);
  });

  test.each<[string, string | undefined, string]>([
    ["that is not there", undefined, "cannot be read (ENOENT)"],
    ["that is empty", " \n", "is empty"],
    ["of two lines", "secret\nsecret", "has characters no header may have"],
    ["that is too long", "s".repeat(8193), "is longer than 8192 bytes"],
  ])("a file %s is told of without its content", (_what, text, fault) => {
    const files = filesOf(text === undefined ? {} : { "/run/b": text });
    expect(() => readHeaderValues(rules, files)).toThrow(
      `upstream_headers[1].value_file: /run/b ${fault}`,
    );
  });

  test("are secrets, also those that come later, for whoever holds the list", () => {
    const { config } = load('{"upstream_headers": [{"name": "a", "value": "Bearer abcd"}]}');
    const held = secretsOf(config);
    expect(held.toSorted()).toEqual(["Bearer abcd", "abcd"]);
    keepSecrets(config, ["Bearer abcd", undefined, "efgh"]);
    expect(held.toSorted()).toEqual(["Bearer abcd", "abcd", "efgh"]);
    expect(secretsOf(config)).toBe(held);
  });
});
