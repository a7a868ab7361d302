// Describes a matcher, a value, a keep or an operation in words, for explanations, pages and logs.

import { shortened } from "../core/printable.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { hexOf } from "../core/bytes.ts";
import { Field, Scope } from "./fields.ts";
import type {
  AttributeScope,
  Condition,
  FieldName,
  FieldRef,
  Keep,
  Matcher,
  NumericBound,
  Scalar,
} from "./model.ts";
import { type FieldSelector, type FoundValues, ValueKind } from "./record-port.ts";
import type { Operation } from "./transform/compile-transform.ts";
import type { ValueStore } from "./value-store.ts";

export function describeField(ref: FieldRef): string {
  if (ref.kind === "field") return ref.field;
  return `${ref.scope} attribute ${JSON.stringify(ref.path.length === 1 ? ref.path[0] : ref.path)}`;
}

// In the order of their indices in the tables.
const FIELD_NAMES = Object.keys(Field) as readonly FieldName[];
const SCOPE_NAMES = Object.keys(Scope) as readonly AttributeScope[];

function describeSelector({ field, scope: index, path: segments }: FieldSelector): string {
  const name = FIELD_NAMES[field];
  if (name !== undefined) return describeField({ kind: "field", field: name });
  const scope = SCOPE_NAMES[index] ?? "record";
  return describeField({ kind: "attribute", scope, path: segments.map((key) => decodeUtf8(key)) });
}

export function describeMatcher(matcher: Matcher): string {
  const not = matcher.negate ? "not " : "";
  const folded = matcher.caseInsensitive ? " (ignoring case)" : "";
  return `${not}${describeField(matcher.field)} ${describeCondition(matcher.condition)}${folded}`;
}

function describeCondition(condition: Condition): string {
  switch (condition.op) {
    case "exists":
      return "exists";
    case "equals":
      return `equals ${describeScalar(condition.value)}`;
    case "holds":
      return `contains ${describeScalar(condition.value)}`;
    case "regex":
      return `matches /${condition.pattern}/`;
    case "range":
      return [describeBound(condition.min, ">"), describeBound(condition.max, "<")]
        .filter((part) => part !== "")
        .join(" and ");
    default:
      return `${condition.op.replace("_", " ")} ${JSON.stringify(condition.text)}`;
  }
}

function describeBound(bound: NumericBound | undefined, sign: string): string {
  return bound === undefined ? "" : `${sign}${bound.inclusive ? "=" : ""} ${bound.value.value}`;
}

function describeScalar(value: Scalar): string {
  if (value.type === "string") return JSON.stringify(value.value);
  return value.type === "bytes" ? `0x${hexOf(value.value)}` : String(value.value);
}

export function describeKeep(keep: Keep): string {
  switch (keep.kind) {
    case "percent":
      return `${keep.percent}%${keep.key === undefined ? "" : ` by ${describeField(keep.key)}`}`;
    case "rate":
      return `${keep.count} per ${keep.windowMs} ms${keep.key === undefined ? "" : ` and ${describeField(keep.key)}`}`;
    case "budget":
      return `budget ${JSON.stringify(keep.budget)}`;
    case "sample":
    case "otel_sample":
      return `${keep.percent}% (${keep.mode})`;
    case "otel_keep":
      return "ACTION_KEEP";
    case "otel_drop":
      return "ACTION_DROP";
    case "otel_pass":
      return "log_transform";
    default:
      return keep.kind;
  }
}

/** The value at an entry as JSON-like text; long strings are cut. */
export function describeValue(values: ValueStore, entry: number, lengthMax = 200): string {
  const kind = values.kind(entry);
  switch (kind) {
    case ValueKind.string:
      return JSON.stringify(shortened(values.text(entry), lengthMax));
    case ValueKind.bytes:
      return `0x${hexOf(values.buffer(entry).subarray(values.start(entry), values.end(entry)))}`;
    case ValueKind.int: {
      const value = (BigInt(values.start(entry)) << 32n) | BigInt(values.end(entry) >>> 0);
      return value.toString();
    }
    case ValueKind.double:
      return String(values.numberAt(entry).double);
    case ValueKind.bool:
      return String(values.bool(entry));
    default:
      return "a list, a map or an empty value";
  }
}

/** What an operation of a transform does. */
export function describeOperation(operation: Operation): string {
  const where = describeSelector(operation.selector);
  if (operation.op === "rename") {
    return `rename ${where} to ${JSON.stringify(decodeUtf8(operation.to))}`;
  }
  return `${operation.op === "replace" ? "redact matches in" : operation.op} ${where}`;
}

const OTHER_VALUES: Readonly<Record<number, string>> = {
  [ValueKind.int]: "(a whole number)",
  [ValueKind.double]: "(a number)",
  [ValueKind.bool]: "(a boolean)",
  [ValueKind.bytes]: "(bytes)",
};

/**
 * Describes what an editor finds; only strings have a text. `by`: the operation that put it there.
 */
export function describeEdited(found: FoundValues, by?: Operation): string | undefined {
  const { kind } = found;
  if (kind === ValueKind.absent) return undefined;
  if (kind === ValueKind.string) return decodeUtf8(found.text);
  if (by?.op !== "add") return OTHER_VALUES[kind] ?? "(a list, a map or an empty value)";
  const { value } = by;
  return value.kind === ValueKind.bytes ? `0x${hexOf(value.text)}` : decodeUtf8(value.text);
}
