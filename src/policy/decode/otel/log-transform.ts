// Transforms of logs in OpenTelemetry's dialect: matchers, and at least one operation.

import type { Add, FieldRef, Redact, Rename, Target, Transform } from "../../model.ts";
import type { DecodeContext } from "../decode-context.ts";
import { flagOf, type KnownKeys, knownKeys, type Members, membersOf, textOf } from "../members.ts";
import { scalarOf } from "../scalars.ts";
import { UNREADABLE_FIELD } from "../selectors.ts";
import { itemsOf, REDACTED } from "../transform.ts";
import { type MatcherTable, otelMatchersOf, partOf } from "./matchers.ts";
import { NO_HEX, isHexValue } from "./predicates.ts";
import { otelFieldOf } from "./selectors.ts";

const TRANSFORM_KEYS = knownKeys("matches", "remove", "redact", "rename", "add");
const FROM_KEYS = knownKeys("from", "to", "upsert");

/** Used for a value that could not be read; only in policies with errors. */
const UNREADABLE_VALUE = { type: "string", value: "" } as const;

/** `context` is the context of the transform's key. */
export function otelTransformOf(
  raw: unknown,
  table: MatcherTable,
  context: DecodeContext,
): Target | undefined {
  const members = membersOf(raw, TRANSFORM_KEYS, context);
  if (members === undefined) return undefined;
  const matchers = otelMatchersOf(members.matches, table, context);
  const keysWith = (...others: readonly string[]): KnownKeys<string> =>
    knownKeys("target", ...table.targetKeys.names, ...others);
  const targetOf = (item: Members<string>, inside: DecodeContext): FieldRef => {
    const target = partOf("target", item, table.targetKeys, inside);
    return (target && otelFieldOf(target[0], table.selectors, target[1])) ?? UNREADABLE_FIELD;
  };
  const redactKeys = keysWith("replacement", "regex");
  const addKeys = keysWith("value", "upsert");
  const { add, redact, remove, rename } = members;
  const transform: Transform = {
    remove: itemsOf("remove", keysWith(), remove, context, targetOf),
    redact: itemsOf("redact", redactKeys, redact, context, (item, inside) =>
      redactOf(item, targetOf(item, inside), inside),
    ),
    rename: itemsOf("rename", FROM_KEYS, rename, context, (item, inside) =>
      renameOf(item, table, inside),
    ),
    add: itemsOf("add", addKeys, add, context, (item, inside) =>
      addOf(item, targetOf(item, inside), inside),
    ),
  };
  const lists = [remove, redact, rename, add];
  if (lists.every((list) => list === undefined || (Array.isArray(list) && list.length === 0))) {
    context.fail("no operation; give at least one of remove, redact, rename, add");
  }
  return { signal: "log", dialect: "otel", matchers, keep: { kind: "otel_pass" }, transform };
}

function redactOf(members: Members<string>, field: FieldRef, context: DecodeContext): Redact {
  const { replacement: given, regex: pattern } = members;
  // A plain proto3 string: if empty, it counts as absent.
  const isGiven = given !== undefined && given !== "";
  const text = isGiven ? textOf(given, "replacement", context) : undefined;
  const replacement = text ?? REDACTED;
  const regex = pattern === undefined ? undefined : textOf(pattern, "regex", context);
  return regex === undefined ? { field, replacement } : { field, replacement, regex };
}

function renameOf(
  members: Members<(typeof FROM_KEYS.names)[number]>,
  table: MatcherTable,
  context: DecodeContext,
): Rename {
  const inside = context.at("from");
  const source =
    members.from === undefined
      ? context.fail("from is missing; give what is to be renamed")
      : membersOf(members.from, table.targetKeys, inside);
  const from = (source && otelFieldOf(source, table.selectors, inside)) ?? UNREADABLE_FIELD;
  const to = members.to === undefined ? "" : textOf(members.to, "to", context);
  if (to === "") context.fail("to is empty; give the new name");
  return { from, to: to ?? "", upsert: flagOf(members.upsert, "upsert", false, context) };
}

function addOf(members: Members<string>, field: FieldRef, context: DecodeContext): Add {
  const { value: raw } = members;
  let value;
  if (raw === undefined) context.fail("value is missing; give one");
  else if (isHexValue(raw)) context.fail(`value: ${NO_HEX}`);
  else value = scalarOf(raw, "value", context);
  const upsert = flagOf(members["upsert"], "upsert", false, context);
  return { field, value: value ?? UNREADABLE_VALUE, upsert };
}
