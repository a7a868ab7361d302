// What a matcher matches, as cases: run against everything that finds matching policies (the index,
// explanations, the naive loop of the benchmarks). Each case has its near misses.

import { expect, test } from "bun:test";
import type { Condition, FieldRef, Matcher, Policy, Signal } from "../../src/policy/model.ts";
import { policyOf } from "../support/engine.ts";
import type { PlainRecord } from "../support/plain-record.ts";

/** Ids of the policies of the set that match the record. */
export type FindMatches = (
  policies: readonly Policy[],
  signal: Signal,
  record: PlainRecord,
) => string[];

const body: FieldRef = { kind: "field", field: "body" };
const attribute = (...path: string[]): FieldRef => ({ kind: "attribute", scope: "record", path });
const string = (value: string): Condition => ({ op: "equals", value: { type: "string", value } });
const int = (value: bigint): Condition => ({ op: "equals", value: { type: "int", value } });
const above = (value: bigint, inclusive = false): Condition => ({
  op: "range",
  min: { value: { type: "int", value }, inclusive },
});
const text = (op: "starts_with" | "ends_with" | "contains", value: string): Condition => ({
  op,
  text: value,
});
const regex = (pattern: string): Condition => ({ op: "regex", pattern });
const exists: Condition = { op: "exists" };

interface Options {
  readonly negate?: boolean;
  readonly fold?: boolean;
  readonly signal?: Signal;
}
type Case = [
  what: string,
  field: FieldRef,
  condition: Condition,
  options: Options,
  yes: PlainRecord[],
  no: PlainRecord[],
];

const logs = (...bodies: NonNullable<PlainRecord["fields"]>["body"][]): PlainRecord[] =>
  bodies.map((one) => (one === undefined ? {} : { fields: { body: one } }));
const with_ = (...maps: NonNullable<PlainRecord["attributes"]>["record"][]): PlainRecord[] =>
  maps.map((one) => (one === undefined ? {} : { attributes: { record: one } }));
const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);
const EQUALS_BYTES: Condition = { op: "equals", value: { type: "bytes", value: bytes(1, 255) } };

const CASES: Case[] = [
  ...(
    [
      ["equals", string("4BF92F3577B34DA6A3CE929D0E0E4736")],
      ["starts_with", text("starts_with", "4BF9")],
      ["ends_with", text("ends_with", "0E0E4736")],
      ["contains", text("contains", "DA6A3CE9")],
    ] as const
  ).map(([op, condition]): Case => [
    `${op} takes the hex of an id in any case`,
    { kind: "field", field: "trace_id" },
    condition,
    {},
    [{ fields: { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" } }],
    [{ fields: { trace_id: "4bf82f3577b34da7a3ce929d0e0e4737" } }, {}],
  ]),
  [
    "upper-case text stays what it is in fields that are no ids",
    body,
    string("4BF9"),
    {},
    logs("4BF9"),
    logs("4bf9"),
  ],
  [
    "equals is the whole string",
    body,
    string("abc"),
    {},
    logs("abc"),
    logs("abcd", "xabc", "ABC", "", 1n),
  ],
  [
    "equals without case",
    body,
    string("Straße"),
    { fold: true },
    logs("STRAßE", "straße"),
    logs("strasse", "straß"),
  ],
  [
    'equals "" is an empty attribute, not a missing one',
    attribute("a"),
    string(""),
    {},
    with_({ a: "" }),
    with_({ a: " " }, {}, undefined),
  ],
  [
    "starts_with",
    body,
    text("starts_with", "GET /"),
    {},
    logs("GET /", "GET /x"),
    logs("GET", " GET /", "get /"),
  ],
  [
    "starts_with without case",
    body,
    text("starts_with", "get"),
    { fold: true },
    logs("GeT /"),
    logs("gt", "ge"),
  ],
  [
    "ends_with",
    body,
    text("ends_with", " ok"),
    {},
    logs(" ok", "beat ok"),
    logs("ok", "ok ", "OK"),
  ],
  [
    "contains",
    body,
    text("contains", "/health"),
    {},
    logs("/health", "a/healthz"),
    logs("/healt", "/HEALTH"),
  ],
  [
    "contains without case",
    body,
    text("contains", "Verbose Trace"),
    { fold: true },
    logs("x VERBOSE tracey"),
    logs("verbosetrace"),
  ],
  [
    "contains folds beyond ASCII",
    body,
    text("contains", "ÉTÉ"),
    { fold: true },
    logs("cet été", "ÉtÉ"),
    logs("ete"),
  ],
  [
    "contains folds the Kelvin sign to k",
    body,
    text("contains", "ok"),
    { fold: true },
    logs("o\u212a", "OK"),
    logs("o\u0138"),
  ],
  [
    "contains with case keeps to it beside one without",
    body,
    text("contains", "ok"),
    {},
    logs("ok é"),
    logs("OK é", "o\u212a"),
  ],
  [
    "contains a literal longer than a needle",
    body,
    text("contains", "a literal of more than sixteen bytes"),
    {},
    logs("x a literal of more than sixteen bytes."),
    logs("a literal of more than sixteen byte", "sixteen bytes", "a literal of mor"),
  ],
  [
    'contains "" is every string',
    attribute("a"),
    text("contains", ""),
    {},
    with_({ a: "" }, { a: "x" }),
    with_({ a: 1n }, {}),
  ],
  ["regex is unanchored", body, regex("b+c"), {}, logs("abbc"), logs("ac", "bb")],
  ["regex anchors at the very end only", body, regex("ok$"), {}, logs("ok"), logs("ok\n", "okay")],
  ["regex . is no newline", body, regex("^a.c$"), {}, logs("abc", "aéc"), logs("a\nc", "ac")],
  [
    "regex of alternatives",
    body,
    regex("^(DEBUG|TRACE)$"),
    {},
    logs("DEBUG", "TRACE"),
    logs("DEBUGTRACE", "INFO", "debug"),
  ],
  [
    "regex with a flag of its own",
    body,
    regex("(?i)verbose"),
    {},
    logs("VERBOSE", "verBose"),
    logs("verbos"),
  ],
  [
    "regex ^.*$ needs a string without a newline",
    attribute("a"),
    regex("^.*$"),
    {},
    with_({ a: "" }, { a: "x" }),
    with_({ a: "x\ny" }, { a: 1n }, {}),
  ],
  [
    "regex of a word boundary",
    body,
    regex("\\bcat\\b"),
    {},
    logs("a cat."),
    logs("concat", "cats"),
  ],
  [
    "exists is any value of any type",
    attribute("a"),
    exists,
    {},
    with_({ a: "" }, { a: 0n }, { a: false }, { a: ["x"] }, { a: { b: 1n } }),
    with_({ b: "" }, {}),
  ],
  [
    "exists of a field that is empty is false",
    body,
    exists,
    {},
    logs("x", 1n, ["x"]),
    logs("", undefined),
  ],
  [
    "an int equals its double",
    attribute("a"),
    int(5n),
    {},
    with_({ a: 5n }, { a: 5 }),
    with_({ a: 5.5 }, { a: "5" }, { a: true }),
  ],
  [
    "an int beyond 2^53 is exact",
    attribute("a"),
    int(9007199254740993n),
    {},
    with_({ a: 9007199254740993n }),
    with_({ a: 9007199254740992n }, { a: 9007199254740992 }),
  ],
  [
    "gt leaves its bound out",
    attribute("a"),
    above(5n),
    {},
    with_({ a: 6n }, { a: 5.1 }),
    with_({ a: 5n }, { a: "6" }, {}),
  ],
  [
    "gte takes its bound in",
    attribute("a"),
    above(5n, true),
    {},
    with_({ a: 5n }, { a: 6n }),
    with_({ a: 4.999 }, { a: Number.NaN }),
  ],
  [
    "a bool equals only that bool",
    attribute("a"),
    { op: "equals", value: { type: "bool", value: false } },
    {},
    with_({ a: false }),
    with_({ a: true }, { a: 0n }, { a: "false" }),
  ],
  [
    "bytes equal only those bytes",
    attribute("a"),
    EQUALS_BYTES,
    {},
    with_({ a: bytes(1, 255) }),
    with_({ a: bytes(1) }, { a: bytes(1, 255, 0) }, { a: "01ff" }),
  ],
  [
    "an id equals its bytes",
    { kind: "field", field: "trace_id" },
    EQUALS_BYTES,
    {},
    [{ fields: { trace_id: "01ff" } }],
    [{ fields: { trace_id: "01fe" } }, {}],
  ],
  [
    "a negated matcher holds where the field is missing",
    attribute("a"),
    string("x"),
    { negate: true },
    with_({ a: "y" }, { a: 1n }, {}),
    with_({ a: "x" }),
  ],
  [
    "a negated range holds for other types",
    attribute("a"),
    above(5n),
    { negate: true },
    with_({ a: 5n }, { a: "9" }, {}),
    with_({ a: 6n }),
  ],
  [
    "a negated exists holds where it is missing",
    attribute("a"),
    exists,
    { negate: true },
    with_({}, { b: 1n }),
    with_({ a: "" }),
  ],
  [
    "a path leads into maps",
    attribute("a", "b"),
    string("x"),
    {},
    with_({ a: { b: "x" } }),
    with_({ "a.b": "x" }, { a: "x" }, { b: "x" }, { a: { b: { c: "x" } } }),
  ],
  [
    "a dotted key is one segment",
    attribute("a.b"),
    string("x"),
    {},
    with_({ "a.b": "x" }),
    with_({ a: { b: "x" } }),
  ],
  [
    "any data point matches",
    attribute("a"),
    string("x"),
    { signal: "metric" },
    [{ attributes: { record: [{ a: "y" }, { a: "x" }] } }],
    [{ attributes: { record: [{ a: "y" }] } }, {}],
  ],
  [
    "a negated matcher wants no data point to match",
    attribute("a"),
    string("x"),
    { signal: "metric", negate: true },
    [{ attributes: { record: [{ a: "y" }, {}] } }, {}],
    [{ attributes: { record: [{ a: "y" }, { a: "x" }] } }],
  ],
  [
    "any event matches by name",
    { kind: "field", field: "event_name" },
    string("x"),
    { signal: "trace" },
    [{ fields: { event_name: ["y", "x"] } }],
    [{ fields: { event_name: ["y"] } }, {}],
  ],
  [
    "any link matches",
    { kind: "field", field: "link_trace_id" },
    string("ab"),
    { signal: "trace" },
    [{ fields: { link_trace_id: ["01", "ab"] } }],
    [{ fields: { link_trace_id: ["01"] } }],
  ],
  [
    "a resource attribute",
    { kind: "attribute", scope: "resource", path: ["env"] },
    string("ci"),
    {},
    [{ attributes: { resource: { env: "ci" } } }],
    [{ attributes: { record: { env: "ci" }, scope: { env: "ci" } } }],
  ],
];

/**
 * Other policies on the same places, so that the index of each slot holds more than one predicate.
 */
const NEIGHBOURS: Matcher[] = [
  [body, text("contains", "neighbour")] as const,
  [body, regex("[0-9]{40}")] as const,
  [body, string("neighbour")] as const,
  [attribute("a"), text("starts_with", "neighbour")] as const,
  [attribute("a"), above(1_000_000_000n)] as const,
].map(([field, condition]) => ({ field, condition, negate: false, caseInsensitive: false }));

/** Registers the cases for one way of finding matches. */
export function matchingSuite(find: FindMatches): void {
  test.each(CASES)("%s", (_, field, condition, options, yes, no) => {
    const { negate = false, fold = false, signal = "log" } = options;
    const matcher: Matcher = { field, condition, negate, caseInsensitive: fold };
    const neighbours = NEIGHBOURS.map((one, i) =>
      policyOf(`neighbour-${i}`, [one], { kind: "none" }, { signal }),
    );
    for (const set of [[], neighbours]) {
      const policies = [policyOf("it", [matcher], { kind: "none" }, { signal }), ...set];
      const matches = (record: PlainRecord): boolean =>
        find(policies, signal, record).includes("it");
      expect([yes.map(matches), no.map(matches)]).toEqual([
        yes.map(() => true),
        no.map(() => false),
      ]);
    }
  });
}
