// Budgets in the console: what is said of each, and which come first.

import { expect, test } from "bun:test";
import { budgetLines } from "../../src/console/model/budgets.ts";
import type { BudgetRow } from "../../src/console/model/pages.ts";

const row = (
  name: string,
  bytes: Partial<BudgetRow["bytes"]>,
  uncut = 0,
  errors: readonly string[] = [],
): BudgetRow => ({
  name,
  bytes: { limit: 1000, spent: 0, exempt: 0, left: 1000, cut: 0, ...bytes },
  forecast: { spent: Math.min(uncut, 1000), uncut },
  errors,
});

test("those in trouble come first, with the reason", () => {
  const lines = budgetLines([
    row("quiet", { spent: 500, left: 500 }, 1000),
    row("tight", { spent: 990, left: 10, cut: 300 }, 2000),
    row("soon", { spent: 10, left: 990 }, 1001),
    row("errors", { spent: 1200, exempt: 1200, left: 0 }, 1200),
    row("typo", {}, 0, ["log: match[0]: unknown key"]),
    row("full", { spent: 1000, exempt: 3, left: 0 }, 1000),
  ]);
  expect(lines.map(({ name, tone, state }) => [name, tone, state])).toEqual([
    ["errors", "bad", "exceeded by errors"],
    ["typo", "bad", "does nothing: its match cannot be read"],
    ["tight", "warn", "cuts"],
    ["soon", "warn", "cuts"],
    ["quiet", "good", "within the day's bytes"],
    ["full", "good", "within the day's bytes"],
  ]);
});

test("a bar never exceeds the day", () => {
  const lines = budgetLines([row("a", { spent: 250 }), row("b", { spent: 9000, exempt: 9000 })]);
  expect(lines.map(({ name, share }) => [name, share])).toEqual([
    ["b", 1],
    ["a", 0.25],
  ]);
});
