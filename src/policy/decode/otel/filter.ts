// Filters of OpenTelemetry's dialect: matchers and an action, for any signal that has them.

import type { Keep, Signal, Target } from "../../model.ts";
import type { DecodeContext } from "../decode-context.ts";
import { type EnumTable, enumOf, enumTable } from "../enums.ts";
import { knownKeys, membersOf } from "../members.ts";
import { type MatcherTable, otelMatchersOf } from "./matchers.ts";

const FILTER_KEYS = knownKeys("matches", "action");
const DROP: Keep = { kind: "otel_drop" };
const KEEP: Keep = { kind: "otel_keep" };

export const OTEL_ACTION: EnumTable<"otel_keep" | "otel_drop"> = enumTable("action", "action_", [
  ["keep", 1, "otel_keep"],
  ["drop", 2, "otel_drop"],
]);

/** `context` is the context of the filter's key. */
export function otelFilterOf(
  raw: unknown,
  signal: Signal,
  table: MatcherTable,
  context: DecodeContext,
): Target | undefined {
  const members = membersOf(raw, FILTER_KEYS, context);
  if (members === undefined) return undefined;
  const matchers = otelMatchersOf(members.matches, table, context);
  const { action: given } = members;
  if (given === undefined) context.fail("action: missing; write ACTION_KEEP or ACTION_DROP");
  const action = given === undefined ? undefined : enumOf(given, OTEL_ACTION, context);
  return { signal, dialect: "otel", matchers, keep: action === "otel_drop" ? DROP : KEEP };
}
