// Who holds the memory of rate limits: the main thread, by policy and keep, for as long as a policy
// stays with its keep unchanged. Workers are given it with the set, and may use that of the set
// before until they have swapped.

import {
  createSharedRates,
  limiterKey,
  type Policy,
  type RateKeep,
  type SharedRate,
  SharedRateLimiter,
} from "../../policy/index.ts";

interface HeldRate {
  readonly keep: RateKeep;
  readonly rate: SharedRate;
}

/** The main thread's side. */
export class SharedRates {
  readonly #held = new Map<string, HeldRate>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Makes memory for a new set; that of the set before stays. */
  add(policies: readonly Policy[]): void {
    const missing = [...ratesIn(policies)].filter(([key]) => !this.#held.has(key));
    const made = createSharedRates(
      missing.map(([, keep]) => keep),
      this.#random,
    );
    for (const [i, [key, keep]] of missing.entries()) {
      const rate = made[i];
      if (rate !== undefined) this.#held.set(key, { keep, rate });
    }
  }

  /** Forgets the memory of rates that are not in the set: no thread uses another one any more. */
  keepOnly(policies: readonly Policy[]): void {
    const wanted = ratesIn(policies);
    for (const key of this.#held.keys()) if (!wanted.has(key)) this.#held.delete(key);
  }

  rateOf(policy: string, keep: RateKeep): SharedRate | undefined {
    return this.#held.get(limiterKey(policy, keep))?.rate;
  }

  /** Frees what a worker held that ended otherwise than by itself. */
  repair(deadOwner: number): void {
    for (const { keep, rate } of this.#held.values()) {
      if (keep.key !== undefined) new SharedRateLimiter(rate, keep, deadOwner).repair(deadOwner);
    }
  }
}

/** By policy and keep. */
function ratesIn(policies: readonly Policy[]): ReadonlyMap<string, RateKeep> {
  const rates = new Map<string, RateKeep>();
  for (const { id, target } of policies) {
    if (target?.keep.kind === "rate") rates.set(limiterKey(id, target.keep), target.keep);
  }
  return rates;
}
