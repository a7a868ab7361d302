// Policies of one dialect in the other, as far as nothing is lost: what leaves is the same bytes,
// whatever else is in the set. What cannot be converted so stays as it is, with the reasons. Pure.

import { hexOf } from "../core/bytes.ts";
import { AUTHORING, decodePolicy, policyErrors } from "./decode/index.ts";
import { ENUM_NAMES } from "./derived-values.ts";
import { ID_FIELDS } from "./fields.ts";
import { groupsOf } from "./groups.ts";
import type { Condition, Matcher, Policy, Signal, Target } from "./model.ts";
import type { RegexValidator } from "../regex/port.ts";
import { writtenPolicy } from "./written/written-policy.ts";

/** The dialects of policies: tero.policy.v1, and OpenTelemetry's own. */
export type PolicyDialect = "tero" | "otel";

/** What became of one policy of a set. */
export interface Conversion {
  /** Several, when its groups of matchers are policies of their own; itself, when it stays. */
  readonly policies: readonly Policy[];
  /** Why it stays as it is; undefined: it was converted, or was of the dialect before. */
  readonly reason: string | undefined;
}

/** A policy cannot be converted. */
class Loss extends Error {}

/** The policies of a set in a dialect, in their order. Those with errors stay as they are. */
export function convertPolicies(
  policies: readonly Policy[],
  to: PolicyDialect,
  validateRegex: RegexValidator,
): readonly Conversion[] {
  const taken = new Set(policies.map(({ id }) => id));
  const exempting = policies.find(
    ({ enabled, target }) => enabled && target?.keep.kind === "otel_keep",
  );
  return policies.map((policy) => {
    try {
      const made = converted(policy, to, taken);
      const isNew = made[0] !== policy;
      if (isNew && exempting !== undefined) {
        const id = JSON.stringify(exempting.id);
        throw new Loss(`ACTION_KEEP of ${id} exempts from drops of OpenTelemetry's dialect alone`);
      }
      if (isNew) for (const one of made) checkWritten(one, validateRegex);
      return { policies: made, reason: undefined };
    } catch (error) {
      if (!(error instanceof Loss)) throw error;
      return { policies: [policy], reason: error.message };
    }
  });
}

function converted(policy: Policy, to: PolicyDialect, taken: Set<string>): readonly Policy[] {
  const { target, errors } = policy;
  if (target === undefined || errors.length > 0) throw new Loss("it has errors");
  if ((target.dialect ?? "tero") === to) return [policy];
  return to === "otel" ? toOtel(policy, target, taken) : [toTero(policy, target)];
}

function toTero(policy: Policy, written: Target): Policy {
  const { dialect: _, ...target } = written;
  if (target.keep.kind === "otel_sample") {
    throw new Loss("samplings of several policies combine otherwise there");
  }
  if (target.keep.kind === "otel_pass") {
    throw new Loss("its transforms are done by kind over all policies, not policy by policy");
  }
  if (target.keep.kind !== "otel_drop") {
    throw new Loss("ACTION_KEEP exempts from other policies, which keep: all does not");
  }
  const matchers = target.matchers.map((matcher) => teroMatcher(matcher, target.signal));
  return { ...policy, target: { ...target, matchers, keep: { kind: "none" } } };
}

/** Enums are compared by number there. */
function teroMatcher(matcher: Matcher, signal: Signal): Matcher {
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

/** One dialect takes metrics away as a whole, the other one data points one by one. */
function checkDataPoints({ field }: Matcher, signal: Signal): void {
  if (signal !== "metric" || field.kind !== "attribute") return;
  if (field.scope === "record" || field.scope === "point") {
    throw new Loss("by attributes of data points, OpenTelemetry's dialect drops these one by one");
  }
}

/** Fails where a matcher of OpenTelemetry's dialect cannot be written in the other one. */
function checkTero({ condition, field }: Matcher): void {
  if (condition.op === "holds") throw new Loss("contains looks into arrays there, and here not");
  if (field.kind === "attribute" && field.intoLists === true) {
    throw new Loss("that dialect has no paths into arrays");
  }
  if (field.kind === "field" && field.as === "text") {
    throw new Loss(`${field.field} is read otherwise by texts there`);
  }
}

function toOtel(policy: Policy, target: Target, taken: Set<string>): readonly Policy[] {
  const { signal, keep, transform } = target;
  if (signal === "trace") throw new Loss("samplings of several policies combine otherwise there");
  if (transform !== undefined)
    throw new Loss("transforms of that dialect are done by kind over all policies");
  if (policy.extensions.length > 0) throw new Loss("that dialect has no extensions");
  if (keep.kind === "all") throw new Loss("keep: all does nothing, and that dialect has no such");
  if (keep.kind !== "none") throw new Loss("that dialect has no percentages and rates of logs");
  for (const matcher of groupsOf(target).flat()) checkDataPoints(matcher, signal);
  const groups = groupsOf(target).map((group) => group.flatMap(otelMatchers));
  return groups.map((matchers, i) => {
    const id = i === 0 ? policy.id : `${policy.id}-${i + 1}`;
    if (i > 0 && taken.has(id)) throw new Loss(`its groups need the id ${JSON.stringify(id)}`);
    taken.add(id);
    const own = { signal, dialect: "otel", matchers, keep: { kind: "otel_drop" } } as const;
    return { ...policy, id, target: own };
  });
}

/** One condition may take two there. */
function otelMatchers(matcher: Matcher): Matcher[] {
  const { condition, negate, caseInsensitive, field } = matcher;
  if (field.kind === "attribute" && field.path.some((key, at) => at > 0 && /^\d+$/.test(key))) {
    throw new Loss("paths with digits may lead into arrays there");
  }
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
  if (pattern !== undefined && field.kind === "field" && field.field === "severity_number") {
    throw new Loss("patterns find digits of severity_number there, and here nothing");
  }
  if (pattern === undefined) return [{ ...plain, condition: withLowerId(matcher) }];
  const flags = caseInsensitive ? "(?i)" : "";
  return [{ ...plain, condition: { op: "regex", pattern: flags + pattern } }];
}

/** Enums are compared by name there. */
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
  if (name === undefined)
    throw new Loss(`values of ${field.field} have names there, and this none`);
  const value = { type: "string", value: name } as const;
  return { field: { ...field, as: "text" }, condition: { op: "equals", value } };
}

/** The regular expression that takes the place of a condition; undefined: it stays. */
function patternOf({ field, condition, caseInsensitive }: Matcher): string | undefined {
  const isFolded = caseInsensitive && !isId(field);
  switch (condition.op) {
    case "starts_with":
      return `^${literal(condition.text, field)}`;
    case "ends_with":
      return `${literal(condition.text, field)}$`;
    case "contains":
      // There it looks into arrays as well.
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

/** Ids are texts of lower-case digits there. */
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

/** What the dialect cannot say is found when it is read again. */
function checkWritten(policy: Policy, validateRegex: RegexValidator): void {
  const [error] = policyErrors(decodePolicy(writtenPolicy(policy), AUTHORING), validateRegex);
  if (error !== undefined) throw new Loss(`it would not be read there: ${error}`);
}
