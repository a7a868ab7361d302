// Targets held against the figures of results: what was measured, and whether it is what was asked.

import { figureText, type Row, type Unit } from "../report/figures.ts";
import type { Results } from "../report/results.ts";
import type { Target, Where } from "../targets/target.ts";

export interface Verdict {
  readonly target: Target;
  /** In words; of several rows the worst, and its name. */
  readonly measured: string;
  /** Undefined when it was not measured. */
  readonly isMet: boolean | undefined;
}

interface Found {
  readonly value: number;
  readonly unit: Unit;
  /** Of the worst row, when there were several. */
  readonly row: string | undefined;
}

export function verdictOf(target: Target, results: Results): Verdict {
  const { bound, where, over } = target;
  const isAscending = "most" in bound;
  const found = figureOf(where, results, isAscending);
  const base = over === undefined ? undefined : figureOf(over, results, isAscending);
  if (found === undefined || (over !== undefined && base === undefined)) {
    return { target, measured: "not measured", isMet: undefined };
  }
  const value = base === undefined ? found.value : found.value / base.value;
  const isMet = "most" in bound ? value <= bound.most : value >= bound.least;
  const text = figureText(value, base === undefined ? found.unit : "×");
  const measured = found.row === undefined ? text : `${text} (${found.row})`;
  return { target, measured, isMet };
}

/** Of several rows the one that is furthest from what is asked. */
function figureOf(
  { table, row, column }: Where,
  results: Results,
  most: boolean,
): Found | undefined {
  const figures = results.benches
    .flatMap(({ tables }) => tables)
    .find(({ title }) => title === table);
  const unit = figures?.columns[column];
  if (figures === undefined || unit === undefined) return undefined;
  const rows = figures.rows.filter(({ name }) =>
    typeof row === "string" ? name === row : row.test(name),
  );
  const value = (one: Row): number => Number(one.cells[column] ?? Number.NaN);
  const [worst] = rows
    .filter((one) => !Number.isNaN(value(one)))
    .toSorted((a, b) => (most ? value(b) - value(a) : value(a) - value(b)));
  if (worst === undefined) return undefined;
  return { value: value(worst), unit, row: rows.length > 1 ? worst.name : undefined };
}
