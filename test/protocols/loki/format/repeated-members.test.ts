// Pushes that say things twice, or in other words than clients do, and are taken by Loki all the
// same: of labels the last count, all entries are judged, and what is to be hidden is.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { AUTHORING, decodePolicySet } from "../../../../src/policy/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../../src/protocols/loki/format/index.ts";
import type { RecordFormat } from "../../../../src/policy/record-port.ts";
import { concat, int, len, text } from "../../../core/protobuf/pb.ts";
import { testEngine } from "../../../support/engine.ts";
import { finish } from "../../../support/steps.ts";

const POLICIES = [
  { match: [{ log_field: "body", contains: "drop" }], keep: "none" },
  {
    match: [{ resource_attribute: "app", exact: "shop" }],
    keep: "all",
    transform: {
      redact: [
        { log_field: "body", regex: "secret", replacement: "*" },
        { resource_attribute: "key", replacement: "*" },
        { log_attribute: "key", replacement: "*" },
      ],
    },
  },
].map((log, i) => ({ id: `p${i}`, name: "p", log }));

/** What leaves, and the counts; in steps it comes to the same. */
function judged(format: RecordFormat, body: Uint8Array) {
  const run = (inSteps: boolean) => {
    const { engine } = testEngine(decodePolicySet({ policies: POLICIES }, AUTHORING).policies);
    const evaluation = engine.evaluation("log")!;
    const pauses = { everyBytes: 0, isDue: () => true };
    const outcome = inSteps
      ? finish(format.filterSteps!(body, evaluation.forSteps!(), pauses))
      : format.filter(body, evaluation);
    const { body: left = body, settlement: _, ...counts } = outcome;
    return { left: decodeUtf8(left), counts, totals: engine.totals() };
  };
  const whole = run(false);
  expect(run(true)).toEqual(whole);
  return whole;
}

const SHOP = '{"app":"shop","key":"secret"}';
const CLEAN = '{"app":"shop","key":"*"}';
const [ENTRY, HIDDEN] = ['["1","a secret"]', '["1","a *"]'];
const stream = (labels: string, ...entries: string[]): string =>
  `{"stream":${labels},"values":[${entries.join(",")}]}`;
const push = (...members: string[]): string => `{"streams":[{${members.join(",")}}]}`;

describe("of a push in JSON", () => {
  const cases: readonly [string, string, string, number][] = [
    [
      "all lists of streams are judged",
      `{"streams":[${stream(SHOP, ENTRY, '["2","drop"]')}],"streams":[${stream(SHOP, ENTRY)}]}`,
      `{"streams":[${stream(CLEAN, HIDDEN)}],"streams":[${stream(CLEAN, HIDDEN)}]}`,
      3,
    ],
    [
      "streams are found in any case, with escapes too",
      `{"StreamS":[${stream(SHOP, ENTRY)}],"\\u0053TREAMS":[${stream(SHOP, ENTRY)}]}`,
      `{"StreamS":[${stream(CLEAN, HIDDEN)}],"\\u0053TREAMS":[${stream(CLEAN, HIDDEN)}]}`,
      2,
    ],
    [
      "streams are nothing else than that",
      `{"streams2":[${stream(SHOP, ENTRY)}]}`,
      `{"streams2":[${stream(SHOP, ENTRY)}]}`,
      0,
    ],
    [
      "all lists of values are judged",
      push(`"stream":${SHOP}`, `"values":[["2","drop"]]`, `"values":[${ENTRY}]`),
      push(`"stream":${CLEAN}`, `"values":[]`, `"values":[${HIDDEN}]`),
      2,
    ],
    [
      "a list in which something stays keeps the stream of the next",
      push(`"stream":${SHOP}`, `"values":[${ENTRY}]`, `"values":[["2","drop"]]`),
      push(`"stream":${CLEAN}`, `"values":[${HIDDEN}]`, `"values":[]`),
      2,
    ],
    [
      "the last labels count, which others do not show beside",
      push(`"stream":{"key":"secret"}`, `"stream":${SHOP}`, `"values":[${ENTRY}]`),
      push(`"stream":{}`, `"stream":${CLEAN}`, `"values":[${HIDDEN}]`),
      1,
    ],
    [
      "labels behind the values count before those in front",
      push(`"stream":{"app":"x"}`, `"values":[${ENTRY}]`, `"stream":${SHOP}`),
      push(`"stream":{}`, `"values":[${HIDDEN}]`, `"stream":${CLEAN}`),
      1,
    ],
    [
      "labels that others hide are none",
      push(`"stream":${SHOP}`, `"values":[${ENTRY}]`, `"stream":{"app":"x"}`),
      push(`"stream":${SHOP}`, `"values":[${ENTRY}]`, `"stream":{"app":"x"}`),
      1,
    ],
    [
      "several labels behind the values count as those before do",
      push(`"values":[${ENTRY}]`, `"stream":{"key":"secret"}`, `"stream":${SHOP}`),
      push(`"values":[${HIDDEN}]`, `"stream":{}`, `"stream":${CLEAN}`),
      1,
    ],
    [
      "what stands behind the metadata of an entry is not looked at",
      push(`"stream":${SHOP}`, `"values":[["1","a secret",{"key":"secret"},[1],2]]`),
      push(`"stream":${CLEAN}`, `"values":[["1","a *",{"key":"*"},[1],2]]`),
      1,
    ],
  ];
  test.each(cases)("%s", (_, body, left, records) => {
    const outcome = judged(lokiJsonFormat(), encodeUtf8(body));
    expect(outcome.left).toBe(left);
    expect(outcome.counts).toMatchObject({ records, unreadable: 0 });
  });

  test("what is behind the document, which Loki does not read, passes, counted", () => {
    const body = push(`"stream":${SHOP}`, `"values":[${ENTRY},["2","drop"]]`);
    const { counts, left } = judged(lokiJsonFormat(), encodeUtf8(`${body} x`));
    expect(left).toBe(`${push(`"stream":${CLEAN}`, `"values":[${HIDDEN}]`)} x`);
    expect(counts).toEqual({ records: 3, dropped: 1, unreadable: 1, edited: 1 });
  });

  test("what was judged too early counts once", () => {
    const body = push(`"stream":{"app":"x"}`, `"values":[["2","drop"]]`, `"stream":{"app":"y"}`);
    const { counts, totals } = judged(lokiJsonFormat(), encodeUtf8(body));
    expect(counts).toEqual({ records: 1, dropped: 1, unreadable: 0, edited: 0 });
    expect(totals.map(({ hits }) => hits)).toEqual([1, 0]);
  });
});

describe("of a push in protobuf", () => {
  const labels = (value: string): Uint8Array => text(1, value);
  const entry = len(2, concat(len(1, int(1, 1)), text(2, "a secret")));
  const hidden = len(2, concat(len(1, int(1, 1)), text(2, "a *")));
  const hash = int(3, 5);
  const pushed = (...fields: Uint8Array[]): Uint8Array => len(1, concat(...fields));
  const shop = labels('{app="shop", key="secret"}');
  const clean = labels('{app="shop", key="*"}');
  const other = labels('{key="secret"}');

  test("a name before the labels, and comments in them, are no obstacle", () => {
    const named = labels('logs {app="shop", # x\n key="secret"}');
    const { left, counts } = judged(lokiProtobufFormat(), pushed(named, entry));
    const hiddenToo = labels('logs {app="shop", # x\n key="*"}');
    expect(left).toBe(decodeUtf8(pushed(hiddenToo, hidden)));
    expect(counts).toMatchObject({ records: 1, unreadable: 0 });
  });

  test.each([
    ["in front", pushed(other, shop, entry), pushed(clean, hidden)],
    ["around", pushed(other, entry, shop), pushed(hidden, clean)],
    ["behind, with hashes", pushed(hash, entry, other, hash, shop), pushed(hidden, clean)],
    ["that others hide", pushed(shop, entry, other), pushed(shop, entry, other)],
  ])("the last labels count, %s", (_, body, left) => {
    const outcome = judged(lokiProtobufFormat(), body);
    expect(outcome.left).toBe(decodeUtf8(left));
    expect(outcome.counts).toMatchObject({ records: 1, unreadable: 0 });
  });
});
