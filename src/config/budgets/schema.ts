// The keys of budgets: how many bytes a day the matching records may take. See ../schema.ts.

import { z } from "zod";
import { BUDGETS_MAX, BUDGET_BYTES_MAX } from "../../core/limits.ts";
import { HINTS, integer, list, oneOf, optional, required, text, withDefault } from "../leaf.ts";

const NAME = "^[!-~](?:[ -~]{0,98}[!-~])?$";
const SIGNALS = ["logs", "metrics", "traces"] as const;
const KEEPS = ["errors", "rare"] as const;

// What a matcher may hold is said where policies are decoded, which reads these as well.
const matcher = z.record(z.string(), z.unknown());
HINTS.add(matcher, {
  allowed: "an object as in the `match` of policies",
  kind: "map",
  show: "never",
  unit: undefined,
});

const keepWord = oneOf(KEEPS, "What is kept.");
const keep = {
  schema: z.union([keepWord.schema, z.array(keepWord.schema)]),
  hint: {
    allowed: "errors, rare, or a list of them",
    kind: "text",
    show: "value",
    unit: undefined,
  },
  about:
    "What is spared: `errors` are kept whatever is left, and count as spent; patterns that are `rare` are kept longer than frequent ones. Left out: both; an empty list: neither.",
} as const;

const budget = z.strictObject({
  name: optional(
    text({
      allowed: "1 to 100 printable ASCII characters",
      about: "What it is called on pages and in metrics. Left out: its number in the list, from 1.",
      pattern: NAME,
      check: (value) => (new RegExp(NAME).test(value) ? undefined : "has characters no name has"),
    }),
  ),
  match: list(
    matcher,
    "a list of matchers, as policies have them",
    "Which records it is for: those that fit all of these matchers, written as in [policies](policies.md), for example `{resource_attribute: service.name, equals: checkout}`.",
  ),
  signals: list(
    required(oneOf(SIGNALS, "A kind of telemetry.")),
    "a list of logs, metrics and traces",
    "Which kinds of telemetry share it. Left out: all that can have what `match` asks for; with `log_field` in it, logs alone.",
  ),
  bytes_per_day: required(
    integer({
      min: 1,
      max: BUDGET_BYTES_MAX,
      unit: "bytes",
      about:
        "What may be kept of them in a day: bytes of the records as they came, decoded. It holds for this instance alone.",
    }),
  ),
  time_zone: withDefault(
    text({
      allowed: "a name of the IANA time zone database, as UTC and Europe/Berlin",
      about: "Whose midnight begins a day.",
      check: (value) => (isTimeZone(value) ? undefined : "is not known"),
    }),
    "UTC",
  ),
  keep: optional(keep),
});

export const budgets = z
  .array(budget)
  .max(BUDGETS_MAX)
  .default([])
  .describe(
    "Bytes a day for records that match, such as those of one service. What would exceed it is cut, frequent patterns first, spread over the day. See [budgets](budgets.md).",
  );
HINTS.add(budgets, {
  allowed: `a list of up to ${BUDGETS_MAX} objects with match and bytes_per_day`,
  kind: "list",
  show: "never",
  unit: undefined,
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
