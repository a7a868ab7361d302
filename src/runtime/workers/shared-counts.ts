// The counts of policies on their way from the workers to the engine of the main thread: each set
// has a table that all workers add to and the main thread empties, so that every count arrives
// once, also when the worker that counted it has ended.

import { COUNTS, FORGOTTEN_ID } from "../../policy/index.ts";
import { COUNTED_SETS_MAX } from "../../core/limits.ts";

interface CountTable {
  readonly ids: readonly string[];
  /** Counts of 64 bits, for bytes. */
  readonly words: BigUint64Array;
  /** The same memory: whether a count is 0 is seen without an object for it. */
  readonly halves: Uint32Array;
}

/** The main thread's side. */
export class SharedCounts {
  /** Newest first. */
  #tables: readonly CountTable[] = [];

  /** Memory for the counts of a new set, a row for each policy in its order, and one for others. */
  addTable(policies: readonly string[]): SharedArrayBuffer {
    const ids = [...policies, FORGOTTEN_ID];
    const memory = new SharedArrayBuffer(ids.length * COUNTS * BigUint64Array.BYTES_PER_ELEMENT);
    const [words, halves] = [new BigUint64Array(memory), new Uint32Array(memory)];
    this.#tables = [{ ids, words, halves }, ...this.#tables];
    return memory;
  }

  /** Hands over and forgets what was counted since the last time; then tables that nobody fills. */
  collect(credit: (policy: string, count: number, more: number) => void): void {
    for (const { ids, words, halves } of this.#tables) {
      for (let at = 0; at < words.length; at++) {
        if (Atomics.load(halves, 2 * at) === 0 && Atomics.load(halves, 2 * at + 1) === 0) continue;
        const policy = ids[Math.floor(at / COUNTS)] ?? "";
        credit(policy, at % COUNTS, Number(Atomics.exchange(words, at, 0n)));
      }
    }
    this.#tables = this.#tables.slice(0, COUNTED_SETS_MAX);
  }
}

/** A worker's side: where the counts of a policy go. */
export function rowsOf(
  memory: SharedArrayBuffer,
  ids: readonly string[],
): (policy: string) => BigUint64Array | undefined {
  const words = new BigUint64Array(memory);
  // Of equal ids the first one has the row, as the first policy has the counts.
  const rows = new Map([...ids, FORGOTTEN_ID].map((id, i) => [id, i] as const).reverse());
  return (policy) => {
    const row = rows.get(policy);
    return row === undefined ? undefined : words.subarray(row * COUNTS, (row + 1) * COUNTS);
  };
}
