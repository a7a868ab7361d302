// Finds what is legal in a policy but cannot be intended: matchers that never match, or always
// match, and operations that do nothing. Warnings change nothing; they are for the people who write
// policies.

import { compileRegex } from "../regex/index.ts";
import { ENUM_NAMES } from "./derived-values.ts";
import { FaultList, NO_FAULTS } from "./fault-list.ts";
import { ID_FIELDS } from "./fields.ts";
import { groupsOf, keepPlace, matcherPlace, targetPlace } from "./groups.ts";
import type {
  Condition,
  FieldName,
  FieldRef,
  Keep,
  Matcher,
  Policy,
  Redact,
  Scalar,
} from "./model.ts";
import { unknownGroups } from "./transform/template.ts";

/** Number of hex digits of each id. */
const ID_DIGITS: Partial<Record<FieldName, number>> = {
  trace_id: 32,
  span_id: 16,
  parent_span_id: 16,
  link_trace_id: 32,
};

/** Fields that hold numbers; all others but `body` hold strings. */
const NUMBER_FIELDS: readonly FieldName[] = [
  "severity_number",
  "metric_type",
  "aggregation_temporality",
  "span_kind",
  "span_status",
];

/** Each matcher is compared with all before it. */
const COMPARED_MATCHERS_MAX = 64;

/** Fields that no transform can change. */
const FIXED_FIELDS: readonly FieldName[] = [
  "resource_schema_url",
  "scope_schema_url",
  "scope_name",
  "scope_version",
  "severity_number",
];

/**
 * Warnings about a policy without errors, each in the form of its errors, `<log|metric|trace>:
 * <place>: <what>`, and in the order of the document.
 */
export function policyWarnings({ target }: Pick<Policy, "target">): readonly string[] {
  if (target === undefined) return NO_FAULTS;
  const { keep, transform } = target;
  const found = new FaultList();
  const warn = (place: string, what: string | undefined): void => {
    if (what !== undefined) found.add(`${targetPlace(target)}: ${place}: ${what}`);
  };
  for (const [g, matchers] of groupsOf(target).entries()) {
    for (const [at, matcher] of matchers.entries()) {
      const earlier = at < COMPARED_MATCHERS_MAX ? matchers.slice(0, at) : [];
      const what = matcherFault(matcher) ?? contradiction(matcher, earlier);
      warn(matcherPlace(target, g, at), what);
    }
  }
  warn(keepPlace(target), keepFault(keep));
  if (transform === undefined) return found.all();
  if (keep.kind === "none") {
    warn("transform", "never runs, because keep is none: only kept records are transformed");
  }
  const part = target.dialect === undefined ? "transform: " : "";
  for (const [at, field] of transform.remove.entries()) {
    warn(`${part}remove[${at}]`, fixedFault(field));
  }
  for (const [at, redact] of transform.redact.entries()) {
    warn(`${part}redact[${at}]`, fixedFault(redact.field) ?? templateFault(redact));
  }
  for (const [at, { from }] of transform.rename.entries()) {
    if (from.kind !== "field") continue;
    warn(`${part}rename[${at}]`, `does nothing: ${from.field} is a field, not an attribute`);
  }
  for (const [at, { field, value }] of transform.add.entries()) {
    warn(`${part}add[${at}]`, fixedFault(field) ?? valueFault(field, value));
  }
  return found.all();
}

function matcherFault({ field, condition, negate, caseInsensitive }: Matcher): string | undefined {
  const never = negate ? "always matches" : "never matches";
  const always = negate ? "never matches" : "matches every string";
  if (emptyTextOf(condition) !== undefined) return `${always}: its ${condition.op} is empty`;
  if (field.kind !== "field") return undefined;
  const reason =
    field.as === "text"
      ? nameFault(field.field, condition)
      : fieldFault(field.field, condition, caseInsensitive);
  return reason === undefined ? undefined : `${never}: ${reason}`;
}

/** The empty text that a condition looks for and finds in every string. */
function emptyTextOf(condition: Condition): string | undefined {
  const { op } = condition;
  if (op === "regex") return condition.pattern === "" ? "" : undefined;
  if (op === "exists" || op === "equals" || op === "range") return undefined;
  if (op === "holds") return condition.value.value === "" ? "" : undefined;
  return condition.text === "" ? "" : undefined;
}

/** Why no value of the field satisfies the condition. */
function fieldFault(
  field: FieldName,
  condition: Condition,
  caseInsensitive: boolean,
): string | undefined {
  if (condition.op === "exists") return undefined;
  const isText = condition.op !== "range" && !isOtherScalar(condition);
  if (NUMBER_FIELDS.includes(field)) {
    if (!isText) return undefined;
    const text = condition.op === "equals" ? condition.value.value : "";
    const isNumber = typeof text === "string" && /^\d+$/.test(text);
    const cure = isNumber ? `: write ${text} without quotes` : "";
    return `${field} is a number${cure}`;
  }
  if (ID_FIELDS.includes(field)) return idFault(field, condition, caseInsensitive);
  if (condition.op === "equals" && condition.value.value === "") {
    return `an empty ${field} counts as missing: use exists: false`;
  }
  if (field !== "body" && !isText) return `${field} is a string`;
  return undefined;
}

/** For a field that is read as text: why none of its texts satisfies the condition. */
function nameFault(field: FieldName, condition: Condition): string | undefined {
  const names = ENUM_NAMES[field];
  if (condition.op === "range" || isOtherScalar(condition)) return `${field} is read as a text`;
  if (ID_FIELDS.includes(field) && /[A-F]/.test(textOf(condition))) {
    return `${field} is hex text in lower case; write it so`;
  }
  if (names === undefined || condition.op !== "equals") return undefined;
  if (names.some((name) => name === condition.value.value)) return undefined;
  const known = new Set(names.filter((name) => name !== undefined));
  return `${field} is one of ${[...known].join(", ")}`;
}

/** The text that a condition searches for, or equals, as written. */
function textOf(condition: Condition): string {
  if (condition.op === "contains") return condition.text;
  const isText = condition.op === "equals" && condition.value.type === "string";
  return isText ? condition.value.value : "";
}

/** Whether it compares with anything but a string. */
function isOtherScalar(condition: Condition): boolean {
  const { op } = condition;
  return (op === "equals" || op === "holds") && condition.value.type !== "string";
}

function idFault(
  field: FieldName,
  condition: Condition,
  caseInsensitive: boolean,
): string | undefined {
  const digits = ID_DIGITS[field] ?? 0;
  switch (condition.op) {
    case "range":
      return `${field} is an id, not a number`;
    case "regex":
      if (caseInsensitive || !hasUpperCaseHex(condition.pattern)) return undefined;
      return `${field} is seen as lower-case hex; write the pattern in lower case`;
    case "equals": {
      const { value } = condition;
      if (value.type === "bytes") {
        const length = value.value.length;
        return length * 2 === digits
          ? undefined
          : `${field} has ${digits / 2} bytes, not ${length}`;
      }
      if (value.type !== "string") return `${field} is an id, not a ${value.type}`;
      return hexFault(field, value.value, digits, true);
    }
    case "exists":
      return undefined;
    case "holds":
      return `${field} is an id, not a ${condition.value.type}`;
    default:
      return hexFault(field, condition.text, digits, false);
  }
}

function hexFault(
  field: FieldName,
  text: string,
  digits: number,
  whole: boolean,
): string | undefined {
  if (!/^[0-9a-f]*$/i.test(text)) return `${field} has hex digits only`;
  const fits = whole ? text.length === digits : text.length <= digits;
  return fits ? undefined : `${field} has ${digits} hex digits, not ${text.length}`;
}

/** Whether a pattern requires A to F, outside escapes, class names and groups with flags. */
function hasUpperCaseHex(pattern: string): boolean {
  if (/\(\?[a-zA-Z]*i/.test(pattern)) return false;
  const plain = pattern.replace(
    /\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\(\?P?<[^>]*>|\[:\^?[a-z]+:\]/g,
    "",
  );
  return /[A-F]/.test(plain) && !/[a-f]/.test(plain);
}

/** An earlier matcher of the same field that can never hold together with this one. */
function contradiction(matcher: Matcher, earlier: readonly Matcher[]): string | undefined {
  const { field, condition, negate } = matcher;
  const key = JSON.stringify(field);
  for (const [at, other] of earlier.entries()) {
    if (JSON.stringify(other.field) !== key) continue;
    const absent = condition.op === "exists" && negate;
    const otherAbsent = other.condition.op === "exists" && other.negate;
    if ((absent && !other.negate) || (otherAbsent && !negate)) {
      return `never matches together with match[${at}]: a missing value satisfies only one of them`;
    }
    if (isSingle(field) && differ(matcher, other)) {
      return `never matches together with match[${at}]: the value cannot equal both`;
    }
  }
  return undefined;
}

/** Whether a field holds one value; attributes with equal keys hold several. */
function isSingle(field: FieldRef): boolean {
  return field.kind === "field" && field.field !== "event_name" && field.field !== "link_trace_id";
}

function differ(a: Matcher, b: Matcher): boolean {
  if (a.negate || b.negate || a.condition.op !== "equals" || b.condition.op !== "equals") {
    return false;
  }
  const { value: left } = a.condition;
  const { value: right } = b.condition;
  if (left.type !== "string" || right.type !== "string") return false;
  return left.value.toLowerCase() !== right.value.toLowerCase();
}

function keepFault(keep: Keep): string | undefined {
  if (keep.kind !== "sample" && keep.kind !== "otel_sample") return undefined;
  if (keep.mode === "hash_seed" || keep.hashSeed === 0) return undefined;
  return `hash_seed has no effect in mode ${keep.mode}`;
}

function templateFault({ regex, replacement }: Redact): string | undefined {
  if (regex === undefined) return undefined;
  let names: readonly (string | undefined)[];
  try {
    names = compileRegex(regex, { caseInsensitive: false }).groupNames;
  } catch {
    return undefined;
  }
  const [group] = unknownGroups(replacement, names);
  if (group === undefined) return undefined;
  const count = names.length === 1 ? "1 group" : `${names.length} groups`;
  return `replacement: ${group} is always empty: the regex has ${count}`;
}

function fixedFault(field: FieldRef): string | undefined {
  if (field.kind !== "field" || !FIXED_FIELDS.includes(field.field)) return undefined;
  return `does nothing: ${field.field} cannot be changed`;
}

function valueFault(field: FieldRef, { type, value }: Scalar): string | undefined {
  if (field.kind !== "field") return undefined;
  if (type !== "string") {
    return field.field === "body" ? undefined : `does nothing: ${field.field} holds no ${type}`;
  }
  const digits = ID_DIGITS[field.field];
  if (digits === undefined || new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(value)) return undefined;
  return `clears ${field.field}: the value is not ${digits} hex digits`;
}
