// Frees the memory of a set of policies as soon as another set has replaced it, and what compiling
// a set leaves behind. Left to itself, the collector lets several large sets pile up: they are old
// objects, which it looks at only when the heap has doubled.

import { fullGC } from "bun:jsc";
import { COLLECTED_AFTER_MS, COLLECTED_SET_MIN } from "../core/limits.ts";
import { realSchedule, type Schedule } from "./timer.ts";

export interface SetMemoryDeps {
  /** Sets of fewer policies are left to the collector. Default: COLLECTED_SET_MIN. */
  readonly policiesMin?: number;
  /** Frees all that is nobody's. */
  readonly collect?: () => void;
  readonly schedule?: Schedule;
}

/** Frees the memory of sets of policies that are no longer in force. */
export class SetMemory {
  readonly #policiesMin: number;
  readonly #collect: () => void;
  readonly #schedule: Schedule;
  #policies = 0;
  /** Set while a collection is due. */
  #cancel: (() => void) | undefined;

  constructor(deps: SetMemoryDeps = {}) {
    const { policiesMin = COLLECTED_SET_MIN, collect = fullGC, schedule = realSchedule } = deps;
    this.#policiesMin = policiesMin;
    this.#collect = collect;
    this.#schedule = schedule;
  }

  /**
   * A set of so many policies is in force, and the one before it is nobody's any more as soon as
   * the requests at hand are done.
   */
  replaced(policies: number): void {
    const before = this.#policies;
    this.#policies = policies;
    // Takes some tens of milliseconds, which smaller sets are not worth.
    if (Math.max(before, policies) < this.#policiesMin) return;
    this.#cancel ??= this.#schedule(COLLECTED_AFTER_MS, () => this.#free());
  }

  /**
   * A set of so many policies is about to be compiled beside the one in force: what reading it has
   * left goes first, and what is left of sets before.
   */
  beforeNext(policies: number): void {
    if (policies >= this.#policiesMin || this.#cancel !== undefined) this.#free();
  }

  #free(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#collect();
  }
}
