// How much of its day a budget has spent, and whether a record may be kept. The state is in memory
// that all threads share, and no thread ever waits for another. The clock is passed in.

import type { RateCharge } from "../keep/rate-limiter.ts";
import {
  BUDGET_BYTES,
  type BudgetMemory,
  budgetMemory,
  Head,
  PATTERN_CELLS,
  Sum,
  Term,
} from "./budget-memory.ts";
import {
  type BudgetDay,
  PIECE_BYTES,
  renewTerms,
  type Spending,
  WINDOW_MS,
} from "./budget-terms.ts";

/** Wall clock, in milliseconds, and the days of the budget's time zone. */
export interface BudgetClock {
  readonly nowMs: () => number;
  readonly dayAt: (ms: number) => BudgetDay;
}

/** The state of a budget: bytes of the day that ends at `dayEndMs`. */
export interface BudgetStatus {
  /** Kept bytes, and how many of these were errors, which are exempt. */
  readonly spent: number;
  readonly exempt: number;
  readonly cut: number;
  readonly dayStartMs: number;
  readonly dayEndMs: number;
  /** What may be spent on this day. */
  readonly limit: number;
  /**
   * What will be spent by the day's end at the current rate, and what would be without the budget.
   */
  readonly forecast: number;
  readonly forecastUncut: number;
}

/** What a budget has spent of a day, in bytes, to continue from after a restart. */
export interface SpentDay {
  readonly spent: number;
  readonly exempt: number;
  readonly cut: number;
  readonly dayStartMs: number;
  readonly dayEndMs: number;
  readonly bytesPerDay: number;
  /** What may be spent on this day. */
  readonly limit: number;
}

/** Memory for this number of budgets. */
export function createBudgetMemory(budgets: number): SharedArrayBuffer {
  return new SharedArrayBuffer(budgets * BUDGET_BYTES);
}

type SumIndex = (typeof Sum)[keyof typeof Sum];

/** Bytes of one day in one sum; they can be given back as long as the day lasts. */
class DayCharge implements RateCharge {
  private readonly budget: DayBudget;
  private readonly sum: SumIndex;
  private readonly dayStartMs: number;

  constructor(budget: DayBudget, sum: SumIndex, dayStartMs: number) {
    this.budget = budget;
    this.sum = sum;
    this.dayStartMs = dayStartMs;
  }

  giveBack(bytes = 1): void {
    this.budget.giveBack(this.sum, this.dayStartMs, bytes);
  }
}

/** One thread's view of a budget. */
export class DayBudget {
  /** Charges for records that were kept, exempt, or cut, by their bytes. */
  kept!: RateCharge;
  exempt!: RateCharge;
  cut!: RateCharge;
  private readonly bytesPerDay: number;
  private readonly clock: BudgetClock;
  private readonly memory: BudgetMemory;
  /** The generation of the terms in the following members. */
  private generation = -1;
  private level = 0;
  private ceiling = 0;
  private bar = 0;
  private limit = 0;
  private dayStartMs = Number.NaN;
  private wants: Int32Array;
  private wantsBefore: Int32Array;

  /** The budget with that number, in memory for several. */
  constructor(memory: SharedArrayBuffer, number: number, bytesPerDay: number, clock: BudgetClock) {
    this.memory = budgetMemory(memory, number);
    this.bytesPerDay = bytesPerDay;
    this.clock = clock;
    [this.wants, this.wantsBefore] = this.memory.cells;
    this.turn();
  }

  /** Counts a record that is kept whatever is left. */
  exempts(bytes: number): void {
    this.turn();
    Atomics.add(this.memory.sums, Sum.spent, BigInt(bytes));
    Atomics.add(this.memory.sums, Sum.exempt, BigInt(bytes));
  }

  /**
   * Whether a record is kept; if so, it is spent. `pattern`: its hash. `draw`: in [0, 1), the same
   * for records that are to be treated alike.
   */
  keeps(bytes: number, pattern: number, draw: number): boolean {
    this.turn();
    const cell = pattern & (PATTERN_CELLS - 1);
    const pieces = Math.ceil(bytes / PIECE_BYTES);
    const wanted = Math.max(
      Atomics.add(this.wants, cell, pieces) + pieces,
      this.wantsBefore[cell] as number,
    );
    const isAbove = wanted > this.level;
    if (isAbove && draw * wanted >= this.level) return this.cuts(bytes);
    const { sums } = this.memory;
    const before = Number(Atomics.add(sums, Sum.spent, BigInt(bytes)));
    if (before < (isAbove ? this.bar : this.ceiling) && before + bytes <= this.limit) return true;
    Atomics.sub(sums, Sum.spent, BigInt(bytes));
    return this.cuts(bytes);
  }

  /** `sum`: as in budget-memory.ts. */
  giveBack(sum: number, dayStartMs: number, bytes: number): void {
    this.turn();
    if (dayStartMs !== this.dayStartMs) return;
    Atomics.sub(this.memory.sums, sum, BigInt(bytes));
    if (sum === Sum.exempt) Atomics.sub(this.memory.sums, Sum.spent, BigInt(bytes));
  }

  status(): BudgetStatus {
    this.turn();
    const terms = this.terms;
    const of = (term: number): number => terms[term] as number;
    const sums = this.sums();
    const [dayStartMs, dayEndMs, limit] = [of(Term.dayStart), of(Term.dayEnd), of(Term.limit)];
    const leftMs = Math.max(0, dayEndMs - this.clock.nowMs());
    const arriving = of(Term.arrivalRate) * leftMs;
    const most = Math.max(of(Term.exemptRate) * leftMs, limit - sums.spent);
    return {
      ...sums,
      dayStartMs,
      dayEndMs,
      limit,
      forecast: Math.round(sums.spent + Math.min(arriving, most)),
      forecastUncut: Math.round(sums.spent + sums.cut + arriving),
    };
  }

  spentDay(): SpentDay {
    const { spent, exempt, cut, dayStartMs, dayEndMs, limit } = this.status();
    const { bytesPerDay } = this;
    return { dayStartMs, dayEndMs, bytesPerDay, limit, spent, exempt, cut };
  }

  /** Continues from there, if it is the same day. To be called before any thread has records. */
  resume(day: SpentDay): void {
    this.turn();
    const { bytesPerDay, clock, memory } = this;
    const nowMs = clock.nowMs();
    const { startMs, endMs } = clock.dayAt(nowMs);
    if (day.dayStartMs !== startMs || day.dayEndMs !== endMs || day.bytesPerDay < 1) return;
    const { heads, sums, terms, cells } = memory;
    Atomics.add(sums, Sum.spent, BigInt(day.spent));
    Atomics.add(sums, Sum.exempt, BigInt(day.exempt));
    Atomics.add(sums, Sum.cut, BigInt(day.cut));
    const counted = this.sums();
    const old = this.terms.slice();
    const limit = Math.floor(day.limit * (bytesPerDay / day.bytesPerDay));
    old[Term.limit] = Math.min(bytesPerDay, limit);
    old[Term.ceiling] = counted.spent;
    old[Term.spentBefore] = counted.spent;
    old[Term.exemptBefore] = counted.exempt;
    old[Term.cutBefore] = counted.cut;
    const generation = this.generation + 1;
    const wants = cells[(this.generation & 1) as 0 | 1];
    const renewal = { bytesPerDay, dayAt: clock.dayAt, nowMs, windows: 1, sums: counted, wants };
    renewTerms(terms[(generation & 1) as 0 | 1], old, renewal);
    Atomics.store(heads, Head.generation, generation);
  }

  private cuts(bytes: number): false {
    Atomics.add(this.memory.sums, Sum.cut, BigInt(bytes));
    return false;
  }

  private get terms(): Float64Array {
    return this.memory.terms[(this.generation & 1) as 0 | 1];
  }

  private sums(): Spending {
    const { sums } = this.memory;
    const of = (sum: SumIndex): number => Number(Atomics.load(sums, sum));
    return { spent: of(Sum.spent), exempt: of(Sum.exempt), cut: of(Sum.cut) };
  }

  /** Follows the terms of the current window; computes them if no other thread has. */
  private turn(): void {
    const { heads } = this.memory;
    // Memory filled with zeros belongs to no window.
    const window = Math.floor(this.clock.nowMs() / WINDOW_MS) + 1;
    const known = Atomics.load(heads, Head.window);
    // A thread that is one window back has read the clock a moment earlier.
    if (window > known || window < known - 1) this.renew(window, known);
    const generation = Atomics.load(heads, Head.generation);
    if (generation !== this.generation) this.follow(generation);
  }

  /** Only one thread does this; if it dies meanwhile, the terms stay for one window. */
  private renew(window: number, known: number): void {
    const { heads, sums, terms, cells } = this.memory;
    const claim = Atomics.load(heads, Head.claim);
    if (claim === window) return;
    if (Atomics.compareExchange(heads, Head.claim, claim, window) !== claim) return;
    const generation = Atomics.load(heads, Head.generation);
    const now = (generation & 1) as 0 | 1;
    const next = (1 - now) as 0 | 1;
    const counted = this.sums();
    const isNewDay = renewTerms(terms[next], terms[now], {
      bytesPerDay: this.bytesPerDay,
      dayAt: this.clock.dayAt,
      nowMs: this.clock.nowMs(),
      windows: Math.max(0, window - known),
      sums: counted,
      wants: cells[now],
    });
    cells[next].fill(0);
    if (isNewDay) {
      // What others have counted since belongs to the new day.
      Atomics.sub(sums, Sum.spent, BigInt(counted.spent));
      Atomics.sub(sums, Sum.exempt, BigInt(counted.exempt));
      Atomics.sub(sums, Sum.cut, BigInt(counted.cut));
    }
    Atomics.store(heads, Head.generation, generation + 1);
    Atomics.store(heads, Head.window, window);
  }

  private follow(generation: number): void {
    this.generation = generation;
    const { terms, memory } = this;
    this.level = terms[Term.level] as number;
    this.ceiling = terms[Term.ceiling] as number;
    this.bar = terms[Term.bar] as number;
    this.limit = terms[Term.limit] as number;
    const now = (generation & 1) as 0 | 1;
    this.wants = memory.cells[now];
    this.wantsBefore = memory.cells[(1 - now) as 0 | 1];
    const dayStartMs = terms[Term.dayStart] as number;
    if (dayStartMs === this.dayStartMs) return;
    this.dayStartMs = dayStartMs;
    this.kept = new DayCharge(this, Sum.spent, dayStartMs);
    this.exempt = new DayCharge(this, Sum.exempt, dayStartMs);
    this.cut = new DayCharge(this, Sum.cut, dayStartMs);
  }
}
