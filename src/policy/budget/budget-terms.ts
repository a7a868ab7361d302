// How much a budget allows in the next window: what is left to spend, spread evenly over the rest
// of the day. One thread computes it from what all threads have counted. Pure arithmetic.

import { Term } from "./budget-memory.ts";
import { fairLevel } from "./fair-level.ts";

export const WINDOW_MS = 10_000;
/** For how long unspent bytes can be saved up: at most, a budget has an hour's part at once. */
const SLACK_WINDOWS = 360;
/**
 * Parts of what is available when a window begins: how much patterns are given according to what
 * they wanted before, and where patterns that want more are stopped, so that others have the rest.
 */
const GIVEN = 0.9;
const BAR = 0.95;
/** The time over which rates are measured. */
const RATE_MS = 600_000;
/** The wants of patterns are counted in pieces, rounded up, so that 31 bits are enough. */
export const PIECE_BYTES = 16;

const NOTHING: Spending = { spent: 0, exempt: 0, cut: 0 };

/** A day of a budget, in wall-clock milliseconds; not all days have 24 hours. */
export interface BudgetDay {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Spending {
  readonly spent: number;
  readonly exempt: number;
  readonly cut: number;
}

export interface Renewal {
  readonly bytesPerDay: number;
  readonly dayAt: (ms: number) => BudgetDay;
  readonly nowMs: number;
  /** Windows that have ended since the last time; 0: the clock was set back. */
  readonly windows: number;
  /** Everything that was counted on the day of the current terms. */
  readonly sums: Spending;
  /** What each pattern wanted in the ending window, in pieces. */
  readonly wants: Int32Array;
}

/** Computes new terms from the current ones; true: a day has begun, of which nothing is spent. */
export function renewTerms(next: Float64Array, old: Float64Array, renewal: Renewal): boolean {
  const { nowMs, bytesPerDay, dayAt, sums, windows } = renewal;
  const isFirst = old[Term.dayEnd] === 0;
  const isNewDay = nowMs >= at(old, Term.dayEnd);
  next.set(old);
  if (isFirst) next[Term.opened] = nowMs;
  if (isNewDay || nowMs < at(old, Term.dayStart)) {
    const { startMs, endMs } = dayAt(nowMs);
    next[Term.dayStart] = startMs;
    next[Term.dayEnd] = endMs;
    // A program that starts in the middle of a day does not know what was spent before: it gets its
    // part.
    const part = isFirst ? (endMs - nowMs) / (endMs - startMs) : 1;
    if (isNewDay) next[Term.limit] = Math.floor(bytesPerDay * part);
  }
  renewRates(next, old, renewal);
  const { spent, exempt, cut } = isNewDay ? NOTHING : sums;
  next[Term.spentBefore] = spent;
  next[Term.exemptBefore] = exempt;
  next[Term.cutBefore] = cut;
  const limit = at(next, Term.limit);
  const ceilingBefore = isNewDay ? 0 : at(old, Term.ceiling);
  // What errors took beyond the ceiling is spread over the day; what records took, is waited for.
  const exemptMore = isNewDay ? 0 : exempt - at(old, Term.exemptBefore);
  const promised = Math.max(ceilingBefore, Math.min(spent, ceilingBefore + exemptMore));
  const windowsLeft = Math.max(1, Math.ceil((at(next, Term.dayEnd) - nowMs) / WINDOW_MS));
  const share = Math.max(0, limit - Math.max(promised, spent)) / windowsLeft;
  const more = share * (isNewDay ? 1 : windows);
  const ceiling = Math.min(limit, promised + more, spent + share * SLACK_WINDOWS);
  next[Term.ceiling] = ceiling;
  const room = Math.max(0, ceiling - spent);
  next[Term.bar] = ceiling - room * (1 - BAR);
  const exemptSoon = at(next, Term.exemptRate) * WINDOW_MS;
  next[Term.level] = fairLevel(renewal.wants, Math.max(0, room * GIVEN - exemptSoon) / PIECE_BYTES);
  return isNewDay;
}

function renewRates(
  next: Float64Array,
  old: Float64Array,
  { nowMs, sums, windows }: Renewal,
): void {
  if (windows < 1) return;
  const spanMs = windows * WINDOW_MS;
  const seenMs = Math.max(spanMs, nowMs - at(next, Term.opened));
  const weight = Math.max(1 - Math.exp(-spanMs / RATE_MS), spanMs / seenMs);
  const renew = (term: number, more: number): void => {
    const rate = Math.max(0, more) / spanMs;
    next[term] = at(old, term) + weight * (rate - at(old, term));
  };
  const arrivedBefore = at(old, Term.spentBefore) + at(old, Term.cutBefore);
  renew(Term.arrivalRate, sums.spent + sums.cut - arrivedBefore);
  renew(Term.exemptRate, sums.exempt - at(old, Term.exemptBefore));
}

function at(terms: Float64Array, term: number): number {
  return terms[term] as number;
}
