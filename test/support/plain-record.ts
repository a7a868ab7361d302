// Records as plain values, for tests of the engine without a wire format: put into an evaluation,
// and judged by a straightforward reading of the spec (naive oracle) that shares no code with the
// index.

import { Field, ID_FIELDS, levelOfField, Level, Scope } from "../../src/policy/fields.ts";
import type {
  AttributeScope,
  Condition,
  FieldName,
  FieldRef,
  Matcher,
  NumericBound,
} from "../../src/policy/model.ts";
import type { Evaluation, FieldValues } from "../../src/policy/record-port.ts";

/** bigint: int; number: double; array: composite; object: map. */
export type PlainValue =
  | string
  | bigint
  | number
  | boolean
  | Uint8Array
  | readonly string[]
  | { readonly [key: string]: PlainValue };
export type PlainMap = Readonly<Record<string, PlainValue>>;

/** Multi-valued places hold arrays of values (fields) or of maps (attributes). */
export interface PlainRecord {
  readonly fields?: Partial<Record<FieldName, PlainValue | readonly string[]>>;
  readonly attributes?: Partial<Record<AttributeScope, PlainMap | readonly PlainMap[]>>;
}

const encoder = new TextEncoder();

function isMap(value: unknown): value is PlainMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

function putValue(values: FieldValues, slot: number, value: PlainValue): void {
  if (typeof value === "string") {
    const bytes = encoder.encode(`"${value}"`);
    values.putString(slot, bytes, 1, bytes.length - 1);
  } else if (typeof value === "bigint") {
    values.putInt(slot, Number(value >> 32n), Number(BigInt.asIntN(32, value)));
  } else if (typeof value === "number") values.putDouble(slot, value);
  else if (typeof value === "boolean") values.putBool(slot, value);
  else if (value instanceof Uint8Array) values.putBytes(slot, value, 0, value.length);
  else values.putComposite(slot);
}

function putMap(evaluation: Evaluation, node: number, map: PlainMap): void {
  const { paths } = evaluation.fields;
  for (const [key, value] of Object.entries(map)) {
    const bytes = encoder.encode(key);
    const child = paths.child(node, bytes, 0, bytes.length);
    if (child < 0) continue;
    if (paths.slot(child) >= 0) putValue(evaluation.values, paths.slot(child), value);
    if (isMap(value) && paths.hasChildren(child)) putMap(evaluation, child, value);
  }
}

function putFields(evaluation: Evaluation, record: PlainRecord, level: number): void {
  for (const [name, value] of Object.entries(record.fields ?? {}) as [FieldName, PlainValue][]) {
    const slot = evaluation.fields.fieldSlots[Field[name]]!;
    if (levelOfField(name) !== level || slot < 0 || value === "") continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      putValue(evaluation.values, slot, one);
    }
  }
}

function putAttributes(evaluation: Evaluation, record: PlainRecord, scope: AttributeScope): void {
  const node = evaluation.fields.paths.root(Scope[scope]);
  const maps = record.attributes?.[scope];
  if (node < 0 || maps === undefined) return;
  for (const map of Array.isArray(maps) ? maps : [maps as PlainMap]) putMap(evaluation, node, map);
}

/** Begins resource, scope and record, and puts everything that is asked for. */
export function putRecord(evaluation: Evaluation, record: PlainRecord): void {
  evaluation.beginResource();
  putFields(evaluation, record, Level.resource);
  putAttributes(evaluation, record, "resource");
  evaluation.beginScope();
  putFields(evaluation, record, Level.scope);
  putAttributes(evaluation, record, "scope");
  putOwn(evaluation, record);
}

/** Begins only a record, under the resource and scope that are there. */
export function putOwn(evaluation: Evaluation, record: PlainRecord): void {
  evaluation.beginRecord();
  putFields(evaluation, record, Level.record);
  putAttributes(evaluation, record, "record");
  putAttributes(evaluation, record, "event");
}

// ---- the oracle

/** All values that the record has at the place. */
function valuesAt(record: PlainRecord, ref: FieldRef): PlainValue[] {
  if (ref.kind === "field") {
    const value = record.fields?.[ref.field];
    if (value === undefined || value === "") return [];
    return (Array.isArray(value) ? [...value] : [value]).filter((one) => one !== "");
  }
  const maps = record.attributes?.[ref.scope];
  if (maps === undefined) return [];
  return (Array.isArray(maps) ? (maps as readonly PlainMap[]) : [maps as PlainMap]).flatMap(
    (map) => {
      let value: PlainValue = map;
      for (const key of ref.path) {
        if (!isMap(value) || !Object.hasOwn(value, key)) return [];
        value = value[key]!;
      }
      return [value];
    },
  );
}

function exact(value: PlainValue): bigint | number | undefined {
  return typeof value === "bigint" || typeof value === "number" ? value : undefined;
}

/** JavaScript compares bigints with numbers exactly. */
function within(value: PlainValue, min?: NumericBound, max?: NumericBound): boolean {
  const number = exact(value);
  if (number === undefined || Number.isNaN(number)) return false;
  if (min !== undefined) {
    if (!(min.inclusive ? number >= min.value.value : number > min.value.value)) return false;
  }
  if (max !== undefined) {
    if (!(max.inclusive ? number <= max.value.value : number < max.value.value)) return false;
  }
  return true;
}

/** Simple folding as far as the tests' alphabets need it. */
function fold(text: string): string {
  return text.toLowerCase().replaceAll("ſ", "s").replaceAll("\u212a", "k").replaceAll("ς", "σ");
}

export type RegexOracle = (pattern: string, caseInsensitive: boolean, text: string) => boolean;

function satisfiesCondition(
  condition: Condition,
  caseInsensitive: boolean,
  value: PlainValue,
  regex: RegexOracle,
): boolean {
  const is = (compare: (text: string, want: string) => boolean, want: string): boolean =>
    typeof value === "string" &&
    (caseInsensitive ? compare(fold(value), fold(want)) : compare(value, want));
  switch (condition.op) {
    case "exists":
      return true;
    case "holds":
      throw new Error("plain records have no arrays");
    case "starts_with":
      return is((text, want) => text.startsWith(want), condition.text);
    case "ends_with":
      return is((text, want) => text.endsWith(want), condition.text);
    case "contains":
      return is((text, want) => text.includes(want), condition.text);
    case "regex":
      return typeof value === "string" && regex(condition.pattern, caseInsensitive, value);
    case "range":
      return within(value, condition.min, condition.max);
    case "equals": {
      const want = condition.value;
      if (want.type === "string") return is((text, other) => text === other, want.value);
      if (want.type === "bool") return value === want.value;
      if (want.type === "bytes") {
        return value instanceof Uint8Array && Buffer.from(value).equals(Buffer.from(want.value));
      }
      return within(value, { value: want, inclusive: true }, { value: want, inclusive: true });
    }
  }
}

/** Ids are seen as lower-case hex, so the case of a literal does not matter. */
function withLowerCase(condition: Condition): Condition {
  if (condition.op === "equals" && condition.value.type === "string") {
    return { op: "equals", value: { type: "string", value: condition.value.value.toLowerCase() } };
  }
  if (!("text" in condition)) return condition;
  return { ...condition, text: condition.text.toLowerCase() };
}

/** Whether the matcher holds, by the letter of the spec. */
export function matcherHolds(record: PlainRecord, matcher: Matcher, regex: RegexOracle): boolean {
  const { field } = matcher;
  const isId = field.kind === "field" && ID_FIELDS.includes(field.field);
  const condition = isId ? withLowerCase(matcher.condition) : matcher.condition;
  const any = valuesAt(record, field).some((value) =>
    satisfiesCondition(condition, matcher.caseInsensitive, value, regex),
  );
  return any !== matcher.negate;
}
