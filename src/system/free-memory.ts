// Gives back the memory of a set of policies as soon as another one has taken its place. Left to
// itself, the collector lets several large sets pile up in each thread: they are old, and it looks
// at old objects only when the heap has doubled.

import { fullGC } from "bun:jsc";
import { COLLECTED_SET_MIN } from "../core/limits.ts";

/** Gives back the memory of sets of policies that are out of force. */
export class SetMemory {
  readonly #collect: () => void;
  #policies = 0;

  constructor(collect: () => void = fullGC) {
    this.#collect = collect;
  }

  /** A set of so many policies is in force, and the one before it is nobody's any more. */
  replaced(policies: number): void {
    const before = this.#policies;
    this.#policies = policies;
    // Takes some tens of milliseconds, which smaller sets are not worth.
    if (before >= COLLECTED_SET_MIN) this.#collect();
  }
}
