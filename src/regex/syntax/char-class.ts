// Sets of code points: normalising, negating and case folding ranges.

import type { Ranges } from "./ast.ts";
import { foldables, orbitOf } from "./fold.ts";

export const CODE_POINT_MAX = 0x10ffff;

/** Sorts and merges; `pairs` is consumed. */
export function normalize(pairs: number[]): Ranges {
  if (pairs.length <= 2) return pairs;
  const order: number[] = [];
  let sorted = true;
  for (let i = 0; i < pairs.length; i += 2) {
    order.push(i);
    if (i > 0 && (pairs[i] as number) < (pairs[i - 2] as number)) sorted = false;
  }
  if (!sorted) order.sort((a, b) => (pairs[a] as number) - (pairs[b] as number));
  const out: number[] = [];
  for (const i of order) {
    const lo = pairs[i] as number;
    const hi = pairs[i + 1] as number;
    const last = out.length - 1;
    if (last > 0 && lo <= (out[last] as number) + 1) {
      if (hi > (out[last] as number)) out[last] = hi;
    } else {
      out.push(lo, hi);
    }
  }
  return out;
}

/** All other code points. */
export function negate(ranges: Ranges): Ranges {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const lo = ranges[i] as number;
    if (next < lo) out.push(next, lo - 1);
    next = (ranges[i + 1] as number) + 1;
  }
  if (next <= CODE_POINT_MAX) out.push(next, CODE_POINT_MAX);
  return out;
}

/** Appends lo-hi to `pairs`, with everything that folds to one of its code points. */
export function addFolded(pairs: number[], lo: number, hi: number): void {
  pairs.push(lo, hi);
  const table = foldables();
  let a = 0;
  let b = table.length;
  while (a < b) {
    const middle = (a + b) >>> 1;
    if ((table[middle] as number) < lo) a = middle + 1;
    else b = middle;
  }
  for (; a < table.length && (table[a] as number) <= hi; a++) {
    for (const cp of orbitOf(table[a] as number) ?? []) {
      if (cp < lo || cp > hi) pairs.push(cp, cp);
    }
  }
}

/** The ranges with all their folding partners. */
export function foldRanges(ranges: Ranges): Ranges {
  const pairs: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    addFolded(pairs, ranges[i] as number, ranges[i + 1] as number);
  }
  return normalize(pairs);
}

/** Number of code points. */
export function countOf(ranges: Ranges): number {
  let count = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    count += (ranges[i + 1] as number) - (ranges[i] as number) + 1;
  }
  return count;
}
