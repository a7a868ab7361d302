// What the embedded upstream prints of a body: one object a record, with the resource and the scope
// that it belongs to in front. For people to look at; it decodes whole bodies.

/** Where records are inside an OTLP document, from the outside in. */
const OTLP_PATHS: readonly (readonly [string, string, string])[] = [
  ["resourceLogs", "scopeLogs", "logRecords"],
  ["resourceMetrics", "scopeMetrics", "metrics"],
  ["resourceSpans", "scopeSpans", "spans"],
];

/**
 * The records of a JSON body: of OTLP, of Datadog, of an array, or of lines; undefined when it is
 * none.
 */
export function recordsOfJson(bytes: Uint8Array): unknown[] | undefined {
  const text = new TextDecoder().decode(bytes);
  const document = parse(text);
  if (document === undefined) return recordsOfLines(text);
  return recordsOf(document);
}

/** The records of an OTLP body in protobuf; undefined when the path is none of OTLP's. */
export async function recordsOfProtobuf(
  bytes: Uint8Array,
  path: string,
): Promise<unknown[] | undefined> {
  // Loaded when the first such body comes: most programs have another upstream.
  const { otlpDocument } = await import("./stdout-protobuf.ts");
  const document = otlpDocument(bytes, path);
  return document === undefined ? undefined : recordsOf(document);
}

function recordsOf(document: unknown): unknown[] {
  if (Array.isArray(document)) return document;
  for (const path of OTLP_PATHS) {
    if (memberOf(document, path[0]) !== undefined) return otlpRecords(document, path);
  }
  if (memberOf(document, "series") !== undefined) return listAt(document, "series");
  return [document];
}

function otlpRecords(
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

function recordsOfLines(text: string): unknown[] | undefined {
  const documents = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parse);
  return documents.includes(undefined) ? undefined : documents;
}

function listAt(item: unknown, key: string): unknown[] {
  const list = memberOf(item, key);
  return Array.isArray(list) ? list : [];
}

function memberOf(item: unknown, key: string): unknown {
  return isObject(item) ? item[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
