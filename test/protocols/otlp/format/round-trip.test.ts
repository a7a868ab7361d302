// Random requests with all fields of the schema, and unknown ones, through the real engine in both
// encodings: what no policy matches comes out as the bytes that went in; what policies drop and
// edit decodes to what plain functions make of the decoded request.

import { fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../../src/protocols/otlp/format/index.ts";
import {
  FIELDS_OF_SIGNAL,
  type RecordFormat,
  type Signal,
  SIGNALS,
} from "../../../../src/policy/index.ts";
import { REQUESTS } from "./json/arbitrary-otlp.ts";
import { REQUEST_SCHEMAS } from "./decoded-request.ts";
import { fromOtlpJson, KEYS, messages, toOtlpJson } from "./message-maker.ts";
import { engineWith } from "./otlp-app.ts";
import { judgeLogs, judgeMetrics, judgeTraces, POLICIES } from "./plain-policies.ts";
import { NoisyRequest } from "./protobuf/noise.ts";

const NOWHERE = "nothing says this";

/** Looks at every field, and at many attributes of every kind, for what is nowhere. */
function unmatchedPolicies(): object[] {
  const policies: object[] = [];
  const add = (signal: Signal, matcher: object): void => {
    const keep = { log: "none", metric: false, trace: { percentage: 0 } }[signal];
    const id = `${signal}-${policies.length}`;
    policies.push({ id, name: "n", [signal]: { match: [matcher], keep } });
  };
  const selectors = {
    log: ["log_attribute", "resource_attribute", "scope_attribute"],
    metric: ["datapoint_attribute", "resource_attribute", "scope_attribute"],
    trace: ["span_attribute", "event_attribute", "resource_attribute", "scope_attribute"],
  } as const;
  const enums = ["metric_type", "aggregation_temporality", "span_kind", "span_status"];
  const typed = ["severity_number", "event_name", "link_trace_id"];
  const otel = ["is_monotonic", "status_message"];
  for (const signal of SIGNALS) {
    for (const field of FIELDS_OF_SIGNAL[signal]) {
      if (enums.includes(field) || (typed.includes(field) && signal !== "log")) continue;
      if (otel.includes(field)) continue;
      const selector = { [`${signal}_field`]: field };
      if (field === "severity_number") add(signal, { ...selector, gte: 1_000_000_000_000 });
      else {
        add(signal, { ...selector, equals: NOWHERE });
        add(signal, { ...selector, regex: `^(${NOWHERE}|[a-z]+ says)$` });
      }
    }
    for (const selector of selectors[signal]) {
      for (const key of KEYS) {
        if (key === "") continue;
        add(signal, { [selector]: key, ends_with: NOWHERE });
        add(signal, { [selector]: [key, "a"], contains: NOWHERE });
        add(signal, { [selector]: [key, "b", "c"], gt: Number.MAX_VALUE });
      }
    }
  }
  add("trace", { event_name: NOWHERE });
  add("trace", { link_trace_id: "0123456789abcdef0123456789abcdef" });
  const predicate = { equals: NOWHERE };
  const monotonic = { target: { descriptor_field: "is_monotonic" }, predicate };
  policies.push({ id: "sums", metric_filter: { matches: [monotonic], action: "drop" } });
  const status = { target: { record_field: "status_message" }, predicate };
  const sampling = { percentage: 0 };
  policies.push({ id: "statuses", trace_sampling: { matches: [status], sampling } });
  return policies;
}

const unmatched = engineWith(unmatchedPolicies());
const editing = engineWith(POLICIES);
const JUDGES: Readonly<Record<Signal, (request: Message) => void>> = {
  log: (request) => judgeLogs(request as Parameters<typeof judgeLogs>[0]),
  metric: (request) => judgeMetrics(request as Parameters<typeof judgeMetrics>[0]),
  trace: (request) => judgeTraces(request as Parameters<typeof judgeTraces>[0]),
};

/** Nothing to send in its place, and when it is written all the same, the same bytes. */
function expectUntouched(signal: Signal, format: RecordFormat, input: Uint8Array): void {
  const before = input.slice();
  const outcome = format.filter(input, unmatched.evaluation(signal)!);
  expect([outcome.body, outcome.dropped, outcome.edited]).toEqual([undefined, 0, 0]);
  expect(input).toEqual(before);
}

describe.each([...SIGNALS])("a %s request", (signal) => {
  const schema = REQUEST_SCHEMAS[signal];
  const json = otlpJsonFormat(signal);
  const protobuf = otlpProtobufFormat(signal);
  const evaluation = () => editing.evaluation(signal)!;

  test("that no policy matches stays as it is, byte for byte, in both encodings", () => {
    const property = fc.property(messages(schema), (message) => {
      const always = { alwaysRewrite: true };
      for (const [format, input] of [
        [protobuf, toBinary(schema, message)],
        [json, encodeUtf8(toOtlpJson(schema, message))],
      ] as const) {
        expectUntouched(signal, format, input);
        const { body } = format.filter(input, unmatched.evaluation(signal)!, always);
        expect(Buffer.compare(body!, input)).toBe(0);
      }
    });
    fc.assert(property, { numRuns: 30 });
  });

  test("in any spelling that no policy matches stays as it is, too", () => {
    fc.assert(
      fc.property(fc.integer(), REQUESTS[signal], (seed, text) => {
        expectUntouched(signal, protobuf, new NoisyRequest(seed, true).build(signal));
        expectUntouched(signal, json, encodeUtf8(text));
      }),
      { numRuns: 30 },
    );
  });

  test("in protobuf decodes to what plain functions make of it", () => {
    const property = fc.property(messages(schema), (message) => {
      const input = toBinary(schema, message);
      const { body = input } = protobuf.filter(input, evaluation());
      JUDGES[signal](message);
      expect(toBinary(schema, fromBinary(schema, body))).toEqual(toBinary(schema, message));
    });
    fc.assert(property, { numRuns: 50 });
  });

  test("in JSON decodes to what plain functions make of it", () => {
    const property = fc.property(messages(schema), (message) => {
      const input = encodeUtf8(toOtlpJson(schema, message));
      const { body = input } = json.filter(input, evaluation());
      JUDGES[signal](message);
      const output = fromOtlpJson(schema, decodeUtf8(body));
      expect(toBinary(schema, output)).toEqual(toBinary(schema, message));
    });
    fc.assert(property, { numRuns: 50 });
  });

  // Noisy spans have ids and tracestates that the plain functions know nothing of.
  if (signal === "trace") return;
  test("in noisy protobuf decodes to what plain functions make of it", () => {
    const property = fc.property(fc.integer(), (seed) => {
      const input = new NoisyRequest(seed, true).build(signal);
      const message = fromBinary(schema, input);
      const { body = input } = protobuf.filter(input, evaluation());
      JUDGES[signal](message);
      expect(toBinary(schema, fromBinary(schema, body))).toEqual(toBinary(schema, message));
    });
    fc.assert(property, { numRuns: 50 });
  });
});
