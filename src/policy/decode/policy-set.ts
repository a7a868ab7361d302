// A whole document of policies to the model. One bad policy never takes the others with it.

import type { Policy } from "../model.ts";
import type { Dialect } from "./dialect.ts";
import { isStrict } from "./dialect.ts";
import { isObject } from "./members.ts";
import { nearest } from "../../core/nearest.ts";
import { decodePolicy, POLICY_KEYS } from "./policy.ts";
import { shown } from "./place.ts";

export type PathSegment = string | number;

export interface DecodedSet {
  /** In the order of the document, bad ones included. */
  readonly policies: readonly Policy[];
  /**
   * Problems of the document outside its policies; with a document that holds no policies at all,
   * why.
   */
  readonly errors: readonly string[];
  /**
   * Where the policies are: in the member `policies`, in a list that is the document, or the
   * document is one policy itself.
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

/** Policies decoded between two breaths: about a millisecond. */
const STEP_POLICIES = 256;

/**
 * Decodes a parsed document: `{policies: […]}`, a list of policies, or one policy. Never throws.
 */
export function decodePolicySet(tree: unknown, dialect: Dialect): DecodedSet {
  const steps = decodePolicySteps(tree, dialect);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * As decodePolicySet, in steps of a few hundred policies, so that a caller can let other work in
 * between.
 */
export function* decodePolicySteps(
  tree: unknown,
  dialect: Dialect,
): Generator<undefined, DecodedSet> {
  const { items, layout, errors } = itemsOf(tree, dialect);
  const policies: Policy[] = [];
  const firstOf = new Map<string, number>();
  for (const [at, item] of items.entries()) {
    if (at > 0 && at % STEP_POLICIES === 0) yield undefined;
    policies.push(checkedId(decodePolicy(item, dialect), at, firstOf));
  }
  return { policies, errors, layout };
}

/** The second policy of an id is inert: which of the two was meant cannot be known. */
function checkedId(policy: Policy, at: number, firstOf: Map<string, number>): Policy {
  if (policy.id === "") return policy;
  const first = firstOf.get(policy.id);
  if (first === undefined) {
    firstOf.set(policy.id, at);
    return policy;
  }
  const error = `policy: duplicate id ${shown(policy.id)}; policies[${first}] has it already`;
  return { ...policy, errors: [error, ...policy.errors] };
}

interface Items {
  readonly items: readonly unknown[];
  readonly layout: DecodedSet["layout"];
  readonly errors: readonly string[];
}

function itemsOf(tree: unknown, dialect: Dialect): Items {
  if (Array.isArray(tree)) return { items: tree, layout: "list", errors: [] };
  if (!isObject(tree)) {
    const error = `expected an object with "policies", found ${shown(tree)}`;
    return { items: [], layout: "set", errors: [error] };
  }
  const { policies } = tree;
  if (policies === undefined && looksLikePolicy(tree)) {
    return { items: [tree], layout: "single", errors: [] };
  }
  const errors = isStrict(dialect) ? unknownKeysOf(tree) : [];
  if (policies === undefined || policies === null) {
    // A sync response without policies is an empty set; a file without them is a mistake.
    if (isStrict(dialect)) errors.push('"policies" is missing; give a list of policies');
    return { items: [], layout: "set", errors };
  }
  if (!Array.isArray(policies)) {
    errors.push(`policies: expected a list, found ${shown(policies)}`);
    return { items: [], layout: "set", errors };
  }
  return { items: policies, layout: "set", errors };
}

function looksLikePolicy(tree: Readonly<Record<string, unknown>>): boolean {
  return ["id", "log", "metric", "trace"].some((key) => tree[key] !== undefined);
}

function unknownKeysOf(tree: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(tree)
    .filter((key) => !SET_KEYS.includes(key))
    .map((key) => {
      const near = nearest(key, [...SET_KEYS, ...POLICY_KEYS.names]);
      return `unknown key ${shown(key)}${near === undefined ? "" : `; did you mean "${near}"?`}`;
    });
}
