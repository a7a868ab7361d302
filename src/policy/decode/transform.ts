// Decodes the transform of a log policy: remove, redact, rename, add. Items keep their numbers, so
// that an error names an item by its position in the document.

import type { Add, FieldRef, Redact, Rename, Transform } from "../model.ts";
import type { KnownKeys, Members } from "./members.ts";
import { flagOf, knownKeys, listOf, lowerCamelCase, membersOf, textOf } from "./members.ts";
import { LOG_FIELD } from "./enums.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";
import {
  fieldRefOf,
  LOG_FROM_SELECTORS,
  LOG_SELECTORS,
  selectorKeyOf,
  UNREADABLE_FIELD,
} from "./selectors.ts";

/** The text that replaces a value if a policy gives none. */
export const REDACTED = "[REDACTED]";

const FIELD_KEYS = ["log_field", "log_attribute", "resource_attribute", "scope_attribute"] as const;
const FROM_KEYS = [
  "from_log_field",
  "from_log_attribute",
  "from_resource_attribute",
  "from_scope_attribute",
] as const;

const TRANSFORM_KEYS = knownKeys("remove", "redact", "rename", "add");
const SELECTOR_KEYS = knownKeys(...FIELD_KEYS);
const REDACT_KEYS = knownKeys(...FIELD_KEYS, "replacement", "regex");
const RENAME_KEYS = knownKeys(...FROM_KEYS, "to", "upsert");
const ADD_KEYS = knownKeys(...FIELD_KEYS, "value", "upsert");

/**
 * The sample key of a log policy, under the key as it was spelled; undefined, with an error, if it
 * names no field.
 */
export function sampleKeyOf(
  raw: unknown,
  key: string,
  context: DecodeContext,
): FieldRef | undefined {
  if (raw === undefined) return undefined;
  const inside = context.at(key);
  if (typeof raw === "string") return inside.fail(selectorMissing(raw, key));
  const members = membersOf(raw, SELECTOR_KEYS, inside);
  return members === undefined ? undefined : namedField(members, inside);
}

/** For `sample_key: trace_id`: says which object is meant, spelled in the same way as its key. */
function selectorMissing(text: string, key: string): string {
  const selector = LOG_FIELD.byName.has(text.toLowerCase()) ? "log_field" : "log_attribute";
  const spelled = key.includes("_") ? selector : lowerCamelCase(selector);
  return `expected an object, found ${preview(text)}; write {"${spelled}": ${preview(text)}}`;
}

/** Undefined if there is nothing to do. */
export function transformOf(raw: unknown, context: DecodeContext): Transform | undefined {
  if (raw === undefined) return undefined;
  const inside = context.at("transform");
  const members = membersOf(raw, TRANSFORM_KEYS, inside);
  if (members === undefined) return undefined;
  const transform = {
    remove: itemsOf("remove", SELECTOR_KEYS, members.remove, inside, removeOf, (item) =>
      selectorMissing(item, "log_field"),
    ),
    redact: itemsOf("redact", REDACT_KEYS, members.redact, inside, redactOf),
    rename: itemsOf("rename", RENAME_KEYS, members.rename, inside, renameOf),
    add: itemsOf("add", ADD_KEYS, members.add, inside, addOf),
  };
  const count =
    transform.remove.length +
    transform.redact.length +
    transform.rename.length +
    transform.add.length;
  return count === 0 ? undefined : transform;
}

/**
 * Reads the items of one operation's list with a reader; an item that is not an object is an error.
 */
export function itemsOf<Name extends string, Item>(
  operation: string,
  keys: KnownKeys<Name>,
  raw: unknown,
  context: DecodeContext,
  itemOf: (members: Members<Name>, context: DecodeContext) => Item,
  hint?: (item: string) => string,
): readonly Item[] {
  return listOf(raw, operation, context).map((item, at) => {
    const inside = context.at(`${operation}[${at}]`);
    const before = inside.faults.length;
    const members =
      typeof item === "string" && hint !== undefined
        ? inside.fail(hint(item))
        : membersOf(item, keys, inside);
    if (members !== undefined) return itemOf(members, inside);
    // The item is not an object, which has been reported: what an empty one would lack need not be.
    const placeholder = itemOf({}, inside);
    inside.faults.cutTo(before + 1);
    return placeholder;
  });
}

function namedField(
  members: Members<(typeof FIELD_KEYS)[number]>,
  context: DecodeContext,
): FieldRef | undefined {
  const key = selectorKeyOf(members, FIELD_KEYS, context);
  return key === undefined ? undefined : fieldRefOf(LOG_SELECTORS[key], members[key], context);
}

function removeOf(
  members: Members<(typeof SELECTOR_KEYS.names)[number]>,
  context: DecodeContext,
): FieldRef {
  return namedField(members, context) ?? UNREADABLE_FIELD;
}

function redactOf(
  members: Members<(typeof REDACT_KEYS.names)[number]>,
  context: DecodeContext,
): Redact {
  const field = namedField(members, context) ?? UNREADABLE_FIELD;
  const given = members.replacement;
  // proto3 cannot tell an empty string from an absent one.
  const absent = given === undefined || (given === "" && !context.strict);
  const replacement = absent ? REDACTED : (textOf(given, "replacement", context) ?? REDACTED);
  if (members.regex === undefined) return { field, replacement };
  const regex = textOf(members.regex, "regex", context);
  if (regex === "") context.fail("regex is empty; leave it out to replace the whole value");
  return regex === undefined ? { field, replacement } : { field, replacement, regex };
}

function renameOf(
  members: Members<(typeof RENAME_KEYS.names)[number]>,
  context: DecodeContext,
): Rename {
  const key = selectorKeyOf(members, FROM_KEYS, context);
  const from =
    (key === undefined ? undefined : fieldRefOf(LOG_FROM_SELECTORS[key], members[key], context)) ??
    UNREADABLE_FIELD;
  const to = members.to === undefined ? "" : textOf(members.to, "to", context);
  if (to === "") context.fail("to is empty; give the new name");
  return { from, to: to ?? "", upsert: flagOf(members.upsert, "upsert", false, context) };
}

function addOf(members: Members<(typeof ADD_KEYS.names)[number]>, context: DecodeContext): Add {
  const field = namedField(members, context) ?? UNREADABLE_FIELD;
  const { value } = members;
  if (value === undefined && context.strict) context.fail("value is missing; give a string");
  const text = value === undefined ? "" : (textOf(value, "value", context) ?? "");
  return {
    field,
    value: { type: "string", value: text },
    upsert: flagOf(members.upsert, "upsert", false, context),
  };
}
