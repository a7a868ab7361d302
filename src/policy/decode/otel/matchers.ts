// Decodes matchers of OpenTelemetry's dialect. Each is one target with one predicate on it; the
// targets are the selectors of a signal.

import type { Condition, Matcher } from "../../model.ts";
import type { DecodeContext } from "../decode-context.ts";
import { flagOf, type KnownKeys, knownKeys, listOf, type Members, membersOf } from "../members.ts";
import { UNREADABLE_FIELD } from "../selectors.ts";
import { PREDICATE_KEYS, predicateOf } from "./predicates.ts";
import { asRead } from "./read-as-text.ts";
import { type OtelSelectors, otelFieldOf, selectorKeys } from "./selectors.ts";

/** Used for a condition that could not be read; only in policies with errors. */
const UNREADABLE: Condition = { op: "exists" };

/** The selectors of a signal's matchers, and the keys that these may have. */
export interface MatcherTable {
  readonly selectors: OtelSelectors;
  readonly targetKeys: KnownKeys<string>;
  readonly matcherKeys: KnownKeys<string>;
}

export function matcherTable(selectors: OtelSelectors): MatcherTable {
  const targetKeys = selectorKeys(selectors);
  // The draft's examples also write the two parts without `target` and `predicate` around them.
  const parts = ["target", "predicate", "negate"];
  const matcherKeys = knownKeys(...parts, ...targetKeys.names, ...PREDICATE_KEYS.names);
  return { selectors, targetKeys, matcherKeys };
}

/**
 * The list under `matches`, which must not be empty; `context` is the context of the policy's kind.
 */
export function otelMatchersOf(
  raw: unknown,
  table: MatcherTable,
  context: DecodeContext,
): readonly Matcher[] {
  const list = listOf(raw, "matches", context);
  if (list.length === 0 && (raw === undefined || Array.isArray(raw))) {
    context.fail("matches: no matchers; give at least one");
  }
  return list.map((item, at) => matcherOf(item, table, context.at(`matches[${at}]`)));
}

function matcherOf(raw: unknown, table: MatcherTable, context: DecodeContext): Matcher {
  const members = membersOf(raw, table.matcherKeys, context) ?? {};
  const negate = flagOf(members["negate"], "negate", false, context);
  const target = partOf("target", members, table.targetKeys, context);
  const named = target && otelFieldOf(target[0], table.selectors, target[1]);
  const field = named ?? UNREADABLE_FIELD;
  const predicate = partOf("predicate", members, PREDICATE_KEYS, context);
  const condition = (predicate && predicateOf(...predicate, field)) ?? UNREADABLE;
  return { ...asRead(field, condition), negate, caseInsensitive: false };
}

/**
 * The members of one part of a matcher, or of the target of an operation, which may be inside it or
 * next to it, and where that is.
 */
export function partOf<Name extends string>(
  part: "target" | "predicate",
  members: Members<string>,
  keys: KnownKeys<Name>,
  context: DecodeContext,
): readonly [Members<Name>, DecodeContext] | undefined {
  const raw: unknown = members[part];
  if (raw === undefined) return [members, context];
  const beside = keys.names.filter((key) => members[key] !== undefined);
  if (beside.length > 0) context.fail(`put ${beside.join(", ")} inside ${part}`);
  const inside = context.at(part);
  const own = membersOf(raw, keys, inside);
  return own === undefined ? undefined : [own, inside];
}
