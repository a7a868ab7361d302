// Makes the budgets of a program, on the machine's clock.

import { type Budget, Budgets } from "../policy/index.ts";
import { dayAt } from "../system/days.ts";

/** `memory`: that of the thread whose budgets they are. Default: this one's. */
export function createBudgets(all: readonly Budget[], memory?: SharedArrayBuffer): Budgets {
  return new Budgets(all, { nowMs: Date.now, dayAt }, memory);
}
