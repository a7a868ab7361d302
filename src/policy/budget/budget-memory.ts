// The layout of a budget's state in memory that threads share: what has been spent, what a window
// allows, and how much each pattern wanted in the current window and in the previous one.

/**
 * Number of patterns that are distinguished, by a hash: those with the same number are treated
 * alike.
 */
export const PATTERN_CELLS = 2048;

/** Exact counters, in bytes: what was kept, how much of it was exempt, and what was cut. */
export const Sum = { spent: 0, exempt: 1, cut: 2 } as const;
const SUMS = Object.keys(Sum).length;

/**
 * What one thread computes for a window, and all threads follow. Bytes; times in ms; rates per ms.
 */
export const Term = {
  /** How much a pattern may want and still be kept whole. */
  level: 0,
  /**
   * Bounds of `spent` up to which records are kept in this window: all, and patterns above the
   * level.
   */
  ceiling: 1,
  bar: 2,
  /** What may be spent on this day. */
  limit: 3,
  dayStart: 4,
  dayEnd: 5,
  /** The sums at the beginning of the window. */
  spentBefore: 6,
  exemptBefore: 7,
  cutBefore: 8,
  /** In the last minutes: how much arrives, and how much of that is exempt. */
  arrivalRate: 9,
  exemptRate: 10,
  /** When counting began. */
  opened: 11,
} as const;
const TERMS = Object.keys(Term).length;

/** The window that the terms are for, the thread that computes the next, and the current terms. */
export const Head = { window: 0, claim: 1, generation: 2 } as const;
const HEAD_BYTES = 16;

const SUMS_BYTES = SUMS * BigInt64Array.BYTES_PER_ELEMENT;
const TERMS_BYTES = TERMS * Float64Array.BYTES_PER_ELEMENT;
const CELLS_BYTES = PATTERN_CELLS * Int32Array.BYTES_PER_ELEMENT;
/** Bytes of one budget. Memory filled with zeros is a budget that has not begun. */
export const BUDGET_BYTES = HEAD_BYTES + SUMS_BYTES + 2 * (TERMS_BYTES + CELLS_BYTES);

/**
 * The same memory as the arrays that it consists of; the lists are indexed by generation, modulo 2.
 */
export interface BudgetMemory {
  readonly heads: Int32Array;
  readonly sums: BigInt64Array;
  readonly terms: readonly [Float64Array, Float64Array];
  readonly cells: readonly [Int32Array, Int32Array];
}

/** The budget with that number, in memory that holds BUDGET_BYTES for each budget. */
export function budgetMemory(memory: SharedArrayBuffer, number: number): BudgetMemory {
  const from = number * BUDGET_BYTES;
  const terms = from + HEAD_BYTES + SUMS_BYTES;
  const cells = terms + 2 * TERMS_BYTES;
  return {
    heads: new Int32Array(memory, from, HEAD_BYTES / Int32Array.BYTES_PER_ELEMENT),
    sums: new BigInt64Array(memory, from + HEAD_BYTES, SUMS),
    terms: [
      new Float64Array(memory, terms, TERMS),
      new Float64Array(memory, terms + TERMS_BYTES, TERMS),
    ],
    cells: [
      new Int32Array(memory, cells, PATTERN_CELLS),
      new Int32Array(memory, cells + CELLS_BYTES, PATTERN_CELLS),
    ],
  };
}
