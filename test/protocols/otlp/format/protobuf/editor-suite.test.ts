// The protobuf editor under the suite of all record editors; generated code translates its objects.

import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  ProtobufRecordEditor,
  RECORD_LAYOUTS,
  RESOURCE_LAYOUT,
  SCOPE_LAYOUT,
} from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import { InstrumentationScopeSchema } from "../../../../../src/proto/gen/opentelemetry/proto/common/v1/common_pb.ts";
import { LogRecordSchema } from "../../../../../src/proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import { ResourceSchema } from "../../../../../src/proto/gen/opentelemetry/proto/resource/v1/resource_pb.ts";
import { SpanSchema } from "../../../../../src/proto/gen/opentelemetry/proto/trace/v1/trace_pb.ts";
import type { EditableObject, PlainObject } from "../../../../suites/record-editor-cases.ts";
import { recordEditorSuite } from "../../../../suites/record-editor-suite.ts";

const KINDS = {
  log: [LogRecordSchema, RECORD_LAYOUTS.log],
  span: [SpanSchema, RECORD_LAYOUTS.trace],
  resource: [ResourceSchema, RESOURCE_LAYOUT],
  scope: [InstrumentationScopeSchema, SCOPE_LAYOUT],
} as const satisfies Record<EditableObject, unknown>;

/** OTLP/JSON spells ids in hex, where protobuf's own JSON has base64. */
function respell(object: PlainObject, from: "hex" | "base64", to: "hex" | "base64"): PlainObject {
  const ids = ["traceId", "spanId", "parentSpanId"];
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      ids.includes(name) ? Buffer.from(value as string, from).toString(to) : value,
    ]),
  );
}

/** Adds the empty keys that protobuf's JSON leaves out. */
function withKeys(object: PlainObject): PlainObject {
  const full = (entries: object[]): object[] => entries.map((entry) => ({ key: "", ...entry }));
  return JSON.parse(JSON.stringify(object), (name, value) => {
    if (name === "attributes") return full(value);
    return name === "kvlistValue" ? { values: full(value.values ?? []) } : value;
  }) as PlainObject;
}

recordEditorSuite("protobuf", (kind, object) => {
  const schema: DescMessage = KINDS[kind][0];
  const layout = KINDS[kind][1];
  const message = fromJson(schema, respell(object, "hex", "base64") as JsonValue);
  const bytes = toBinary(schema, message);
  const editor = new ProtobufRecordEditor(layout);
  editor.open(layout, bytes, 0, bytes.length);
  return {
    editor,
    result: () => {
      const edited = editor.bytes.slice(editor.start, editor.end);
      const json = toJson(schema, fromBinary(schema, edited)) as PlainObject;
      return withKeys(respell(json, "base64", "hex"));
    },
  };
});
