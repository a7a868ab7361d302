// Who holds the memory of rate limits: the main thread, by policy and keep, for as long as a policy
// stays with its keep unchanged. Workers are given it with the set.

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
  #held: ReadonlyMap<string, HeldRate> = new Map();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Makes memory for a new set, and forgets that of rates which are not in it. */
  update(policies: readonly Policy[]): void {
    const wanted = new Map<string, RateKeep>();
    for (const { id, target } of policies) {
      if (target?.keep.kind === "rate") wanted.set(limiterKey(id, target.keep), target.keep);
    }
    const missing = [...wanted].filter(([key]) => !this.#held.has(key));
    const made = createSharedRates(
      missing.map(([, keep]) => keep),
      this.#random,
    );
    const fresh = new Map(missing.map(([key], i) => [key, made[i]]));
    const held = new Map<string, HeldRate>();
    for (const [key, keep] of wanted) {
      const rate = this.#held.get(key)?.rate ?? fresh.get(key);
      if (rate !== undefined) held.set(key, { keep, rate });
    }
    this.#held = held;
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
