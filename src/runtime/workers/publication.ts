// A set of policies on its way to the workers, in parts that each take a worker a moment to take
// in, and the worker's side: parts put together again.

import {
  type ExtensionHandlers,
  limiterKey,
  type Policy,
  type RateKeep,
  type RateLimiter,
  type SharedRate,
  SharedRateLimiter,
  type SnapshotSummary,
  useFault,
} from "../../policy/index.ts";
import { POLICIES_PER_MESSAGE } from "../../core/limits.ts";
import type { PoliciesMessage } from "./messages.ts";
import { rowsOf } from "./shared-counts.ts";

export interface Publication {
  /** That of the main thread's engine. */
  readonly version: number;
  readonly parts: readonly PoliciesMessage[];
}

export const NOTHING_PUBLISHED: Publication = { version: 0, parts: [] };

/** `rates`: of each policy. `counts`: rows for all of them. */
export function publicationOf(
  version: number,
  policies: readonly Policy[],
  rates: readonly (SharedRate | undefined)[],
  counts: SharedArrayBuffer,
): Publication {
  const parts: PoliciesMessage[] = [];
  for (let from = 0; ; from += POLICIES_PER_MESSAGE) {
    const to = from + POLICIES_PER_MESSAGE;
    const isLast = to >= policies.length;
    parts.push({
      kind: "policies",
      version,
      policies: policies.slice(from, to),
      rates: rates.slice(from, to),
      counts: isLast ? counts : undefined,
    });
    if (isLast) return { version, parts };
  }
}

/**
 * Of a set that an engine has taken, the policies that work, with the uses of extensions that do;
 * workers need no others.
 */
export function workingPolicies(
  policies: readonly Policy[],
  summary: SnapshotSummary,
  handlers?: ExtensionHandlers,
): readonly Policy[] {
  // Policies of equal id are in the order in which they came.
  const summaries = Map.groupBy(summary.policies, ({ id }) => id);
  const taken = new Map<string, number>();
  const working = policies.filter(({ id }) => {
    const at = taken.get(id) ?? 0;
    taken.set(id, at + 1);
    const own = summaries.get(id)?.[at];
    return own !== undefined && own.enabled && own.errors.length === 0;
  });
  return working.map((policy) => {
    if (policy.extensions.length === 0) return policy;
    const extensions = policy.extensions.filter((use) => useFault(use, handlers) === undefined);
    return { ...policy, extensions };
  });
}

/** A set that has arrived, and where its counts and limits are. */
export interface ReceivedSet {
  readonly version: number;
  readonly policies: readonly Policy[];
  readonly countsOf: (policy: string) => BigUint64Array | undefined;
  readonly limiterOf: (policy: string, keep: RateKeep) => RateLimiter | undefined;
}

export class SetReceiver {
  readonly #owner: number;
  #policies: Policy[] = [];
  #rates = new Map<string, SharedRate>();

  /** `owner`: of locks. */
  constructor(owner: number) {
    this.#owner = owner;
  }

  /** The whole set, with its last part. */
  take({ version, policies, rates, counts }: PoliciesMessage): ReceivedSet | undefined {
    for (const [i, policy] of policies.entries()) {
      this.#policies.push(policy);
      const rate = rates[i];
      const keep = policy.target?.keep;
      if (rate !== undefined && keep !== undefined) {
        this.#rates.set(limiterKey(policy.id, keep), rate);
      }
    }
    if (counts === undefined) return undefined;
    const [whole, held] = [this.#policies, this.#rates];
    this.#policies = [];
    this.#rates = new Map();
    const ids = whole.map(({ id }) => id);
    return {
      version,
      policies: whole,
      countsOf: rowsOf(counts, ids),
      limiterOf: (policy, keep) => {
        const rate = held.get(limiterKey(policy, keep));
        return rate && new SharedRateLimiter(rate, keep, this.#owner);
      },
    };
  }
}
