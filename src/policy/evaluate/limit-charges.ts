// Charges a record to the rate limits and budgets that match it: to all of them, or to none. Rate
// limits come first, then budgets, each in the order of their ids.

import { BudgetTest } from "../budget/budget-test.ts";
import type { Program } from "../compile/program.ts";
import { BUDGET_RANK, type CompiledBudget, RATE_RANK } from "../keep/compile-keep.ts";
import type { RateCharge } from "../keep/rate-limiter.ts";
import { keyText } from "../keep/sample-key.ts";
import type { ValueStore } from "../value-store.ts";
import type { RequestCounts } from "./request-counts.ts";

interface LimitDeps {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export class LimitCharges {
  private readonly program: Program;
  private readonly values: ValueStore;
  private readonly requestCounts: RequestCounts;
  private readonly deps: LimitDeps;
  /** Undefined when the program has no budgets. */
  private readonly budgets: BudgetTest | undefined;
  /** Scratch: matching policies with a rate limit or a budget, and what was taken from each. */
  private readonly limits: Int32Array;
  private count = 0;
  private readonly taken: RateCharge[] = [];

  constructor(program: Program, values: ValueStore, counts: RequestCounts, deps: LimitDeps) {
    this.program = program;
    this.values = values;
    this.requestCounts = counts;
    this.deps = deps;
    this.limits = new Int32Array(program.ranks.filter(isLimit).length);
    const hasBudgets = program.ranks.some((rank) => rank === BUDGET_RANK);
    this.budgets = hasBudgets ? new BudgetTest(program.slots, values, deps.random) : undefined;
  }

  /** To be called before each record. */
  begin(): void {
    this.count = 0;
  }

  /** Notes a policy that matches the record, if it has a limit. */
  note(policy: number, rank: number): void {
    if (!isLimit(rank)) return;
    const { limits } = this;
    let at = this.count++;
    for (; at > 0 && this.isBefore(policy, limits[at - 1] as number); at--)
      limits[at] = limits[at - 1] as number;
    limits[at] = policy;
  }

  /**
   * Charges all noted policies; or charges none, and returns the first that has no room. -1: all
   * have.
   */
  charge(recordBytes: number): number {
    const { taken, limits, count } = this;
    if (count === 0) return -1;
    const nowMs = this.deps.nowMs();
    this.budgets?.begin();
    let full = -1;
    for (let i = 0; i < count && full < 0; i++) {
      const policy = limits[i] as number;
      const { keep } = this.program.policy(policy);
      if (keep.kind === "rate") {
        const charge = keep.limiter.take(keep.key && keyText(this.values, keep.key.slot), nowMs);
        if (charge === undefined) full = policy;
        else taken.push(charge);
      } else if (keep.kind === "budget" && !this.spend(keep, recordBytes)) full = policy;
    }
    // Every limit that was asked so far has been charged, except the full one.
    for (let i = 0; i < taken.length; i++) {
      const charge = taken[i] as RateCharge;
      const isBudget = this.program.ranks[limits[i] as number] === BUDGET_RANK;
      const amount = isBudget ? recordBytes : 1;
      if (full >= 0) charge.giveBack(amount);
      else this.requestCounts.charge(charge, amount);
    }
    taken.length = 0;
    return full;
  }

  /** Whether a budget has room for the record. */
  private spend(keep: CompiledBudget, recordBytes: number): boolean {
    const { budgets } = this;
    const isKept = budgets?.keeps(keep, recordBytes) ?? true;
    if (budgets?.charge === undefined) return true;
    if (isKept) this.taken.push(budgets.charge);
    // Bytes that were cut are given back as well if the request comes again.
    else this.requestCounts.charge(budgets.charge, recordBytes);
    return isKept;
  }

  private isBefore(one: number, other: number): boolean {
    const { ranks } = this.program;
    const apart = (ranks[one] as number) - (ranks[other] as number);
    return apart < 0 || (apart === 0 && one < other);
  }
}

function isLimit(rank: number): boolean {
  return rank === RATE_RANK || rank === BUDGET_RANK;
}
