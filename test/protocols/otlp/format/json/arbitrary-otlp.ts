// Random OTLP/JSON requests in all the spellings that must be understood: either case of names,
// escaped keys, whitespace, any order, repeated and unknown members, odd types.

import * as fc from "fast-check";
import type { Signal } from "../../../../../src/policy/model.ts";
import { jsonText, stringLiteral } from "../../../../core/json/arbitrary-json.ts";

type Text = fc.Arbitrary<string>;

const space = fc.constantFrom("", "", "", " ", "\n  ");

/**
 * A key in one of the spellings of one name; a document never mixes both cases of one name in an
 * object.
 */
function spelled(name: string, snake: boolean, escape: boolean): string {
  const text = snake ? name.replaceAll(/[A-Z]/g, (l) => `_${l.toLowerCase()}`) : name;
  if (!escape) return `"${text}"`;
  return `"\\u${text.charCodeAt(0).toString(16).padStart(4, "0")}${text.slice(1)}"`;
}

/** Most of the names; each is left out once in eight times. */
function most(names: readonly string[]): fc.Arbitrary<string[]> {
  return fc
    .array(fc.nat(7), { minLength: names.length, maxLength: names.length })
    .map((dice) => names.filter((_, i) => dice[i]! > 0));
}

/**
 * An object with most of the members, in random order, sometimes with an unknown one. None is
 * repeated: JSON.parse cannot show what the format makes of that.
 */
function object(members: Readonly<Record<string, Text>>): Text {
  const names = Object.keys(members);
  const member = (name: string, snake: boolean): Text =>
    fc
      .tuple(fc.boolean(), fc.boolean(), space, space, space, members[name]!)
      .map(([a, b, before, after, behind, value]) => {
        return `${before}${spelled(name, snake, a && b)}:${after}${value}${behind}`;
      });
  const unknown = fc.tuple(space, jsonText).map(([blank, value]) => `"x${blank.length}":${value}`);
  return fc
    .tuple(most(names), fc.boolean(), fc.nat(7), fc.infiniteStream(fc.nat()))
    .chain(([chosen, snake, unknowns, keys]) => {
      const parts = chosen.map((name) => member(name, snake));
      if (unknowns === 0) parts.push(unknown);
      const order = new Map(parts.map((part) => [part, keys.next().value as number]));
      const shuffled = parts.toSorted((a, b) => order.get(a)! - order.get(b)!);
      return fc.tuple(space, ...shuffled).map(([blank, ...texts]) => {
        return texts.length === 0 ? `{${blank}}` : `{${texts.join(",")}}`;
      });
    });
}

function array(item: Text, maxLength = 3): Text {
  return fc
    .tuple(fc.array(fc.tuple(space, item, space), { maxLength }), space)
    .map(([items, blank]) => `[${items.map((parts) => parts.join("")).join(",") || blank}]`);
}

function quoted(...texts: string[]): Text {
  return fc.constantFrom(...texts.map((text) => JSON.stringify(text)));
}

/** Mostly the right type, sometimes null or another one. */
function sometimesOdd(value: Text): Text {
  return fc.oneof({ weight: 12, arbitrary: value }, { weight: 1, arbitrary: fc.constant("null") });
}
function sometimesOther(value: Text): Text {
  return fc.oneof(
    { weight: 12, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom("null", "5", "true") },
  );
}

const string = fc.oneof(stringLiteral, quoted("", "INFO", "plain text"));

const int = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(0n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 53n + 1n),
  )
  .chain((value) => fc.constantFrom(`${value}`, `"${value}"`));
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  quoted("NaN", "Infinity", "-Infinity"),
  fc.constantFrom("1", "-0.5", "1e3"),
);
const bytes = fc
  .uint8Array({ maxLength: 5 })
  .chain((raw) =>
    fc.constantFrom("base64" as const, "base64url" as const).map((a) => [raw, a] as const),
  )
  .map(([raw, alphabet]) => `"${Buffer.from(raw).toString(alphabet)}"`);

/** Keys that the tests ask for are frequent. */
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('"a"', '"a"', '"b"', '"\\u0061"', '"a.b"', '""', '"é"') },
  { weight: 1, arbitrary: stringLiteral },
);

const { anyValue, keyValue } = fc.letrec<{ anyValue: string; keyValue: string }>((tie) => {
  const kinds: Record<string, Text> = {
    stringValue: string,
    boolValue: fc.constantFrom("true", "false"),
    intValue: int,
    doubleValue: double,
    bytesValue: bytes,
    arrayValue: object({ values: array(tie("anyValue")) }),
    kvlistValue: object({ values: sometimesOdd(array(tie("keyValue"))) }),
  };
  const one = fc
    .constantFrom(...Object.keys(kinds), "kvlistValue", "kvlistValue", "kvlistValue")
    .chain((kind) => object({ [kind]: sometimesOdd(kinds[kind]!) }));
  const usual = fc.tuple(key, string).map(([k, v]) => `{"key":${k},"value":{"stringValue":${v}}}`);
  const usualInt = fc.tuple(key, int).map(([k, v]) => `{"key":${k},"value":{"intValue":${v}}}`);
  return {
    anyValue: fc.oneof(
      { maxDepth: 3, depthSize: "medium" },
      fc.constantFrom("{}", "null", '{"stringValue":"x"}'),
      one,
    ),
    keyValue: fc.oneof(
      { weight: 3, arbitrary: object({ key: sometimesOdd(key), value: tie("anyValue") }) },
      { weight: 2, arbitrary: usual },
      { weight: 1, arbitrary: usualInt },
    ),
  };
});

const attributes = sometimesOdd(array(sometimesOther(keyValue), 5));
const id = fc.oneof(
  fc
    .constantFrom(16, 16, 8, 8, 7, 17)
    .chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
    .map((raw) => `"${Buffer.from(raw).toString("hex")}"`),
  quoted(
    "ABCDEF0123456789",
    "0000000000000000",
    "",
    "xyz",
    "abc",
    "0A",
    "W47/95gDgQPSabYzgT/GDA==",
  ),
);
const enumeration = (...names: string[]): Text =>
  fc.oneof(fc.nat(5).map(String), quoted(...names, "UNKNOWN_NAME", "2"));

const logRecord = object({
  timeUnixNano: quoted("1768471200000000000"),
  severityNumber: enumeration("SEVERITY_NUMBER_INFO", "SEVERITY_NUMBER_ERROR4"),
  severityText: sometimesOther(string),
  body: anyValue,
  attributes,
  droppedAttributesCount: fc.constant("3"),
  traceId: sometimesOther(id),
  spanId: id,
  eventName: string,
});

const dataPoints = array(object({ attributes, timeUnixNano: quoted("1"), asInt: int }));
const temporality = enumeration(
  "AGGREGATION_TEMPORALITY_DELTA",
  "AGGREGATION_TEMPORALITY_CUMULATIVE",
);
const metric = fc
  .constantFrom("gauge", "sum", "histogram", "exponentialHistogram", "summary")
  .chain((type) =>
    object({
      name: string,
      description: string,
      unit: sometimesOther(string),
      [type]: sometimesOdd(object({ dataPoints, aggregationTemporality: temporality })),
    }),
  );

const span = object({
  name: string,
  traceId: id,
  spanId: id,
  parentSpanId: sometimesOther(id),
  traceState: string,
  kind: enumeration("SPAN_KIND_INTERNAL", "SPAN_KIND_CONSUMER"),
  status: sometimesOther(object({ code: enumeration("STATUS_CODE_OK", "STATUS_CODE_ERROR") })),
  attributes,
  events: sometimesOdd(array(object({ name: string, attributes }))),
  links: array(object({ traceId: id, attributes })),
});

function request(resources: string, scopes: string, records: string, record: Text): Text {
  const scope = sometimesOther(object({ name: string, version: string, attributes }));
  const scopeItem = object({
    scope,
    schemaUrl: string,
    [records]: array(sometimesOther(record), 4),
  });
  const resource = sometimesOther(object({ attributes, droppedAttributesCount: fc.constant("0") }));
  const item = object({ resource, schemaUrl: string, [scopes]: array(scopeItem) });
  return object({ [resources]: array(item) });
}

/** Requests of a signal. */
export const REQUESTS: Readonly<Record<Signal, Text>> = {
  log: request("resourceLogs", "scopeLogs", "logRecords", logRecord),
  metric: request("resourceMetrics", "scopeMetrics", "metrics", metric),
  trace: request("resourceSpans", "scopeSpans", "spans", span),
};
