// One look at the pages that the first screen is made of. Pure.

import type { Answer } from "./answer.ts";
import type { Look } from "./health.ts";
import type { BudgetsPage, PoliciesPage, SavingsPage, StatusPage } from "./pages.ts";
import type { Counters } from "./throughput.ts";

export interface Looks {
  readonly status: Answer<StatusPage>;
  readonly policies: Answer<PoliciesPage>;
  readonly savings: Answer<SavingsPage>;
  readonly budgets: Answer<BudgetsPage>;
  readonly health: Look | undefined;
  /** About a minute ago. */
  readonly healthBefore: Look | undefined;
  readonly history: readonly Counters[];
}
