// What the shared limits of all policies have in common: names and seeds that are the same in every
// instance, and the state that all threads know.

import { createHash } from "node:crypto";
import {
  createLeasedRate,
  LeaseControl,
  LeasedRateLimiter,
  LeaseLedger,
  limiterKey,
  type RateKeep,
  type SharedRate,
} from "../../policy/index.ts";
import type { StoreLimit } from "./limit-store.ts";

/** One policy's limit, or that of its keys. */
export interface SuppliedLimit {
  readonly limit: StoreLimit;
  readonly ledger: LeaseLedger;
}

const ID_CHARS = 22;
const WORD_BYTES = 4;

export class Leasing {
  readonly control: LeaseControl;
  /** Told when other windows have to be supplied. */
  changed: () => void = () => undefined;
  #supplied: readonly SuppliedLimit[] = [];
  readonly #keyPrefix: string;

  constructor(keyPrefix: string, offsetMs: number) {
    this.#keyPrefix = keyPrefix;
    this.control = LeaseControl.create({ offsetMs, members: 1, rank: 0, isLeasing: false });
  }

  /** Windows that have to be supplied with tokens: of policies that are or come in force. */
  get supplied(): readonly SuppliedLimit[] {
    return this.#supplied;
  }

  supply(limits: readonly SuppliedLimit[]): void {
    this.#supplied = limits;
    this.changed();
  }

  /** Memory for the windows of a policy. The prefix is what makes collisions hard to foresee. */
  createRate(policy: string, keep: RateKeep): SharedRate {
    const bytes = createHash("sha256").update(this.#keyPrefix).update(limiterKey(policy, keep));
    const digest = bytes.digest();
    let at = 0;
    return createLeasedRate(keep, () => {
      const word = digest.readUInt32LE(at);
      at += WORD_BYTES;
      return word / 2 ** 32;
    });
  }

  /** What is to be supplied of it. `owner`: the thread that does so. */
  suppliedOf(policy: string, keep: RateKeep, rate: SharedRate, owner: number): SuppliedLimit[] {
    const digest = createHash("sha256").update(limiterKey(policy, keep)).digest("base64url");
    const limiter = new LeasedRateLimiter(rate, keep, owner, this.control);
    const { count, windowMs } = keep;
    const supplied = (kind: string, windows: LeasedRateLimiter["whole"]): SuppliedLimit => ({
      limit: { id: `${digest.slice(0, ID_CHARS)}${kind}`, count, windowMs },
      ledger: new LeaseLedger(windows),
    });
    const { whole, keyed } = limiter;
    return [supplied(".all", whole), ...(keyed === undefined ? [] : [supplied(".key", keyed)])];
  }
}
