// Attributes whose keys are equal, through the real engine in both encodings: a matcher looks at
// each, a transform edits each by itself.

import { toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../../src/protocols/otlp/format/index.ts";
import { decodeRequest, REQUEST_SCHEMAS } from "./decoded-request.ts";
import { fromOtlpJson } from "./message-maker.ts";
import { engineWith } from "./otlp-app.ts";

type Pair = readonly [key: string, value: unknown];
const str = (value: string): object => ({ stringValue: value });
const map = (...pairs: Pair[]): object => ({ kvlistValue: { values: pairs.map(entryOf) } });
const entryOf = ([key, value]: Pair): object => ({ key, value });
const MAIL = "[a-z]+@[a-z.]+";

/** A request whose record, resource and scope have these attributes. */
function requestOf(record: Pair[], resource: Pair[] = [], scope: Pair[] = []): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: resource.map(entryOf) },
        scopeLogs: [
          {
            scope: { attributes: scope.map(entryOf) },
            logRecords: [{ severityText: "INFO", attributes: record.map(entryOf) }],
          },
        ],
      },
    ],
  });
}

interface Result {
  /** The request that leaves, decoded. */
  readonly sent: unknown;
  readonly dropped: number;
  readonly edited: number;
  readonly redact: unknown;
}

function run(encoding: "json" | "protobuf", request: string, log: object): Result {
  const policy = { id: "p", name: "n", log: { keep: "all", ...log } };
  const engine = engineWith([policy]);
  const isJson = encoding === "json";
  const schema = REQUEST_SCHEMAS.log;
  const input = isJson ? encodeUtf8(request) : toBinary(schema, fromOtlpJson(schema, request));
  const format = isJson ? otlpJsonFormat("log") : otlpProtobufFormat("log");
  const { body = input, dropped, edited } = format.filter(input, engine.evaluation("log")!);
  const redact = engine.totals()[0]?.redact;
  return { sent: decodeRequest("log", body, isJson), dropped, edited, redact };
}

function decoded(request: string): unknown {
  return decodeRequest("log", encodeUtf8(request), true);
}

const INFO = { log_field: "severity_text", equals: "INFO" };
const always = { match: [INFO] };

describe.each(["json", "protobuf"] as const)("in %s", (encoding) => {
  const users: Pair[] = [
    ["user", str("anonymous")],
    ["x", str("1")],
    ["user", str("ada@example.com")],
    ["user", { intValue: "7" }],
  ];
  const hidden: Pair[] = [
    ["user", str("anonymous")],
    ["x", str("1")],
    ["user", str("<>")],
    ["user", { intValue: "7" }],
  ];
  const redact = (place: object): object => ({
    ...always,
    transform: { redact: [{ ...place, regex: MAIL, replacement: "<>" }] },
  });

  test("a redaction by regex hides what fits in any of them, and leaves the others", () => {
    const result = run(encoding, requestOf(users), redact({ log_attribute: "user" }));
    expect(result.sent).toEqual(decoded(requestOf(hidden)));
  });

  test("also in a resource and a scope", () => {
    const of = run(encoding, requestOf([], users), redact({ resource_attribute: "user" }));
    expect(of.sent).toEqual(decoded(requestOf([], hidden)));
    const scope = run(encoding, requestOf([], [], users), redact({ scope_attribute: "user" }));
    expect(scope.sent).toEqual(decoded(requestOf([], [], hidden)));
  });

  test("also inside of maps, of which several have the same key", () => {
    const nested = (list: Pair[]): string =>
      requestOf([
        ["m", map(...list)],
        ["m", str("no map")],
        ["m", map(...list.toReversed())],
      ]);
    const result = run(encoding, nested(users), redact({ log_attribute: ["m", "user"] }));
    expect(result.sent).toEqual(decoded(nested(hidden)));
  });

  test("a redaction without a regex replaces each", () => {
    const result = run(encoding, requestOf(users), {
      ...always,
      transform: { redact: [{ log_attribute: "user", replacement: "-" }] },
    });
    const replaced = users.map(([key, value]): Pair => [key, key === "user" ? str("-") : value]);
    expect(result.sent).toEqual(decoded(requestOf(replaced)));
  });

  test("removing takes all, renaming moves all, adding with upsert sets all", () => {
    const transformed = (transform: object): unknown =>
      run(encoding, requestOf(users), { ...always, transform }).sent;
    const x: Pair = ["x", str("1")];
    const values = users.filter(([key]) => key === "user").map(([, value]) => value);
    const named = (key: string): Pair[] => values.map((value): Pair => [key, value]);
    expect(transformed({ remove: [{ log_attribute: "user" }] })).toEqual(decoded(requestOf([x])));
    expect(transformed({ rename: [{ from_log_attribute: "user", to: "who" }] })).toEqual(
      decoded(requestOf([x, ...named("who")])),
    );
    const onto = { from_log_attribute: "user", to: "x" };
    expect(transformed({ rename: [{ ...onto, upsert: true }] })).toEqual(
      decoded(requestOf(named("x"))),
    );
    expect(transformed({ rename: [onto] })).toEqual(decoded(requestOf(users)));
    const add = { log_attribute: "user", value: "set" };
    const set = users.map(([key, value]): Pair => [key, key === "user" ? str("set") : value]);
    expect(transformed({ add: [{ ...add, upsert: true }] })).toEqual(decoded(requestOf(set)));
    expect(transformed({ add: [add] })).toEqual(decoded(requestOf(users)));
  });

  test("an operation that changed several is one hit, one that changed none is one miss", () => {
    const both: Pair[] = [
      ["user", str("a@b.c")],
      ["user", str("d@e.f")],
    ];
    const hit = run(encoding, requestOf(both), redact({ log_attribute: "user" }));
    const miss = run(encoding, requestOf([["user", str("x")]]), redact({ log_attribute: "user" }));
    expect([hit.edited, hit.redact]).toEqual([1, { hits: 1, misses: 0 }]);
    expect([miss.edited, miss.redact]).toEqual([0, { hits: 0, misses: 1 }]);
  });

  test.each<[string, object, number]>([
    ["equals, for the first", { equals: "anonymous" }, 1],
    ["equals, for a later one", { equals: "ada@example.com" }, 1],
    ["equals, for none", { equals: "ada" }, 0],
    ["a regex, for a later one", { regex: MAIL }, 1],
    ["a number, for the last", { gte: 7 }, 1],
    ["a number, for none", { gt: 7 }, 0],
    ["existence", { exists: true }, 1],
    ["absence", { exists: false }, 0],
    ["a negated one, for one of them", { equals: "ada@example.com", negate: true }, 0],
    ["a negated number, for one of them", { gte: 7, negate: true }, 0],
    ["a negated one, for none", { equals: "ada", negate: true }, 1],
  ])("a matcher holds when it holds for any: %s", (_, condition, dropped) => {
    for (const place of ["log_attribute", "resource_attribute", "scope_attribute"]) {
      const lists = [[], [], []] as Pair[][];
      lists[["log_attribute", "resource_attribute", "scope_attribute"].indexOf(place)] = users;
      const request = requestOf(lists[0]!, lists[1], lists[2]);
      const log = { match: [INFO, { [place]: "user", ...condition }], keep: "none" };
      expect([place, run(encoding, request, log).dropped]).toEqual([place, dropped]);
    }
  });
});
