// Figures and runs in the words of pages.

import { type Figures, figureText } from "../report/figures.ts";
import type { BenchResult } from "../report/results.ts";
import { markdownTable } from "./markdown.ts";

/** Columns without a figure are left out. */
export function figuresTable({ title, columns, rows }: Figures): string {
  const names = Object.keys(columns).filter((column) =>
    rows.some(({ cells }) => cells[column] !== undefined && cells[column] !== ""),
  );
  return markdownTable(
    [title, ...names],
    rows.map((row) => [
      row.name,
      ...names.map((column) => figureText(row.cells[column], columns[column] ?? "")),
    ]),
  );
}

export function circumstances(bench: BenchResult): string {
  const { startedAt, commit, machine, loadBefore, seconds } = bench;
  const when = `${startedAt.slice(0, 10)} ${startedAt.slice(11, 16)} UTC`;
  return `${when}, ${commit}, ${seconds} s; ${machine}; load before it ${loadBefore}.`;
}

export function notWhole({ faults }: BenchResult): string {
  return faults.map((fault) => `**Not whole:** ${fault.replaceAll("\n", "; ")}\n\n`).join("");
}
