// Brings the counts of policies from the workers to the main thread's engine. Each set has a table
// that all workers add to and the main thread empties, so that every count arrives exactly once,
// even if the worker that counted it has ended.

import { COUNTS, CountsRow, FORGOTTEN_ID, type IdTable } from "../../policy/index.ts";
import { COUNTED_SETS_MAX } from "../../core/limits.ts";

interface CountTable {
  readonly ids: IdTable;
  /** Counts of 64 bits, for bytes: a row for each id, and one for others. */
  readonly words: BigUint64Array;
  /** The same memory: whether a count is 0 is seen without an object for it. */
  readonly halves: Uint32Array;
}

/** The main thread's side. */
export class SharedCounts {
  /** Newest first. */
  #tables: readonly CountTable[] = [];

  /** Memory for the counts of a new set. */
  addTable(ids: IdTable): SharedArrayBuffer {
    const rows = ids.size + 1;
    const memory = new SharedArrayBuffer(rows * COUNTS * BigUint64Array.BYTES_PER_ELEMENT);
    const [words, halves] = [new BigUint64Array(memory), new Uint32Array(memory)];
    this.#tables = [{ ids, words, halves }, ...this.#tables];
    return memory;
  }

  /** Hands over and forgets what was counted since the last time; then tables that nobody fills. */
  collect(credit: (policy: string, count: number, more: number) => void): void {
    for (const { ids, words, halves } of this.#tables) {
      for (let at = 0; at < words.length; at++) {
        if (Atomics.load(halves, 2 * at) === 0 && Atomics.load(halves, 2 * at + 1) === 0) continue;
        const row = Math.floor(at / COUNTS);
        const policy = row < ids.size ? ids.idAt(row) : FORGOTTEN_ID;
        credit(policy, at % COUNTS, Number(Atomics.exchange(words, at, 0n)));
      }
    }
    this.#tables = this.#tables.slice(0, COUNTED_SETS_MAX);
  }
}

/** The counts of one set, as workers add to them. */
interface SetRows {
  readonly words: BigUint64Array;
  readonly ids: IdTable;
}

/** A worker's side: rows of the policies that it has counted something for. */
export class CountRows {
  /** Newest first: those that the main thread still looks at. */
  #sets: readonly SetRows[] = [];
  readonly #rows = new Map<string, CountsRow>();
  readonly #forgotten = new CountsRow(FORGOTTEN_ID);

  /** What is counted belongs to this set from now on, or else to the last that had the policy. */
  add(memory: SharedArrayBuffer, ids: IdTable): void {
    const words = new BigUint64Array(memory);
    this.#sets = [{ words, ids }, ...this.#sets].slice(0, COUNTED_SETS_MAX);
    this.#forgotten.shared = wordsAt(words, ids.size);
    for (const [id, row] of this.#rows) {
      const shared = this.#wordsOf(id);
      if (shared !== undefined) row.shared = shared;
      else {
        row.leaveTo(this.#forgotten);
        this.#rows.delete(id);
      }
    }
  }

  rowOf(id: string): CountsRow {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const shared = this.#wordsOf(id);
    if (shared === undefined) return this.#forgotten;
    const row = new CountsRow(id);
    row.shared = shared;
    this.#rows.set(id, row);
    return row;
  }

  #wordsOf(id: string): BigUint64Array | undefined {
    for (const { words, ids } of this.#sets) {
      const row = ids.numberOf(id);
      if (row >= 0) return wordsAt(words, row);
    }
    return undefined;
  }
}

function wordsAt(words: BigUint64Array, row: number): BigUint64Array {
  return words.subarray(row * COUNTS, (row + 1) * COUNTS);
}
