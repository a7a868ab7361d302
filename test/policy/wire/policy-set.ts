// Policies of OpenTelemetry's dialect as messages, from their proto3 JSON.

import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { OtelPolicySetSchema } from "../../../src/proto/index.ts";

export function policySetBytes(...policies: readonly object[]): Uint8Array<ArrayBuffer> {
  const json = { policies } as unknown as JsonValue;
  return toBinary(OtelPolicySetSchema, fromJson(OtelPolicySetSchema, json));
}

/** A filter of logs in proto3 JSON, which files may hold as well. */
export function dropOf(id: string, more: object = {}): object {
  const target = { recordField: "LOG_RECORD_FIELD_BODY" };
  const matches = [{ target, predicate: { regex: "^GET /healthz" } }];
  return { id, logFilter: { matches, action: "ACTION_DROP" }, ...more };
}
