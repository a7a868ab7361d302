// What the upstream `stdout:` prints of an OTLP body: one object per record, with its resource and
// scope first. It is for people to look at, and reads whole bodies.

import { isObject, memberOf } from "../../core/members.ts";
import type { BackendRequest } from "../protocol.ts";

/** Where records are inside of a request, from the outside in. */
const PATHS: readonly (readonly [string, string, string])[] = [
  ["resourceLogs", "scopeLogs", "logRecords"],
  ["resourceMetrics", "scopeMetrics", "metrics"],
  ["resourceSpans", "scopeSpans", "spans"],
];

/** The records of a body in JSON or protobuf; undefined: it is none of OTLP's. */
export async function otlpRecords(
  request: BackendRequest,
): Promise<readonly unknown[] | undefined> {
  const { bytes, contentType, document, path } = request;
  if (!/protobuf/i.test(contentType)) return recordsOf(document);
  // Loaded when the first such body comes: most programs have another upstream.
  const { otlpDocument } = await import("./backend-protobuf.ts");
  const read = otlpDocument(bytes, path);
  return read === undefined ? undefined : (recordsOf(read) ?? [read]);
}

function recordsOf(document: unknown): readonly unknown[] | undefined {
  const path = PATHS.find(([resources]) => memberOf(document, resources) !== undefined);
  return path && recordsAt(document, path);
}

function recordsAt(
  document: unknown,
  [resources, scopes, records]: readonly [string, string, string],
): unknown[] {
  return listAt(document, resources).flatMap((one) => {
    const resource = attributesOf(memberOf(one, "resource"));
    return listAt(one, scopes).flatMap((inner) => {
      const scope = scopeOf(memberOf(inner, "scope"));
      return listAt(inner, records).map((record) =>
        isObject(record) ? { ...resource, ...scope, ...record } : record,
      );
    });
  });
}

/** `{resource: {key: value, …}}`, or nothing when it has no attributes. */
function attributesOf(resource: unknown): object {
  const attributes = plainAttributes(resource);
  return Object.keys(attributes).length === 0 ? {} : { resource: attributes };
}

/** `{scope: {name, version, key: value, …}}`, or nothing when it says nothing. */
function scopeOf(scope: unknown): object {
  const name = memberOf(scope, "name");
  const version = memberOf(scope, "version");
  const all = {
    ...(name === undefined || name === "" ? {} : { name }),
    ...(version === undefined || version === "" ? {} : { version }),
    ...plainAttributes(scope),
  };
  return Object.keys(all).length === 0 ? {} : { scope: all };
}

/** Attributes as an object; of equal keys the last is shown. */
function plainAttributes(owner: unknown): Record<string, unknown> {
  const entries = listAt(owner, "attributes").flatMap((entry) => {
    const key = memberOf(entry, "key");
    return typeof key === "string" ? [[key, plainValue(memberOf(entry, "value"))] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** `{stringValue: "x"}` is "x"; values of several members are shown as they are. */
function plainValue(value: unknown): unknown {
  if (!isObject(value)) return value;
  const members = Object.values(value);
  return members.length === 1 && !isObject(members[0]) ? members[0] : value;
}

function listAt(item: unknown, key: string): unknown[] {
  const list = memberOf(item, key);
  return Array.isArray(list) ? list : [];
}
