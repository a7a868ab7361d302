// Owns the memory of rate limits. It is the main thread's, by policy and keep, and stays for as
// long as a policy's keep is unchanged. Workers are given it with the set, and may use that of the
// previous set until they have switched.

import {
  createSharedRates,
  limiterKey,
  type Policy,
  type RateKeep,
  ratesOf,
  type SharedRate,
  threadRateLimiter,
} from "../../policy/index.ts";
import type { Leasing, SuppliedLimit } from "../shared-limits/leasing.ts";

export interface SharedRatesOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The main thread's name as an owner of locks. */
  readonly owner: number;
  /** Set when other instances share the limits, too. */
  readonly leasing?: Leasing | undefined;
}

interface PolicyRate {
  readonly policy: string;
  readonly keep: RateKeep;
}

interface HeldRate extends PolicyRate {
  readonly rate: SharedRate;
  readonly supplied: readonly SuppliedLimit[];
}

/** The main thread's side. */
export class SharedRates {
  readonly #held = new Map<string, HeldRate>();
  readonly #options: SharedRatesOptions;

  constructor(options: SharedRatesOptions) {
    this.#options = options;
  }

  /** Makes memory for a new set; that of the set before stays. */
  add(policies: readonly Policy[]): void {
    const missing = [...ratesIn(policies)].filter(([key]) => !this.#held.has(key));
    const made = this.#create(missing.map(([, one]) => one));
    for (const [i, [key, one]] of missing.entries()) {
      const rate = made[i];
      if (rate !== undefined)
        this.#held.set(key, { ...one, rate, supplied: this.#ledgers(one, rate) });
    }
    this.#list();
  }

  /** Forgets the memory of rates that are not in the set: no thread uses another one any more. */
  keepOnly(policies: readonly Policy[]): void {
    const wanted = ratesIn(policies);
    for (const key of this.#held.keys()) if (!wanted.has(key)) this.#held.delete(key);
    this.#list();
  }

  rateOf(policy: string, keep: RateKeep): SharedRate | undefined {
    return this.#held.get(limiterKey(policy, keep))?.rate;
  }

  /** Frees what a worker held that ended otherwise than by itself. */
  repair(deadOwner: number): void {
    const control = this.#options.leasing?.control;
    for (const { keep, rate } of this.#held.values()) {
      if (keep.key === undefined && control === undefined) continue;
      threadRateLimiter(rate, keep, deadOwner, control).repair(deadOwner);
    }
  }

  #create(rates: readonly PolicyRate[]): readonly SharedRate[] {
    const { leasing, random } = this.#options;
    if (leasing !== undefined) return rates.map((one) => leasing.createRate(one.policy, one.keep));
    return createSharedRates(
      rates.map(({ keep }) => keep),
      random,
    );
  }

  #ledgers({ policy, keep }: PolicyRate, rate: SharedRate): readonly SuppliedLimit[] {
    const { leasing, owner } = this.#options;
    return leasing?.suppliedOf(policy, keep, rate, owner) ?? [];
  }

  #list(): void {
    const all = [...this.#held.values()].flatMap(({ supplied }) => supplied);
    this.#options.leasing?.supply(all);
  }
}

/** By policy and keep. */
function ratesIn(policies: readonly Policy[]): ReadonlyMap<string, PolicyRate> {
  const rates = new Map<string, PolicyRate>();
  for (const policy of policies) {
    const { id } = policy;
    for (const keep of ratesOf(policy)) rates.set(limiterKey(id, keep), { policy: id, keep });
  }
  return rates;
}
