// One request in both encodings: policies must see the same values, and the same edits and drops
// must leave the same message.

import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  otlpJsonFormat,
  otlpProtobufFormat,
} from "../../../../../src/protocols/otlp/format/index.ts";
import { FIELDS_OF_SIGNAL } from "../../../../../src/policy/fields.ts";
import { type AttributeScope, type Signal, SIGNALS } from "../../../../../src/policy/model.ts";
import { type RecordEditor, Verdict } from "../../../../../src/policy/record-port.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../../../../src/proto/index.ts";
import {
  attributeSelector,
  attributeRef,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../../../support/fake-evaluation.ts";
import { KEYS, NoisyRequest } from "./noise.ts";

const SCHEMAS: Record<Signal, DescMessage> = {
  log: ExportLogsServiceRequestSchema,
  metric: ExportMetricsServiceRequestSchema,
  trace: ExportTraceServiceRequestSchema,
};
const IDS = ["traceId", "spanId", "parentSpanId"];

/** OTLP/JSON spells ids in hex, where protobuf's own JSON has base64. */
function respell(json: string, from: "hex" | "base64", to: "hex" | "base64"): string {
  const parsed: unknown = JSON.parse(json, (name, value: unknown) =>
    IDS.includes(name) ? Buffer.from(value as string, from).toString(to) : value,
  );
  return JSON.stringify(parsed);
}

function editAll(editor: RecordEditor, scope: AttributeScope): void {
  editor.find(attributeSelector(scope, "a", "b")).set(encodeUtf8("set"));
  editor.find(attributeSelector(scope, "b")).set(encodeUtf8("set"));
  editor.find(attributeSelector(scope, "a.b")).remove();
  editor.find(attributeSelector(scope, "c")).rename(encodeUtf8("renamed"), true);
  editor.find(fieldSelector("body")).set(encodeUtf8("set"));
  editor.find(fieldSelector("trace_id")).set(encodeUtf8("no id"));
  editor.find(fieldSelector("trace_state")).set(encodeUtf8("set=1"));
}

describe.each([...SIGNALS])("a %s request in JSON and in protobuf", (signal) => {
  const schema = SCHEMAS[signal];
  const requests = fc.integer().map((seed) => new NoisyRequest(seed, false).build(signal));
  const scopes: AttributeScope[] = ["record", "resource", "scope"];
  if (signal === "trace") scopes.push("event");
  const paths = [...KEYS.map((key) => [key]), ["a", "b"], ["c", "a", "b"]];
  const refs = [
    ...FIELDS_OF_SIGNAL[signal].map(fieldRef),
    ...scopes.flatMap((scope) => paths.map((path) => attributeRef(scope, ...path))),
  ];
  const verdicts = [Verdict.keep, Verdict.drop, Verdict.edit];

  test("comes to the same", () => {
    fc.assert(
      fc.property(requests, fc.array(fc.nat({ max: 2 }), { minLength: 5 }), (input, choices) => {
        const evaluation = (): FakeEvaluation =>
          new FakeEvaluation(signal, refs, {
            decide: (_record, index) => verdicts[choices[index % choices.length]!]!,
            editRecord: (editor) => editAll(editor, "record"),
            editScope: (editor) => editAll(editor, "scope"),
            editResource: (editor) => editAll(editor, "resource"),
          });
        const plain = JSON.stringify(toJson(schema, fromBinary(schema, input)));
        const json = encodeUtf8(respell(plain, "base64", "hex"));
        const [one, other] = [evaluation(), evaluation()];
        const options = { alwaysRewrite: true };
        const fromProtobuf = otlpProtobufFormat(signal).filter(input, one, options);
        const fromText = otlpJsonFormat(signal).filter(json, other, options);
        expect(one.records).toEqual(other.records);
        expect({ ...fromProtobuf, body: [] }).toEqual({ ...fromText, body: [] });
        const text = respell(decodeUtf8(fromText.body!), "hex", "base64");
        const want = toBinary(schema, fromJson(schema, JSON.parse(text) as JsonValue));
        expect(toBinary(schema, fromBinary(schema, fromProtobuf.body!))).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });
});
