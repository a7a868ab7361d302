// Edits make no object for each record that they edit: what a body of many records leaves on the
// heap is what one of few leaves.

import { expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { AUTHORING, decodePolicySet, type RecordFormat } from "../../src/policy/index.ts";
import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { concat, len, text } from "../core/protobuf/pb.ts";
import { testEngine } from "../support/engine.ts";
import { kv, map, str } from "./otlp/format/protobuf/editing.ts";

const FEW = 40;
const MANY = 440;
/** What looking at the heap makes itself differs by a few. */
const NOISE_MAX = 100;
const BODY = "user 4711 of 10.0.0.12 paid 99 times with token=abc123 for session 08154711";

const TRANSFORMS: Record<string, Record<string, unknown>> = {
  "an attribute redacted": { redact: [{ log_attribute: "user", replacement: "[REDACTED]" }] },
  "an attribute inside of another redacted": {
    redact: [{ log_attribute: ["http", "url"], replacement: "[REDACTED]" }],
  },
  "a tag, or nothing, redacted": { redact: [{ log_attribute: "team", replacement: "x" }] },
  "an attribute in the message, or nothing, redacted": {
    redact: [{ log_attribute: "inner", replacement: "x" }],
  },
  "the body redacted by a regex": {
    redact: [{ log_field: "body", regex: "[0-9]{2,}", replacement: "<N>" }],
  },
  "the body redacted by a regex, a group of which stays": {
    redact: [{ log_field: "body", regex: "(token)=\\w+", replacement: "$1=*" }],
  },
  "an attribute removed": { remove: [{ log_attribute: "user" }] },
  "an attribute renamed": {
    rename: [{ from_log_attribute: "user", to: "person", upsert: true }],
  },
  "an attribute added": { add: [{ log_attribute: "new", value: "yes", upsert: true }] },
};

const json = (key: string, value: string): unknown => ({ key, value: { stringValue: value } });
const http = { kvlistValue: { values: [json("method", "GET"), json("url", "/a")] } };
const BODIES: Record<string, [RecordFormat, (records: number) => Uint8Array]> = {
  "OTLP in JSON": [
    otlpJsonFormat("log"),
    (records) => {
      const attributes = [json("user", "u-1"), { key: "http", value: http }, json("other", "x")];
      const logRecords = Array.from({ length: records }, () => {
        return { body: { stringValue: BODY }, attributes };
      });
      return encodeUtf8(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
    },
  ],
  "OTLP in protobuf": [
    otlpProtobufFormat("log"),
    (records) => {
      const record = concat(
        len(5, str(BODY)),
        len(6, kv("user", str("u-1"))),
        len(6, kv("http", map(kv("method", str("GET")), kv("url", str("/a"))))),
        len(6, kv("other", str("x"))),
      );
      const all = concat(...Array.from({ length: records }, () => len(2, record)));
      return len(1, len(2, len(1, text(1, "scope")), all));
    },
  ],
  Datadog: [
    datadogLogsFormat(),
    (records) => {
      const record = {
        message: JSON.stringify({ inner: "x", text: BODY }),
        user: "u-1",
        http: { method: "GET", url: "/a" },
        ddtags: "env:prod,team:shop",
      };
      return encodeUtf8(JSON.stringify(Array.from({ length: records }, () => record)));
    },
  ],
};

/** Objects that are on the heap now, garbage included. */
function objectsNow(): number {
  const { objectTypeCounts } = heapStats();
  return Object.values(objectTypeCounts).reduce((sum, count) => sum + count, 0);
}

/** Objects that filtering a body makes, the least of a few times. */
function made(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    Bun.gc(true);
    const before = objectsNow();
    work();
    least = Math.min(least, objectsNow() - before);
  }
  return least;
}

for (const [encoding, [format, bodyOf]] of Object.entries(BODIES)) {
  for (const [title, transform] of Object.entries(TRANSFORMS)) {
    test(`${encoding}: ${title} makes nothing for each record`, () => {
      const match = [{ log_field: "body", exists: true }];
      const policy = { id: "p", name: "p", log: { match, keep: "all", transform } };
      const { policies } = decodePolicySet({ policies: [policy] }, AUTHORING);
      const evaluation = testEngine(policies).engine.evaluation("log");
      if (evaluation === undefined) throw new Error("no working policy");
      const [few, many] = [bodyOf(FEW), bodyOf(MANY)];
      format.filter(many, evaluation);
      const ofFew = made(() => format.filter(few, evaluation));
      const ofMany = made(() => format.filter(many, evaluation));
      expect(ofMany - ofFew).toBeLessThan(NOISE_MAX);
    });
  }
}

test("what would be made for each record would be seen", () => {
  let kept: unknown;
  const makes = (count: number) => () => {
    for (let i = 0; i < count; i++) kept = new Uint8Array(8).subarray(1);
  };
  expect(made(makes(MANY)) - made(makes(FEW))).toBeGreaterThan(MANY - FEW);
  expect(kept).toBeDefined();
});
