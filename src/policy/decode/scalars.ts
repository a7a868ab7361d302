// Typed values that matchers compare with: `Value` and `NumericValue` of the schema and their plain
// spellings.

import { base64Bytes, decodeHex } from "./bytes.ts";
import type { Condition, NumericScalar, Scalar } from "../model.ts";
import { isObject, knownKeys, membersOf } from "./members.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";

const VALUE_KEYS = knownKeys(
  "bool_value",
  "int_value",
  "double_value",
  "bytes_value",
  "hex_value",
  "string_value",
);
type ValueKey = (typeof VALUE_KEYS.names)[number];

const NUMERIC_KEYS = knownKeys("int_value", "double_value");

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * `equals`: a plain string, boolean or number (whole numbers are ints), or an object that names the
 * type. Undefined, with an error, if there is none.
 */
export function scalarOf(raw: unknown, name: string, context: DecodeContext): Scalar | undefined {
  if (typeof raw === "string") return { type: "string", value: raw };
  if (typeof raw === "boolean") return { type: "bool", value: raw };
  if (typeof raw === "number" || typeof raw === "bigint") return plainNumber(raw, name, context);
  const inside = context.at(name);
  if (!isObject(raw)) {
    return inside.fail(`expected a value, found ${preview(raw)}`);
  }
  const members = membersOf(raw, VALUE_KEYS, inside);
  if (members === undefined) return undefined;
  const given = VALUE_KEYS.names.filter((key) => members[key] !== undefined);
  const [key] = given;
  if (key === undefined || given.length > 1) return wrongCount(given, VALUE_KEYS.names, inside);
  return typedValue(key, members[key], inside);
}

/** A range that is open on one side. */
export function openRangeOf(
  raw: unknown,
  name: "gt" | "gte" | "lt" | "lte",
  context: DecodeContext,
): Condition | undefined {
  const value = numericOf(raw, name, context);
  if (value === undefined) return undefined;
  const bound = { value, inclusive: name.endsWith("e") };
  return name.startsWith("g") ? { op: "range", min: bound } : { op: "range", max: bound };
}

/**
 * `gt`, `gte`, `lt`, `lte`, `min`, `max`: a number, or an object with int_value or double_value.
 */
export function numericOf(
  raw: unknown,
  name: string,
  context: DecodeContext,
): NumericScalar | undefined {
  if (typeof raw === "number" || typeof raw === "bigint") return plainNumber(raw, name, context);
  const inside = context.at(name);
  if (!isObject(raw)) {
    const cure = typeof raw === "string" ? "; write it without quotes" : "";
    return inside.fail(`expected a number, found ${preview(raw)}${cure}`);
  }
  const members = membersOf(raw, NUMERIC_KEYS, inside);
  if (members === undefined) return undefined;
  const given = NUMERIC_KEYS.names.filter((key) => members[key] !== undefined);
  const [key] = given;
  if (key === undefined || given.length > 1) return wrongCount(given, NUMERIC_KEYS.names, inside);
  return key === "int_value"
    ? intValue(members.int_value, inside)
    : doubleValue(members.double_value, inside);
}

function wrongCount(
  given: readonly string[],
  allowed: readonly string[],
  context: DecodeContext,
): undefined {
  if (given.length === 0) return context.fail(`no value; give one of ${allowed.join(", ")}`);
  return context.fail(`several values: ${given.join(", ")}; give exactly one`);
}

function plainNumber(
  raw: number | bigint,
  name: string,
  context: DecodeContext,
): NumericScalar | undefined {
  if (typeof raw === "number" && !Number.isSafeInteger(raw)) {
    if (Number.isNaN(raw)) return context.fail(`${name}: NaN compares with nothing`);
    return { type: "double", value: raw };
  }
  const value = BigInt(raw);
  if (value < INT64_MIN || value > INT64_MAX) {
    const cure = `write a double instead, e.g. ${Number(value).toExponential()}`;
    return context.fail(`${name}: ${value} does not fit 64 bits; ${cure}`);
  }
  return { type: "int", value };
}

function typedValue(key: ValueKey, raw: unknown, context: DecodeContext): Scalar | undefined {
  switch (key) {
    case "bool_value":
      if (typeof raw === "boolean") return { type: "bool", value: raw };
      return context.fail(`bool_value: expected true or false, found ${preview(raw)}`);
    case "string_value":
      if (typeof raw === "string") return { type: "string", value: raw };
      return context.fail(`string_value: expected a string, found ${preview(raw)}`);
    case "int_value":
      return intValue(raw, context);
    case "double_value":
      return doubleValue(raw, context);
    case "bytes_value":
      return bytesValue(raw, context);
    case "hex_value":
      return hexValue(raw, context);
  }
}

function intValue(raw: unknown, context: DecodeContext): NumericScalar | undefined {
  let value: bigint | undefined;
  if (typeof raw === "bigint") value = raw;
  else if (typeof raw === "number" && Number.isSafeInteger(raw)) value = BigInt(raw);
  else if (typeof raw === "string" && /^-?\d{1,30}$/.test(raw)) value = BigInt(raw);
  if (value !== undefined && value >= INT64_MIN && value <= INT64_MAX)
    return { type: "int", value };
  return context.fail(`int_value: ${preview(raw)} is not a 64-bit integer`);
}

const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map([
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** A finite number's spelling in proto3 JSON, which allows it in quotes. */
const DOUBLE_TEXT = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function doubleValue(raw: unknown, context: DecodeContext): NumericScalar | undefined {
  let value: number | undefined;
  if (typeof raw === "number") value = raw;
  else if (typeof raw === "bigint") value = Number(raw);
  else if (typeof raw === "string") {
    value = DOUBLE_TEXT.test(raw) ? Number(raw) : SPECIAL_DOUBLES.get(raw);
  }
  if (value !== undefined && !Number.isNaN(value)) return { type: "double", value };
  return context.fail(`double_value: ${preview(raw)} is not a number`);
}

function bytesValue(raw: unknown, context: DecodeContext): Scalar | undefined {
  const value =
    raw instanceof Uint8Array ? raw : typeof raw === "string" ? base64Bytes(raw) : undefined;
  if (value !== undefined) return { type: "bytes", value };
  return context.fail(`bytes_value: ${preview(raw)} is not base64`);
}

function hexValue(raw: unknown, context: DecodeContext): Scalar | undefined {
  const value = typeof raw === "string" ? decodeHex(raw) : undefined;
  if (value !== undefined) return { type: "bytes", value };
  const cure = typeof raw === "string" ? "" : "; write it in quotes";
  return context.fail(`hex_value: ${preview(raw)} is not an even number of hex digits${cure}`);
}
