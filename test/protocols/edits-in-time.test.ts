// The time for edits of a large record is bounded in every format: what is still to be hidden when
// it is over goes with all that the record says, and its neighbours are edited as always.

import { describe, expect, test } from "bun:test";
import { AUTHORING, createEngine, decodePolicySet } from "../../src/policy/index.ts";
import type { RecordFormat } from "../../src/policy/index.ts";
import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import { LinesFormat } from "../../src/protocols/lines/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { finish } from "../support/steps.ts";

/** Two values to hide, and text that makes the record as long as it takes. */
const LONG = "words ".repeat(300_000);
const hides = (key: string, kind = "log_attribute") => ({ [kind]: key, replacement: "***" });

/** The clock goes on by a second with each look, unless it stands still. */
function evaluationWith(transform: object, stepMs = 1000) {
  const policy = { id: "p", name: "p", log: { match: [{ log_field: "body", exists: true }] } };
  const log = { ...policy.log, keep: "all", transform };
  const set = decodePolicySet({ policies: [{ ...policy, log }] }, AUTHORING);
  let nowMs = 0;
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => (nowMs += stepMs),
    random: () => 0,
  });
  finish(engine.replace(set.policies));
  const evaluation = engine.evaluation("log");
  if (evaluation === undefined) throw new Error("no policy works");
  return evaluation;
}

function field(number: number, ...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = [number * 8 + 2];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...head, rest), content]);
}
const otlpValue = (key: string, value: string) => ({ key, value: { stringValue: value } });
const protobufValue = (key: string, value: string): Uint8Array =>
  field(6, field(1, key), field(2, field(1, value)));
const pair = (key: string, value: string): Uint8Array => field(3, field(1, key), field(2, value));

interface Case {
  readonly format: RecordFormat;
  /** A body of records with these texts, and two values to hide in each. */
  readonly body: (...texts: readonly string[]) => Uint8Array;
  /** What becomes of the large one. */
  readonly emptied: string | Uint8Array;
}
const CASES: Readonly<Record<string, Case>> = {
  "OTLP in JSON": {
    format: otlpJsonFormat("log"),
    body: (...texts) => {
      const logRecords = texts.map((text) => ({
        body: { stringValue: text },
        attributes: [otlpValue("a", "secret"), otlpValue("b", "secret")],
      }));
      const scopeLogs = [{ logRecords }];
      return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs }] }));
    },
    emptied: ",{},",
  },
  "OTLP in protobuf": {
    format: otlpProtobufFormat("log"),
    body: (...texts) => {
      const values = [protobufValue("a", "secret"), protobufValue("b", "secret")];
      const logs = texts.map((text) => field(2, field(5, field(1, text)), ...values));
      return field(1, field(2, ...logs));
    },
    emptied: field(2),
  },
  Datadog: {
    format: datadogLogsFormat(),
    body: (...texts) =>
      Buffer.from(JSON.stringify(texts.map((message) => ({ message, a: "secret", b: "secret" })))),
    emptied: ",{},",
  },
  "Loki in JSON": {
    format: lokiJsonFormat(),
    body: (...texts) => {
      const values = texts.map((text) => ["1", text, { a: "secret", b: "secret" }]);
      return Buffer.from(JSON.stringify({ streams: [{ stream: { c: "d" }, values }] }));
    },
    emptied: '["1","",{}]',
  },
  "Loki in protobuf": {
    format: lokiProtobufFormat(),
    body: (...texts) => {
      const entry = (text: string): Uint8Array =>
        field(2, field(2, text), pair("a", "secret"), pair("b", "secret"));
      return field(1, field(1, '{c="d"}'), ...texts.map(entry));
    },
    emptied: field(2),
  },
  "lines in JSON": {
    format: new LinesFormat({ syntax: "json" }),
    body: (...texts) =>
      Buffer.from(
        texts
          .map((message) => `${JSON.stringify({ message, a: "secret", b: "secret" })}\n`)
          .join(""),
      ),
    emptied: "\n{}\n",
  },
  "lines in logfmt": {
    format: new LinesFormat({ syntax: "logfmt" }),
    body: (...texts) =>
      Buffer.from(texts.map((text) => `msg="${text}" a=secret b=secret\n`).join("")),
    emptied: "\n\n",
  },
};

describe("when there is no time to hide all", () => {
  test.each(Object.entries(CASES))("%s", (_, { format, body, emptied }) => {
    const evaluation = evaluationWith({
      redact: [hides("a"), hides("b")],
      add: [{ log_attribute: "seen", value: "yes" }],
    });
    const { body: out, edited } = format.filter(body("one", LONG, "two"), evaluation);
    const text = Buffer.from(out ?? Buffer.alloc(0));
    expect(edited).toBe(3);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 1 });
    expect(text.includes("secret")).toBe(false);
    expect(text.includes("words")).toBe(false);
    expect(text.toString("latin1").split("***").length).toBe(5);
    expect(text.toString("latin1").split("seen").length).toBe(3);
    expect(text.includes(Buffer.from(emptied as string))).toBe(true);
  });

  test.each(Object.entries(CASES))("%s, and nothing is to be hidden", (_, { format, body }) => {
    const adds = (key: string) => ({ log_attribute: key, value: "x" });
    const evaluation = evaluationWith({ add: [adds("first"), adds("second")] });
    const { body: out } = format.filter(body("one", LONG, "two"), evaluation);
    const text = Buffer.from(out ?? Buffer.alloc(0)).toString("latin1");
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
    expect(text.split("secret").length).toBe(7);
    expect(text.split("first").length).toBe(4);
    expect(text.split("second").length).toBe(3);
  });
});

test.each(Object.entries(CASES))(
  "%s: what was done in time is not counted as cut short",
  (_, one) => {
    const evaluation = evaluationWith({ redact: [hides("a")] });
    const { body: out } = one.format.filter(one.body("one", LONG, "two"), evaluation);
    expect(
      Buffer.from(out ?? "")
        .toString("latin1")
        .split("***").length,
    ).toBe(4);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
  },
);

describe("what is around records, and has no time", () => {
  const resource = (key: string) => ({ resource_attribute: key, replacement: "***" });
  test("a stream of Loki keeps its labels, which say nothing", () => {
    const evaluation = evaluationWith({ redact: ["a", "b", "c"].map((key) => resource(key)) });
    const stream = { a: "secret", b: "secret", c: "secret", d: "words ".repeat(170_000) };
    const body = Buffer.from(JSON.stringify({ streams: [{ stream, values: [["1", "x"]] }] }));
    const { body: out } = lokiJsonFormat().filter(body, evaluation);
    expect(Buffer.from(out ?? "").toString()).toBe(
      '{"streams":[{"stream":{"a":"[REDACTED]","b":"[REDACTED]","c":"***","d":"[REDACTED]"},"values":[["1","x"]]}]}',
    );
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 1 });
  });

  test.each(["JSON", "protobuf"])("a resource in %s says nothing", (encoding) => {
    const evaluation = evaluationWith({ redact: [resource("a"), resource("b")] });
    const attributes = [otlpValue("a", "secret"), otlpValue("b", "secret"), otlpValue("c", LONG)];
    const scopeLogs = [{ logRecords: [{ body: { stringValue: "x" } }] }];
    const plain = JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs }] });
    const encoded = attributes.map(({ key, value }) => [key, value.stringValue] as const);
    const owner = encoded.map(([key, text]) => field(1, field(1, key), field(2, field(1, text))));
    const records = field(2, field(2, field(5, field(1, "x"))));
    const isJson = encoding === "JSON";
    const body = isJson ? Buffer.from(plain) : field(1, field(1, ...owner), records);
    const format = isJson ? otlpJsonFormat("log") : otlpProtobufFormat("log");
    const { body: out } = format.filter(body, evaluation);
    const left = JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs }] });
    expect(Buffer.from(out ?? "")).toEqual(
      Buffer.from(isJson ? left : field(1, field(1), records)),
    );
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 1 });
  });
});

/** What takes a tree, or a new message, in a record of 16 MB, or of 60,000 attributes. */
describe("an edit that would be too much is not begun, whatever the clock says", () => {
  const TEXT = "words ".repeat(2_700_000);
  const twice = [otlpValue("m", "secret"), otlpValue("m", "secret")];
  const list = { key: "m", value: { arrayValue: { values: [{ stringValue: "secret" }] } } };
  const inJson = (attributes: object, text = TEXT): Buffer => {
    const logRecords = [{ body: { stringValue: text }, attributes }];
    return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  };
  const twiceInProtobuf = field(6, field(1, "m"), field(2, field(1, "secret")), field(2));
  const inProtobuf = field(1, field(2, field(2, field(5, field(1, TEXT)), twiceInProtobuf)));
  const BODIES = {
    "OTLP in JSON, an attribute of two values": {
      format: otlpJsonFormat("log"),
      body: inJson([{ ...list, value: { ...list.value, stringValue: "secret" } }, ...twice]),
      left: '[{"logRecords":[{}]}]',
    },
    "OTLP in JSON, of many attributes": {
      format: otlpJsonFormat("log"),
      body: inJson([
        { key: "m", value: { intValue: 1, stringValue: "secret" } },
        ...Array.from({ length: 60_000 }, () => otlpValue("o", "v")),
      ]),
      left: '[{"logRecords":[{}]}]',
    },
    "OTLP in protobuf, a value of two parts": {
      format: otlpProtobufFormat("log"),
      body: inProtobuf,
      left: field(1, field(2, field(2))),
    },
    "Datadog, a member that is there twice": {
      format: datadogLogsFormat(),
      body: Buffer.from(`[{"message":"${TEXT}","m":"secret","m":"secret"}]`),
      left: "[{}]",
    },
  };

  test.each(Object.entries(BODIES))("%s: all goes with what is to be hidden", (_, one) => {
    const evaluation = evaluationWith({ redact: [hides("m")] }, 0);
    const { body: out, edited } = one.format.filter(one.body, evaluation);
    const text = Buffer.from(out ?? Buffer.alloc(0));
    expect([text.includes("secret"), text.includes("words"), edited]).toEqual([false, false, 1]);
    expect(text.includes(Buffer.from(one.left as string))).toBe(true);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 1 });
  });

  const LONG_VALUE = "words ".repeat(900_000);
  test.each([
    ["JSON", otlpJsonFormat("log"), inJson([otlpValue("m", LONG_VALUE), otlpValue("n", "x")], "x")],
    [
      "protobuf",
      otlpProtobufFormat("log"),
      field(1, field(2, field(2, field(5, field(1, "x")), protobufValue("m", LONG_VALUE)))),
    ],
  ])("OTLP in %s: a value of five megabytes is not moved behind others", (_, format, body) => {
    const renames = { from_log_attribute: "m", to: "o" };
    const evaluation = evaluationWith({ rename: [renames] }, 0);
    const { body: out } = format.filter(body, evaluation);
    expect(out ?? body).toEqual(body);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
  });

  test.each(Object.entries(BODIES))("%s: nothing is added, and nothing is lost", (_, one) => {
    const adds = { log_attribute: "m", value: "x", upsert: true };
    const evaluation = evaluationWith({ add: [adds] }, 0);
    const { body: out } = one.format.filter(one.body, evaluation);
    expect(out ?? one.body).toEqual(one.body);
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 1, values: 0 });
  });
});
