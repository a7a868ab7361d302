// What matchers of trace_sampling see of spans, and what leaves, in both encodings.

import { describe, expect, test } from "bun:test";
import { filterInput } from "../../src/cli/suite/judging.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { canonical, engineOf, throughJson, throughProtobuf } from "./otel-dialect.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = { traceId: TRACE, spanId: "00f067aa0ba902b7" };

const spans = (...all: readonly object[]) => ({
  resourceSpans: [{ scopeSpans: [{ spans: all.map((one) => ({ ...SPAN, ...one })) }] }],
});
const attributes = (...pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** Names of the spans that a matcher is true of: what it drops. */
function matchedBy(matcher: object, input: { name: string }[], around: object = {}): string[] {
  const engine = engineOf([
    { id: "p", trace_sampling: { matches: [matcher], sampling: { percentage: 0 } } },
  ]);
  const request = {
    resourceSpans: [
      { scopeSpans: [{ ...around, spans: input.map((one) => ({ ...SPAN, ...one })) }] },
    ],
  };
  const kept = [throughJson, throughProtobuf].map((through) =>
    JSON.stringify(through(engine, "trace", request)),
  );
  expect(kept[1]).toBe(kept[0]);
  return input.flatMap(({ name }) => (kept[0]!.includes(`"name":"${name}"`) ? [] : [name]));
}
const field = (record_field: string, predicate: object, negate = false) => ({
  target: { record_field },
  predicate,
  negate,
});

describe("kinds and states", () => {
  const kinds = [
    { name: "none" },
    { name: "zero", kind: 0 },
    { name: "internal", kind: 1 },
    { name: "server", kind: 2 },
    { name: "consumer", kind: 5 },
  ];
  test.each<[object, boolean, string[]]>([
    [{ equals: "INTERNAL" }, false, ["none", "zero", "internal"]],
    [{ equals: "INTERNAL" }, true, ["server", "consumer"]],
    [{ regex: "^(SERVER|CONSUMER)$" }, false, ["server", "consumer"]],
    [{ contains: "ER" }, false, ["none", "zero", "internal", "server", "consumer"]],
    [{ contains: "SER" }, false, ["server"]],
    [{ exists: {} }, false, ["internal", "server", "consumer"]],
    // Wrong names, and what is no text.
    [{ equals: "server" }, false, []],
    [{ equals: "SPAN_KIND_SERVER" }, false, []],
    [{ equals: 2 }, false, []],
    [{ gte: 1 }, false, []],
    [{ equals: "server" }, true, ["none", "zero", "internal", "server", "consumer"]],
  ])("KIND %j, negated: %j, holds for %j", (predicate, negate, names) => {
    expect(matchedBy(field("KIND", predicate, negate), kinds)).toEqual(names);
  });

  const states = [
    { name: "none" },
    { name: "empty", status: {} },
    { name: "message", status: { message: "it broke" } },
    { name: "ok", status: { code: 1 } },
    { name: "error", status: { code: 2, message: "timeout" } },
  ];
  test.each<[string, object, boolean, string[]]>([
    ["STATUS_CODE", { equals: "UNSET" }, false, ["none", "empty", "message"]],
    ["STATUS_CODE", { equals: "ERROR" }, false, ["error"]],
    ["STATUS_CODE", { regex: "^(OK|ERROR)$" }, true, ["none", "empty", "message"]],
    ["STATUS_CODE", { exists: {} }, false, ["ok", "error"]],
    ["STATUS_CODE", { equals: 2 }, false, []],
    ["STATUS_MESSAGE", { equals: "timeout" }, false, ["error"]],
    ["STATUS_MESSAGE", { contains: "it b" }, false, ["message"]],
    ["STATUS_MESSAGE", { exists: {} }, true, ["none", "empty", "ok"]],
    ["STATUS_MESSAGE", { equals: "" }, false, []],
  ])("%s %j, negated: %j, holds for %j", (name, predicate, negate, names) => {
    expect(matchedBy(field(name, predicate, negate), states)).toEqual(names);
  });
});

describe("ids and states of traces", () => {
  const family = [
    { name: "root" },
    { name: "zero", parentSpanId: "0000000000000000" },
    { name: "child", parentSpanId: "00f067aa0ba902b8", traceState: "x=1" },
  ];
  test.each<[string, object, boolean, string[]]>([
    ["PARENT_SPAN_ID", { equals: "" }, false, ["root", "zero"]],
    ["PARENT_SPAN_ID", { regex: "^$" }, false, ["root", "zero"]],
    ["PARENT_SPAN_ID", { contains: "" }, false, ["root", "zero", "child"]],
    ["PARENT_SPAN_ID", { equals: "" }, true, ["child"]],
    ["PARENT_SPAN_ID", { exists: {} }, false, ["child"]],
    ["PARENT_SPAN_ID", { exists: {} }, true, ["root", "zero"]],
    ["PARENT_SPAN_ID", { equals: "00f067aa0ba902b8" }, false, ["child"]],
    ["PARENT_SPAN_ID", { equals: "00F067AA0BA902B8" }, false, []],
    ["TRACE_ID", { equals: TRACE }, false, ["root", "zero", "child"]],
    ["TRACE_ID", { equals: "" }, false, []],
    ["TRACE_STATE", { contains: "x=" }, false, ["child"]],
    ["TRACE_STATE", { exists: {} }, true, ["root", "zero"]],
    ["NAME", { regex: "^r" }, false, ["root"]],
  ])("%s %j, negated: %j, holds for %j", (name, predicate, negate, names) => {
    expect(matchedBy(field(name, predicate, negate), family)).toEqual(names);
  });
});

describe("events", () => {
  const happening = [
    { name: "quiet" },
    { name: "one", events: [{ name: "retry" }] },
    {
      name: "two",
      events: [
        { name: "retry", attributes: attributes(["type", "slow"]) },
        { name: "exception", attributes: attributes(["type", "Timeout"]) },
      ],
    },
  ];
  const attribute = (predicate: object, negate = false) => ({
    target: { event_attribute: ["type"] },
    predicate,
    negate,
  });
  test.each<[object, string[]]>([
    [field("EVENT_NAME", { equals: "exception" }), ["two"]],
    [field("EVENT_NAME", { equals: "exception" }, true), ["quiet", "one"]],
    [field("EVENT_NAME", { exists: {} }, true), ["quiet"]],
    [attribute({ equals: "Timeout" }), ["two"]],
    [attribute({ regex: "^s" }), ["two"]],
    [attribute({ regex: "^s" }, true), ["quiet", "one"]],
    [attribute({ exists: {} }), ["two"]],
  ])("%j holds for %j", (matcher, names) => {
    expect(matchedBy(matcher, happening)).toEqual(names);
  });
});

test("scopes are seen by their fields", () => {
  const around = { scope: { name: "lib", version: "1.2" }, schemaUrl: "https://x/1" };
  const of = (scope_field: string, equals: string) =>
    matchedBy({ target: { scope_field }, predicate: { equals } }, [{ name: "a" }], around);
  expect([of("NAME", "lib"), of("VERSION", "1.2"), of("SCHEMA_URL", "https://x/1")]).toEqual([
    ["a"],
    ["a"],
    ["a"],
  ]);
  expect(of("NAME", "1.2")).toEqual([]);
});

test("a threshold that the span contradicts goes, and its tracestate when that was all", () => {
  const engine = engineOf([
    {
      id: "p",
      trace_sampling: {
        matches: [{ target: { span_attribute: ["k"] }, predicate: { exists: {} } }],
        sampling: { percentage: 100 },
      },
    },
  ]);
  const own = { attributes: attributes(["k", "v"]) };
  const input = spans(
    { ...own, name: "a", traceState: "ot=th:c" },
    { ...own, name: "b", traceState: "x=1,ot=th:c;rv:10000000000000" },
    { ...own, name: "c", traceState: "ot=th:2" },
    { name: "d", traceState: "ot=th:c" },
  );
  const expected = spans(
    { ...own, name: "a" },
    { ...own, name: "b", traceState: "ot=rv:10000000000000,x=1" },
    { ...own, name: "c", traceState: "ot=th:2" },
    { name: "d", traceState: "ot=th:c" },
  );
  for (const through of [throughJson, throughProtobuf]) {
    expect(through(engine, "trace", input)).toEqual(canonical("trace", expected));
  }
  const text = filterInput(engine, "trace", encodeUtf8(JSON.stringify(input)));
  expect(decodeUtf8(text)).toBe(JSON.stringify(expected));
});
