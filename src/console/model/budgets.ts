// Budgets as the console shows them: what is left of the day, and the forecast. Pure.

import { shareText, sizeText } from "./numbers.ts";
import type { BudgetRow } from "./pages.ts";

export interface BudgetLine {
  readonly name: string;
  readonly spent: string;
  readonly left: string;
  readonly cut: string;
  readonly forecast: string;
  /** Of the day's bytes, 0 to 1, for a bar. */
  readonly share: number;
  readonly tone: "good" | "warn" | "bad";
  readonly state: string;
}

/** Those in trouble first, in the order of the configuration else. */
export function budgetLines(rows: readonly BudgetRow[]): readonly BudgetLine[] {
  const order = { bad: 0, warn: 1, good: 2 } as const;
  return rows.map(lineOf).sort((a, b) => order[a.tone] - order[b.tone]);
}

function lineOf({ name, bytes, forecast, errors }: BudgetRow): BudgetLine {
  const { limit, spent, exempt, left, cut } = bytes;
  const [tone, state] =
    errors.length > 0
      ? (["bad", "does nothing: its match cannot be read"] as const)
      : spent > limit && exempt > 0
        ? (["bad", "exceeded by errors"] as const)
        : forecast.uncut > limit || cut > 0
          ? (["warn", "cuts"] as const)
          : (["good", "within the day's bytes"] as const);
  return {
    name,
    spent: `${sizeText(spent)} (${shareText(spent, limit)})`,
    left: sizeText(left),
    cut: sizeText(cut),
    forecast: `${sizeText(forecast.spent)} of ${sizeText(forecast.uncut)}`,
    share: spent === 0 ? 0 : Math.min(1, spent / limit),
    tone,
    state,
  };
}
