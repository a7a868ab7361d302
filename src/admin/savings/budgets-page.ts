// The page /_edge/budgets: what each budget has spent of its day, what it has cut, and a projection
// for the day. It shows names and counts, never telemetry.

import type { LocalPage } from "../../pipeline/local-pages.ts";
import {
  type Budget,
  budgetPolicies,
  type Budgets,
  type BudgetStatus,
  type PolicyEngine,
  type PolicyTotals,
} from "../../policy/index.ts";
import { jsonResponse, page, textResponse } from "../admin-page.ts";
import { parseEnum, rejectUnknownParams } from "../admin-query.ts";

const FORMATS = ["text", "json"] as const;

export interface BudgetsDeps {
  readonly budgets: Budgets;
  readonly policies: Pick<PolicyEngine, "snapshot" | "totals">;
}

/** A line for each budget, or a JSON document with `?format=json`. */
export function budgetsPage({ budgets, policies }: BudgetsDeps): LocalPage {
  return page("/_edge/budgets", (_request, query) => {
    rejectUnknownParams(query, ["format"]);
    const format = parseEnum("format", query.get("format") ?? "text", FORMATS);
    const totals = new Map(policies.totals().map((row) => [row.id, row]));
    const errors = new Map(policies.snapshot.policies.map((policy) => [policy.id, policy.errors]));
    const statuses = new Map(budgets.statuses());
    const rows = budgets.all.map((budget) =>
      rowOf(budget, statuses.get(budget.name), totals, errors),
    );
    if (format === "json") return jsonResponse({ budgets: rows });
    return textResponse(rows.map((row) => `${lineOf(row)}\n`).join(""));
  });
}

type Row = ReturnType<typeof rowOf>;

function rowOf(
  budget: Budget,
  status: BudgetStatus | undefined,
  totals: ReadonlyMap<string, PolicyTotals>,
  errors: ReadonlyMap<string, readonly string[]>,
) {
  const { name, bytesPerDay, timeZone, keepsErrors, keepsRare } = budget;
  const asking = budgetPolicies(budget);
  const rows = asking.map(({ id }) => totals.get(id));
  const { spent = 0, exempt = 0, cut = 0, limit = 0, forecast = 0 } = status ?? {};
  return {
    name,
    bytes_per_day: bytesPerDay,
    time_zone: timeZone,
    keep: [...(keepsErrors ? ["errors"] : []), ...(keepsRare ? ["rare"] : [])],
    signals: asking.flatMap(({ target }) => target?.signal ?? []),
    day: { from: isoOf(status?.dayStartMs), until: isoOf(status?.dayEndMs) },
    /** Bytes of this day. `limit`: what may be spent, which is less where the day had begun. */
    bytes: { limit, spent, exempt, left: Math.max(0, limit - spent), cut },
    /** At the end of the day, as things go. */
    forecast: { spent: forecast, uncut: status?.forecastUncut ?? 0 },
    /** Since the start. */
    since_start: {
      records_cut: sumOf(rows, (row) => row.budgeted),
      bytes_cut: sumOf(rows, (row) => row.budgetedBytes),
    },
    errors: [...new Set(asking.flatMap(({ id }) => errors.get(id) ?? []))],
  };
}

function sumOf(
  rows: readonly (PolicyTotals | undefined)[],
  of: (row: PolicyTotals) => number,
): number {
  return rows.reduce((sum, row) => sum + (row === undefined ? 0 : of(row)), 0);
}

function isoOf(ms = 0): string {
  return new Date(ms).toISOString();
}

function lineOf({ name, bytes, forecast, since_start: since, day, errors }: Row): string {
  const { limit, spent, exempt, left, cut } = bytes;
  const words = [
    `budget=${JSON.stringify(name)} limit_bytes=${limit} spent_bytes=${spent} left_bytes=${left}`,
    `exempt_bytes=${exempt} cut_bytes=${cut} cut_records_since_start=${since.records_cut}`,
    `forecast_bytes=${forecast.spent} forecast_uncut_bytes=${forecast.uncut} until=${day.until}`,
  ];
  if (errors.length > 0) words.push(`errors=${JSON.stringify(errors)}`);
  return words.join(" ");
}
