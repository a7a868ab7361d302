// Turns a whole document of policies into the model. A bad policy never affects the others.

import {
  POLICIES_PER_SET_MAX,
  POLICY_NAME_CHARS_MAX,
  POLICY_VALUES_MAX,
} from "../../core/limits.ts";
import { type Policy, SIGNALS } from "../model.ts";
import { OTEL_KINDS } from "./otel/index.ts";
import type { Dialect } from "./dialect.ts";
import { isStrict } from "./dialect.ts";
import { isObject } from "./members.ts";
import { FaultBudget, FaultList } from "../fault-list.ts";
import type { PathSegment } from "../../core/document/document-error.ts";
import { nearest } from "../../core/nearest.ts";
import { decodePolicy, POLICY_KEYS } from "./policy.ts";
import { kindOf, preview } from "./decode-context.ts";

/** The policies of a document, and what is wrong with it apart from them. */
export interface DecodedSet {
  /** In the order of the document, including bad ones. */
  readonly policies: readonly Policy[];
  /**
   * Problems of the document apart from its policies; if it contains no policies at all, the
   * reason.
   */
  readonly errors: readonly string[];
  /**
   * Where the policies are: in the member `policies`, in a list that is the document, or the
   * document itself is one policy.
   */
  readonly layout: "set" | "list" | "single";
}

/** The path of a policy in its document. */
export function policyPath(set: Pick<DecodedSet, "layout">, index: number): PathSegment[] {
  if (set.layout === "single") return [];
  return set.layout === "list" ? [index] : ["policies", index];
}

/** Keys of a set: those of SyncResponse, and `$schema` for editors. */
const SET_KEYS: readonly string[] = [
  "$schema",
  "policies",
  "hash",
  "sync_timestamp_unix_nano",
  "syncTimestampUnixNano",
  "recommended_sync_interval_seconds",
  "recommendedSyncIntervalSeconds",
  "sync_type",
  "syncType",
  "error_message",
  "errorMessage",
  "extension_configs",
  "extensionConfigs",
];

/** Why a set of policies is rejected; follows the number of policies in it. */
export const MANY_POLICIES = `more than the ${POLICIES_PER_SET_MAX} that one provider may have`;

/** A document with more unknown keys does not contain policies. */
const KEYS_COMPARED_MAX = 200;

/** Values decoded per step, before yielding to the event loop: about a millisecond. */
const STEP_VALUES = 2048;

/**
 * Decodes a parsed document: `{policies: […]}`, a list of policies, or one policy. Never throws.
 *
 * @example
 * const { policies } = decodePolicySet(JSON.parse(text), AUTHORING);
 */
export function decodePolicySet(tree: unknown, dialect: Dialect): DecodedSet {
  const steps = decodePolicySteps(tree, dialect);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Like decodePolicySet, in steps of about a millisecond, or of one large policy, so that a caller
 * can let other work run in between.
 */
export function* decodePolicySteps(
  tree: unknown,
  dialect: Dialect,
): Generator<undefined, DecodedSet> {
  const { items, layout, errors } = itemsOf(tree, dialect);
  const policies: Policy[] = [];
  const firstOf = new Map<string, number>();
  const budget = new FaultBudget();
  let left = STEP_VALUES;
  for (const [at, item] of items.entries()) {
    const values = valuesIn(item);
    left -= values;
    if (left < 0) {
      yield undefined;
      left = STEP_VALUES - values;
    }
    const decoded = values > POLICY_VALUES_MAX ? oversized(item) : decodePolicy(item, dialect);
    const policy = checkedId(decoded, at, firstOf);
    const told = budget.take(policy.errors);
    policies.push(told === policy.errors ? policy : { ...policy, errors: told });
  }
  return { policies, errors, layout };
}

/** Why a policy is inert. */
export const MANY_VALUES = `holds more than ${POLICY_VALUES_MAX} values; make several of it`;

/**
 * The number of values in a tree, including itself; for larger trees, just above the bound for a
 * policy.
 */
export function valuesIn(tree: unknown): number {
  const open = [tree];
  let values = 0;
  for (let value = open.pop(); values <= POLICY_VALUES_MAX; value = open.pop()) {
    values++;
    if (Array.isArray(value)) for (const item of value as readonly unknown[]) open.push(item);
    else if (isObject(value)) for (const key in value) open.push(value[key]);
    if (open.length === 0) return values;
    if (open.length > POLICY_VALUES_MAX) return open.length;
  }
  return values;
}

/** An inert policy; its name and its other content are not read. */
function oversized(item: unknown): Policy {
  const id = isObject(item) && typeof item["id"] === "string" ? item["id"] : "";
  return {
    id: id.slice(0, POLICY_NAME_CHARS_MAX).toWellFormed(),
    name: "",
    enabled: true,
    extensions: [],
    errors: [`policy: ${MANY_VALUES}`],
  };
}

/** The second policy with the same id is inert: it cannot be known which of the two was meant. */
function checkedId(policy: Policy, at: number, firstOf: Map<string, number>): Policy {
  if (policy.id === "") return policy;
  const first = firstOf.get(policy.id);
  if (first === undefined) {
    firstOf.set(policy.id, at);
    return policy;
  }
  const error = `policy: duplicate id ${preview(policy.id)}; policies[${first}] has it already`;
  return { ...policy, errors: [error, ...policy.errors] };
}

interface Items {
  readonly items: readonly unknown[];
  readonly layout: DecodedSet["layout"];
  readonly errors: readonly string[];
}

function itemsOf(tree: unknown, dialect: Dialect): Items {
  if (Array.isArray(tree)) {
    const items: readonly unknown[] = tree;
    if (items.length > POLICIES_PER_SET_MAX) return tooMany(items, "list");
    // A list of words is probably not one of policies, so the words are not shown.
    if (items.length === 0 || items.some(isObject)) return { items, layout: "list", errors: [] };
    const error = `expected a list of policies, found one of ${kindOf(items[0])}`;
    return { items: [], layout: "list", errors: [error] };
  }
  if (!isObject(tree)) {
    const error = `expected an object with "policies", found ${kindOf(tree)}`;
    return { items: [], layout: "set", errors: [error] };
  }
  const { policies } = tree;
  if (policies === undefined && looksLikePolicy(tree)) {
    return { items: [tree], layout: "single", errors: [] };
  }
  const hasPolicies = policies !== undefined && policies !== null;
  const errors = isStrict(dialect) ? [...unknownKeysOf(tree, hasPolicies)] : [];
  if (!hasPolicies) {
    // A sync response without policies is an empty set; a file without them is a mistake.
    if (isStrict(dialect)) errors.push('"policies" is missing; give a list of policies');
    return { items: [], layout: "set", errors };
  }
  if (!Array.isArray(policies)) {
    errors.push(`policies: expected a list, found ${kindOf(policies)}`);
    return { items: [], layout: "set", errors };
  }
  if (policies.length > POLICIES_PER_SET_MAX) return tooMany(policies, "set");
  return { items: policies, layout: "set", errors };
}

function tooMany(items: readonly unknown[], layout: Items["layout"]): Items {
  return { items: [], layout, errors: [`holds ${items.length} policies, ${MANY_POLICIES}`] };
}

function looksLikePolicy(tree: Readonly<Record<string, unknown>>): boolean {
  return ["id", ...SIGNALS, ...OTEL_KINDS].some((key) => tree[key] !== undefined);
}

/**
 * Reports unknown keys; in a document without policies, which may be anything, only those that
 * resemble the keys of a set.
 */
function unknownKeysOf(
  tree: Readonly<Record<string, unknown>>,
  hasPolicies: boolean,
): readonly string[] {
  const faults = new FaultList();
  const unknown = Object.keys(tree).filter((key) => !SET_KEYS.includes(key));
  for (const [at, key] of unknown.entries()) {
    if (!faults.hasRoom || at >= KEYS_COMPARED_MAX) {
      if (hasPolicies) faults.addUnread();
      continue;
    }
    const near = nearest(key, [...SET_KEYS, ...POLICY_KEYS.names]);
    if (!hasPolicies && near === undefined) continue;
    faults.add(
      `unknown key ${preview(key)}${near === undefined ? "" : `; did you mean "${near}"?`}`,
    );
  }
  return faults.all("");
}
