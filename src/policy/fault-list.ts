// Lists of what is wrong with policies. They are bounded because a document may hold more faults
// than memory has room for, and because nobody reads them all.

import { shortened } from "../core/printable.ts";
import { FAULT_CHARS_MAX, FAULTS_PER_POLICY_MAX, FAULTS_PER_SET_MAX } from "../core/limits.ts";

/** One list shared by all policies without faults, which are most. */
export const NO_FAULTS: readonly string[] = [];

/**
 * The faults of one policy, or of all policies with the same id: the first ones, and how many more.
 */
export class FaultList {
  #list: string[] = [];
  #more = 0;

  /** Whether a further fault is kept, rather than only counted. */
  get hasRoom(): boolean {
    return this.#list.length < FAULTS_PER_POLICY_MAX;
  }

  /** How many faults are kept. */
  get length(): number {
    return this.#list.length;
  }

  add(fault: string): void {
    if (this.hasRoom) this.#list.push(shortened(fault, FAULT_CHARS_MAX));
    else this.#more++;
  }

  addAll(faults: readonly string[]): void {
    for (const fault of faults) this.add(fault);
  }

  /** Counts a fault without keeping its text. */
  addUnread(): void {
    this.#more++;
  }

  /** Forgets the faults that were added after the list had this length. */
  cutTo(length: number): void {
    if (length < this.#list.length) this.#list.length = length;
  }

  /** `place`: what the faults are about, as every fault begins. */
  all(place = "policy: "): readonly string[] {
    if (this.#more > 0) return [...this.#list, `${place}and ${this.#more} more`];
    return this.#list.length === 0 ? NO_FAULTS : this.#list;
  }
}

/** Whether a text is the note that counts the faults that were left out. */
export function isFaultCount(text: string): boolean {
  return /^policy: and \d+ more$/.test(text);
}

/** What all policies of a set may report together: beyond that, each gets no more than a note. */
export class FaultBudget {
  #left = FAULTS_PER_SET_MAX;

  take(faults: readonly string[]): readonly string[] {
    if (faults.length === 0) return faults;
    if (this.#left <= 0) return UNTOLD;
    this.#left -= faults.length;
    return faults;
  }
}

const UNTOLD: readonly string[] = [
  "policy: has errors that are not told, because so many policies before it have some; mend those",
];
