// The budgets of a program: the policies that they stand for, which match each record that a budget
// covers, and what each has spent. Every thread has its own view of the same memory.

import { AUTHORING, decodePolicy } from "../decode/index.ts";
import { type Policy, type Signal, SIGNALS } from "../model.ts";
import type { BudgetDay } from "./budget-terms.ts";
import { type BudgetStatus, createBudgetMemory, DayBudget, type SpentDay } from "./day-budget.ts";

/** How many bytes per day the matching records may take. */
export interface Budget {
  /** No two budgets have the same name. */
  readonly name: string;
  /** Matchers as policy files have them. */
  readonly match: readonly unknown[];
  /** Empty: all signals that can have what `match` asks for. */
  readonly signals: readonly Signal[];
  readonly bytesPerDay: number;
  /** A name in the IANA database; a day begins at midnight in this time zone. */
  readonly timeZone: string;
  /** Errors are kept whatever is left; rare patterns are kept longer than others. */
  readonly keepsErrors: boolean;
  readonly keepsRare: boolean;
}

/** What budgets need from outside: time and days. */
export interface BudgetDeps {
  /** Wall clock in milliseconds. */
  readonly nowMs: () => number;
  /** The day of a time zone that a moment is in. */
  readonly dayAt: (ms: number, timeZone: string) => BudgetDay;
}

/** One thread's view of all budgets. */
export class Budgets {
  readonly all: readonly Budget[];
  /** The memory to pass to other threads. */
  readonly memory: SharedArrayBuffer;
  private readonly days: ReadonlyMap<string, DayBudget>;

  /** `memory`: another thread's. Default: new memory. */
  constructor(
    budgets: readonly Budget[],
    { nowMs, dayAt }: BudgetDeps,
    memory = createBudgetMemory(budgets.length),
  ) {
    this.all = budgets;
    this.memory = memory;
    this.days = new Map(
      budgets.map(({ name, bytesPerDay, timeZone }, number) => {
        const clock = { nowMs, dayAt: (ms: number) => dayAt(ms, timeZone) };
        return [name, new DayBudget(memory, number, bytesPerDay, clock)];
      }),
    );
  }

  /** Undefined: there is no budget with that name. */
  of(name: string): DayBudget | undefined {
    return this.days.get(name);
  }

  /** What each budget has spent of its day, by its name, to continue from later. */
  spentDays(): ReadonlyMap<string, SpentDay> {
    return new Map(Array.from(this.days, ([name, day]) => [name, day.spentDay()]));
  }

  /**
   * Lets the budget with that name, if there is one, continue from there, if it is the same day.
   */
  resume(name: string, day: SpentDay): void {
    this.days.get(name)?.resume(day);
  }

  /** The status of each budget, by its name. */
  statuses(): (readonly [name: string, status: BudgetStatus])[] {
    return [...this.days].map(([name, day]) => [name, day.status()]);
  }
}

/** A policy for each signal that the budget is for; with errors if it is for none. */
export function budgetPolicies(budget: Budget): readonly Policy[] {
  const { signals } = budget;
  const made = (signals.length === 0 ? SIGNALS : signals).map((signal) =>
    budgetPolicy(budget, signal),
  );
  if (signals.length > 0) return made;
  const working = made.filter(({ errors }) => errors.length === 0);
  return working.length > 0 ? working : made.slice(0, 1);
}

/** A valid keep for each signal, so that the rest of the policy is decoded. */
const ANY_KEEP = { log: "all", metric: true, trace: { percentage: 100 } } as const;

function budgetPolicy(budget: Budget, signal: Signal): Policy {
  const { name, match, keepsErrors, keepsRare } = budget;
  const id = `budget:${name}:${signal}`;
  const tree = { id, name: `Budget ${name}`, [signal]: { match, keep: ANY_KEEP[signal] } };
  const policy = decodePolicy(tree, AUTHORING);
  if (policy.target === undefined) return policy;
  const keep = { kind: "budget", budget: name, keepsErrors, keepsRare } as const;
  return { ...policy, target: { ...policy.target, keep } };
}
