// Several instances over one store in memory, on one clock that the test moves: how many records
// each window was asked for, and how many passed, over all of them.

import { LEASE_LOOK_MS } from "../../../src/core/limits.ts";
import { EventBus } from "../../../src/o11y/index.ts";
import { LeasedRateLimiter, type RateCharge, type RateKeep } from "../../../src/policy/index.ts";
import { Leasing } from "../../../src/runtime/shared-limits/leasing.ts";
import { SharedLimits } from "../../../src/runtime/shared-limits/shared-limits.ts";
import { StoreClock } from "../../../src/runtime/shared-limits/store-clock.ts";
import { MemoryLimits } from "../../support/limits/memory-limit-store.ts";

const STEP_MS = 10;
/** Instances began at different times, and the store's clock is yet another one. */
const APART_MS = 12_345;
const STORE_AHEAD_MS = 60 * 60_000;

export interface Counted {
  asked: number;
  passed: number;
}

export class Instance {
  readonly limits: SharedLimits;
  readonly limiter: LeasedRateLimiter;
  readonly said: string[] = [];
  readonly #nowMs: () => number;

  constructor(number: number, keep: RateKeep, store: MemoryLimits, clockMs: () => number) {
    this.#nowMs = () => clockMs() + number * APART_MS;
    const nowMs = this.#nowMs;
    const leasing = new Leasing("test:", 0);
    const rate = leasing.createRate("limited", keep);
    leasing.supply(leasing.suppliedOf("limited", keep, rate, 1));
    this.limiter = new LeasedRateLimiter(rate, keep, 1, leasing.control);
    const bus = new EventBus();
    for (const name of ["shared_limits.away", "shared_limits.shared"] as const) {
      bus.on(name, ({ members }) => this.said.push(`${name.slice(14)} ${members}`));
    }
    this.limits = new SharedLimits({
      open: store.open,
      leasing,
      bus,
      member: `member-${number}`,
      // The test looks itself.
      schedule: () => () => undefined,
      nowMs,
      clock: new StoreClock(STORE_AHEAD_MS - number * APART_MS),
    });
  }

  take(key?: string): RateCharge | undefined {
    return this.limiter.take(key, this.#nowMs());
  }
}

/** How many records come to an instance within a step, so long after a window's start. */
export type Demand = (instance: number, atMs: number) => number;

export class SimulatedFleet {
  readonly instances: Instance[] = [];
  readonly store: MemoryLimits;
  readonly #keep: RateKeep;
  #clockMs = 0;

  constructor(keep: RateKeep) {
    this.#keep = keep;
    this.store = new MemoryLimits(() => this.#clockMs + STORE_AHEAD_MS);
  }

  async add(instances = 1): Promise<void> {
    for (let i = 0; i < instances; i++) {
      const number = this.instances.length;
      const one = new Instance(number, this.#keep, this.store, () => this.#clockMs);
      this.instances.push(one);
      await one.limits.look();
    }
  }

  /** Some time without records. */
  async idle(ms: number): Promise<void> {
    for (const endMs = this.#clockMs + ms; this.#clockMs < endMs;) await this.#step(() => 0);
  }

  /** One whole window, or so much of it. */
  async window(demand: Demand, keys: readonly (string | undefined)[] = [undefined], part = 1) {
    const { windowMs } = this.#keep;
    const startMs = this.#clockMs;
    if (startMs % windowMs !== 0) throw new Error("not at a window's start");
    const all: Counted = { asked: 0, passed: 0 };
    while (this.#clockMs < startMs + windowMs * part) {
      const counted = await this.#step((i) => demand(i, this.#clockMs - startMs), keys);
      all.asked += counted.asked;
      all.passed += counted.passed;
    }
    return all;
  }

  async passed(windows: number, demand: Demand, keys?: readonly (string | undefined)[]) {
    const passed: number[] = [];
    for (let i = 0; i < windows; i++) passed.push((await this.window(demand, keys)).passed);
    return passed;
  }

  async #step(demand: (instance: number) => number, keys: readonly (string | undefined)[] = []) {
    const counted: Counted = { asked: 0, passed: 0 };
    for (const [i, instance] of this.instances.entries()) {
      for (const key of keys) {
        for (let record = demand(i); record > 0; record--) {
          counted.asked++;
          if (instance.take(key) !== undefined) counted.passed++;
        }
      }
    }
    this.#clockMs += STEP_MS;
    if (this.#clockMs % LEASE_LOOK_MS === 0) {
      for (const { limits } of this.instances) await limits.look();
    }
    return counted;
  }
}
