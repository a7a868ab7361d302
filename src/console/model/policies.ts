// Rows of the list of policies: their mode in words, searching and sorting. Pure.

import type { PolicyRow } from "./pages.ts";

export const ORDERS = [
  ["bytes", "most bytes saved"],
  ["hits", "most hits"],
  ["errors", "errors first"],
  ["name", "by name"],
] as const;
export type PolicyOrder = (typeof ORDERS)[number][0];

export function modeOf({ mode = "enforce", rollout_percent: percent }: PolicyRow): string {
  if (mode === "shadow") return "shadow";
  return mode === "rollout" ? `rollout ${percent ?? 0} %` : "enforced";
}

/** What left no more because of a policy, less what its transforms added. */
export function savedBytesOf(row: PolicyRow): number {
  return leftOutBytesOf(row) + row.budgeted_bytes + row.removed_bytes - row.added_bytes;
}

/** Of records that policies left out, or would have. */
export function leftOutBytesOf(
  counts: Pick<PolicyRow, "dropped_bytes" | "sampled_bytes" | "rate_limited_bytes">,
): number {
  return counts.dropped_bytes + counts.sampled_bytes + counts.rate_limited_bytes;
}

/** In the id, the name, the signal, the mode or an error. */
export function filtered(rows: readonly PolicyRow[], search: string): readonly PolicyRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const { id, name, signal, errors, warnings } = row;
    const text = [id, name, signal ?? "", modeOf(row), ...errors, ...warnings].join(" ");
    return words.every((word) => text.toLowerCase().includes(word));
  });
}

export function sorted(rows: readonly PolicyRow[], order: PolicyOrder): readonly PolicyRow[] {
  const compare: Record<PolicyOrder, (a: PolicyRow, b: PolicyRow) => number> = {
    bytes: (a, b) => savedBytesOf(b) - savedBytesOf(a) || b.hits - a.hits,
    hits: (a, b) => b.hits - a.hits,
    errors: (a, b) => b.errors.length - a.errors.length || b.warnings.length - a.warnings.length,
    name: (a, b) => a.name.localeCompare(b.name),
  };
  return rows.toSorted(compare[order]);
}
