// Converts matchers to the other dialect: the result finds the same records, or the conversion
// fails and says what would be lost. Pure.

import { hexOf } from "../../core/bytes.ts";
import { ENUM_NAMES } from "../derived-values.ts";
import { ID_FIELDS } from "../fields.ts";
import type { Condition, FieldName, FieldRef, Matcher, Signal } from "../model.ts";
import { Loss } from "./terms.ts";

/** In tero.policy.v1, enums are compared by number. */
export function teroMatcher(matcher: Matcher, signal: Signal): Matcher {
  checkDataPoints(matcher, signal);
  const { condition, field } = matcher;
  const names = field.kind === "field" ? ENUM_NAMES[field.field] : undefined;
  if (names !== undefined && condition.op === "equals" && condition.value.type === "string") {
    const number = names.indexOf(condition.value.value);
    if (number > 0 && field.kind === "field") {
      const value = { type: "int", value: BigInt(number) } as const;
      const plain = { kind: "field", field: field.field } as const;
      return { ...matcher, field: plain, condition: { op: "equals", value } };
    }
  }
  checkTero(matcher);
  return matcher;
}

/** One dialect removes metrics as a whole, the other removes data points one by one. */
function checkDataPoints({ field }: Matcher, signal: Signal): void {
  if (signal !== "metric" || field.kind !== "attribute") return;
  if (field.scope === "record" || field.scope === "point") {
    throw new Loss("by attributes of data points, OpenTelemetry's dialect drops these one by one");
  }
}

/** Fails if a matcher of OpenTelemetry's dialect cannot be written in tero.policy.v1. */
function checkTero({ condition, field }: Matcher): void {
  if (condition.op === "holds") throw new Loss("contains looks into arrays there, and here not");
  if (field.kind === "attribute" && field.intoLists === true) {
    throw new Loss("that dialect has no paths into arrays");
  }
  if (field.kind === "field" && field.as === "text") {
    throw new Loss(`${field.field} is read otherwise by texts there`);
  }
}

/** Fails if digits in a path, which are keys in one dialect, may be indices in the other. */
export function checkPath(field: FieldRef): void {
  if (field.kind === "attribute" && field.path.some((key, at) => at > 0 && /^\d+$/.test(key))) {
    throw new Loss("paths with digits may lead into arrays there");
  }
}

/** One condition may take two in OpenTelemetry's dialect. */
export function otelMatchers(matcher: Matcher, signal: Signal): Matcher[] {
  checkDataPoints(matcher, signal);
  const { condition, negate, caseInsensitive, field } = matcher;
  checkPath(field);
  const plain = { field, negate, caseInsensitive: false };
  const named = namedEnum(matcher);
  if (named !== undefined) return [{ ...plain, ...named }];
  if (condition.op === "range" && condition.min !== undefined && condition.max !== undefined) {
    if (negate) throw new Loss("that dialect has no range of two ends that could be negated");
    const { min, max } = condition;
    return [
      { ...plain, condition: { op: "range", min } },
      { ...plain, condition: { op: "range", max } },
    ];
  }
  const pattern = patternOf(matcher);
  if (field.kind === "field") checkText(field.field, condition, pattern);
  if (pattern === undefined) return [{ ...plain, condition: withLowerId(matcher) }];
  const flags = caseInsensitive ? "(?i)" : "";
  return [{ ...plain, condition: { op: "regex", pattern: flags + pattern } }];
}

/** Fails if the text of a field differs between the dialects. */
function checkText(field: FieldName, { op }: Condition, pattern: string | undefined): void {
  if (field === "severity_number" && pattern !== undefined) {
    throw new Loss("patterns find digits of severity_number there, and here nothing");
  }
  if (field === "parent_span_id" && op === "regex") {
    throw new Loss("patterns may find the empty parent that a root span has there");
  }
}

/** In OpenTelemetry's dialect, enums are compared by name. */
function namedEnum({
  field,
  condition,
}: Matcher): Pick<Matcher, "field" | "condition"> | undefined {
  const names = field.kind === "field" ? ENUM_NAMES[field.field] : undefined;
  if (names === undefined || field.kind !== "field" || condition.op === "exists") return undefined;
  const number =
    condition.op === "equals" && condition.value.type === "int"
      ? Number(condition.value.value)
      : undefined;
  const name = number === undefined ? undefined : names[number];
  if (name === undefined) {
    throw new Loss(`values of ${field.field} have names there, and this none`);
  }
  if (number === 0 || names.indexOf(name) !== number) {
    throw new Loss(`${name} is there what is not set, too`);
  }
  const value = { type: "string", value: name } as const;
  return { field: { ...field, as: "text" }, condition: { op: "equals", value } };
}

/** The regular expression that replaces a condition; undefined: the condition stays. */
function patternOf({ field, condition, caseInsensitive }: Matcher): string | undefined {
  const isFolded = caseInsensitive && !isId(field);
  switch (condition.op) {
    case "starts_with":
      return `^${literal(condition.text, field)}`;
    case "ends_with":
      return `${literal(condition.text, field)}$`;
    case "contains":
      // In OpenTelemetry's dialect, the condition looks into arrays as well.
      return field.kind === "attribute" || field.field === "body" || isFolded
        ? literal(condition.text, field)
        : undefined;
    case "equals": {
      const { value } = condition;
      if (value.type !== "string" || !isFolded) return undefined;
      return `^${literal(value.value, field)}$`;
    }
    case "regex":
      return condition.pattern;
    case "exists":
    case "holds":
    case "range":
      return undefined;
  }
}

/** In OpenTelemetry's dialect, ids are texts in lower case. */
function withLowerId({ field, condition }: Matcher): Condition {
  if (!isId(field)) return condition;
  if (condition.op === "contains") return { ...condition, text: condition.text.toLowerCase() };
  if (condition.op !== "equals") return condition;
  const { type, value } = condition.value;
  if (type !== "string" && type !== "bytes") return condition;
  const text = type === "bytes" ? hexOf(value) : value.toLowerCase();
  return { op: "equals", value: { type: "string", value: text } };
}

function isId(field: Matcher["field"]): boolean {
  return field.kind === "field" && ID_FIELDS.includes(field.field);
}

/** A pattern that finds the text. */
function literal(text: string, field: Matcher["field"]): string {
  return (isId(field) ? text.toLowerCase() : text).replaceAll(
    /[\\^$.|?*+()[\]{}]/g,
    String.raw`\$&`,
  );
}
