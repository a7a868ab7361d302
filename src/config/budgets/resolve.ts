// Turns the file's keys into budgets: gives names to those without one, and checks what must hold
// between them.

import type { Budget } from "../../policy/index.ts";
import { type Problem, quote } from "../draft.ts";
import type { ConfigFile } from "../schema.ts";

type BudgetEntry = ConfigFile["budgets"][number];

const SIGNALS = { logs: "log", metrics: "metric", traces: "trace" } as const;
const SIGNAL_WORDS = Object.keys(SIGNALS) as readonly (keyof typeof SIGNALS)[];

export function budgetsOf(entries: readonly BudgetEntry[]): readonly Budget[] {
  return entries.map((entry, index) => {
    const signals = new Set(entry.signals.map((word) => word.toLowerCase()));
    const kept = [entry.keep ?? ["errors", "rare"]].flat().map((word) => word.toLowerCase());
    return {
      name: nameOf(entry, index),
      match: entry.match,
      signals: SIGNAL_WORDS.filter((word) => signals.has(word)).map((word) => SIGNALS[word]),
      bytesPerDay: entry.bytes_per_day,
      timeZone: entry.time_zone,
      keepsErrors: kept.includes("errors"),
      keepsRare: kept.includes("rare"),
    };
  });
}

export function budgetProblems(entries: readonly BudgetEntry[]): readonly Problem[] {
  const first = new Map<string, number>();
  return entries.flatMap((entry, index) => {
    const name = nameOf(entry, index);
    const before = first.get(name);
    first.set(name, before ?? index);
    if (before === undefined) return [];
    const reason = `${quote(name)} is the name of budgets[${before}] as well; give each its own.`;
    return [{ path: ["budgets", index, "name"], at: "value" as const, reason }];
  });
}

function nameOf({ name }: BudgetEntry, index: number): string {
  return name ?? String(index + 1);
}
