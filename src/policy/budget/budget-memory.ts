// The layout of a budget's state in memory that threads share: what has been spent, what a window
// allows, and how much each pattern wanted in the current window and in the previous one.

/** Patterns that are told apart, by a hash: those of one number share a fate. */
export const PATTERN_CELLS = 2048;

/** Counters, exact: what was kept, what of it was exempt, and what was cut; in bytes. */
export const Sum = { spent: 0, exempt: 1, cut: 2 } as const;
const SUMS = Object.keys(Sum).length;

/** What one thread works out for a window, and all go by. Bytes; times in ms; rates per ms. */
export const Term = {
  /** What a pattern may want and still be kept whole. */
  level: 0,
  /** Of `spent`: where keeping ends until the next window; and for patterns above the level. */
  ceiling: 1,
  bar: 2,
  /** What may be spent on this day. */
  limit: 3,
  dayStart: 4,
  dayEnd: 5,
  /** The sums as they were when the window began. */
  spentBefore: 6,
  exemptBefore: 7,
  cutBefore: 8,
  /** Of the last minutes: what comes, and what of it is exempt. */
  arrivalRate: 9,
  exemptRate: 10,
  /** When counting began. */
  opened: 11,
} as const;
const TERMS = Object.keys(Term).length;

/** The window that the terms are of, who works out the next one, and which terms are in force. */
export const Head = { window: 0, claim: 1, generation: 2 } as const;
const HEAD_BYTES = 16;

const SUMS_BYTES = SUMS * BigInt64Array.BYTES_PER_ELEMENT;
const TERMS_BYTES = TERMS * Float64Array.BYTES_PER_ELEMENT;
const CELLS_BYTES = PATTERN_CELLS * Int32Array.BYTES_PER_ELEMENT;
/** Of one budget. Memory of zeros is one that has not begun. */
export const BUDGET_BYTES = HEAD_BYTES + SUMS_BYTES + 2 * (TERMS_BYTES + CELLS_BYTES);

/** The same memory as the arrays that it consists of; the lists are by generation, modulo 2. */
export interface BudgetMemory {
  readonly heads: Int32Array;
  readonly sums: BigInt64Array;
  readonly terms: readonly [Float64Array, Float64Array];
  readonly cells: readonly [Int32Array, Int32Array];
}

/** Of the budget of that number, where BUDGET_BYTES lie one after the other for each. */
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
