// Bounds of budgets.

/** Budgets of a configuration: each has some 16 KB of memory for what patterns want. */
export const BUDGETS_MAX = 100;
/** What a budget may be for a day: a petabyte. */
export const BUDGET_BYTES_MAX = 1_000_000_000_000_000;
/** How often what budgets have spent is written, and how long the file may be that is read. */
export const BUDGET_STATE_INTERVAL_MS = 10_000;
export const BUDGET_STATE_BYTES_MAX = 1024 * 1024;
