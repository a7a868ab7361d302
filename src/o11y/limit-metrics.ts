// Rows of the metric table about budgets and about rate limits that several instances share, and
// the code that fills them.

import { BUDGETS_MAX } from "../core/limits.ts";
import type { BudgetStatus } from "../policy/index.ts";
import type { EventBus, Unsubscribe } from "./event-bus.ts";
import type { MetricFamily } from "./metric-family.ts";
import type { MetricSpec } from "./metric-spec.ts";

export const LIMIT_METRICS = {
  limitsConnected: {
    name: "edge_shared_limits_connected",
    type: "gauge",
    unit: "none",
    help: "1 while shared rate limits hold over all instances; 0 without `shared_limits`, and while its store does not answer: then each instance has its share.",
    labels: [],
  },
  limitsMembers: {
    name: "edge_shared_limits_members",
    type: "gauge",
    unit: "none",
    help: "Instances that share rate limits, as far as this one knows; 0 without `shared_limits`.",
    labels: [],
  },
  limitsFailures: {
    name: "edge_shared_limits_failures_total",
    type: "counter",
    unit: "none",
    help: "Calls of the store of shared rate limits that failed: no connection, no answer in time, or an error that it answered.",
    labels: [{ name: "reason", values: ["connection", "timeout", "refused"] }],
  },
  limitsWindows: {
    name: "edge_shared_limits_windows_total",
    type: "counter",
    unit: "none",
    help: "Windows of shared rate limits that began with a lease; with this instance's share because the window or key was new to it (first); or with its share because the store did not answer.",
    labels: [{ name: "tokens", values: ["lease", "first", "share"] }],
  },
  limitsTokens: {
    name: "edge_shared_limits_tokens_total",
    type: "counter",
    unit: "none",
    help: "Tokens of shared rate limits: leased from the store, and returned to it because another instance lacked them.",
    labels: [{ name: "kind", values: ["leased", "returned"] }],
  },
} as const;

type Families = Readonly<Record<keyof typeof LIMIT_METRICS, MetricFamily>>;

export function countLimits(bus: EventBus, families: Families): readonly Unsubscribe[] {
  const { limitsConnected, limitsMembers, limitsFailures, limitsWindows, limitsTokens } = families;
  return [
    bus.on("shared_limits.stands", ({ isConnected, members }) => {
      limitsConnected.set(0, isConnected ? 1 : 0);
      limitsMembers.set(0, members);
    }),
    bus.on("shared_limits.failed", ({ fault }) => limitsFailures.add(limitsFailures.at(fault), 1)),
    bus.on("shared_limits.windows", ({ tokens, windows }) => {
      limitsWindows.add(limitsWindows.at(tokens), windows);
    }),
    bus.on("shared_limits.tokens", ({ kind, tokens }) => {
      limitsTokens.add(limitsTokens.at(kind), tokens);
    }),
  ];
}

const budgetBytes = {
  type: "gauge",
  unit: "bytes",
  open: { name: "budget", valuesMax: BUDGETS_MAX },
} as const;

export const BUDGET_METRICS = {
  budgetLimit: {
    ...budgetBytes,
    name: "edge_budget_limit_bytes",
    help: "What the budget may have on this day: `bytes_per_day`, on the day of the start the part of it that was left of the day.",
  },
  budgetSpent: {
    ...budgetBytes,
    name: "edge_budget_spent_bytes",
    help: "What it has spent of it: bytes of records that were kept. A day begins with 0.",
  },
  budgetExempt: {
    ...budgetBytes,
    name: "edge_budget_exempt_bytes",
    help: "Of what it has spent, bytes of errors, which are kept whatever is left.",
  },
  budgetCut: {
    ...budgetBytes,
    name: "edge_budget_cut_bytes",
    help: "Bytes of records that it has cut on this day.",
  },
  budgetForecast: {
    ...budgetBytes,
    name: "edge_budget_forecast_bytes",
    help: "What it will have spent when the day ends, as things go.",
  },
  budgetForecastUncut: {
    ...budgetBytes,
    name: "edge_budget_forecast_uncut_bytes",
    help: "What would have come of these records when the day ends, as things go: what is above the limit is cut.",
  },
} as const satisfies Record<string, MetricSpec>;

type BudgetFamilies = Readonly<Record<keyof typeof BUDGET_METRICS, MetricFamily>>;

/** A budget by its name, as it stands. */
type NamedBudget = readonly [name: string, status: BudgetStatus];

/** As they stand; what was cut is counted of the policies that ask them, too. */
export function showBudgets(families: BudgetFamilies, budgets: readonly NamedBudget[]): void {
  const { budgetLimit, budgetSpent, budgetExempt, budgetCut } = families;
  const { budgetForecast, budgetForecastUncut } = families;
  for (const [name, status] of budgets) {
    budgetLimit.set(budgetLimit.atOpen(name), status.limit);
    budgetSpent.set(budgetSpent.atOpen(name), status.spent);
    budgetExempt.set(budgetExempt.atOpen(name), status.exempt);
    budgetCut.set(budgetCut.atOpen(name), status.cut);
    budgetForecast.set(budgetForecast.atOpen(name), status.forecast);
    budgetForecastUncut.set(budgetForecastUncut.atOpen(name), status.forecastUncut);
  }
}
