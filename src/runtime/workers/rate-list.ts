// Tells workers where the windows of a set's rate limits are, in flat lists, because a set may have
// thousands of them.

import {
  LeaseControl,
  limiterKey,
  type Policy,
  type RateKeep,
  type RateLimiter,
  ratesOf,
  type SharedRate,
  threadRateLimiter,
} from "../../policy/index.ts";

/** Rates of the policies of a set. */
export interface RateList {
  /** Numbers of the policies that have one, doubled, ascending; odd: it is one in shadow. */
  readonly policies: Int32Array;
  readonly memories: readonly SharedArrayBuffer[];
  /** For each: which of the memories, and where in it. */
  readonly memoryOf: Int32Array;
  readonly byteOffsets: Int32Array;
  /** Set when other instances share them, too: what all threads know of that. */
  readonly leases: SharedArrayBuffer | undefined;
}

/** `policies`: by their number in the set. */
export function rateListOf(
  policies: readonly (Policy | undefined)[],
  rateOf: (policy: string, keep: RateKeep) => SharedRate | undefined,
  leases: SharedArrayBuffer | undefined,
): RateList {
  const memories = new Map<SharedArrayBuffer, number>();
  const numbers: number[] = [];
  const memoryOf: number[] = [];
  const byteOffsets: number[] = [];
  for (const [number, policy] of policies.entries()) {
    for (const keep of policy === undefined ? [] : ratesOf(policy)) {
      const rate = rateOf(policy?.id ?? "", keep);
      if (rate === undefined) continue;
      if (!memories.has(rate.memory)) memories.set(rate.memory, memories.size);
      numbers.push(placeOf(number, keep));
      memoryOf.push(memories.get(rate.memory) as number);
      byteOffsets.push(rate.byteOffset);
    }
  }
  return {
    policies: Int32Array.from(numbers),
    memories: [...memories.keys()],
    memoryOf: Int32Array.from(memoryOf),
    byteOffsets: Int32Array.from(byteOffsets),
    leases,
  };
}

function placeOf(number: number, { isTried }: RateKeep): number {
  return number * 2 + (isTried === true ? 1 : 0);
}

function rateOf({ policies, memories, memoryOf, byteOffsets }: RateList, place: number) {
  let [from, to] = [0, policies.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((policies[middle] as number) < place) from = middle + 1;
    else to = middle;
  }
  const memory = policies[from] === place ? memories[memoryOf[from] as number] : undefined;
  return memory && { memory, byteOffset: byteOffsets[from] as number };
}

/** What limits the rates of a set that has arrived; `owner`: of locks. */
export function limitersOf(
  rates: RateList,
  owner: number,
): (policy: Policy, keep: RateKeep, number: number) => RateLimiter {
  const leases = rates.leases && new LeaseControl(rates.leases);
  return ({ id }, keep, number) => {
    const rate = rateOf(rates, placeOf(number, keep));
    if (rate === undefined) throw new Error(`no memory for the rate of ${limiterKey(id, keep)}`);
    return threadRateLimiter(rate, keep, owner, leases);
  };
}
