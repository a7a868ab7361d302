// Bounds of budgets.

/** Budgets of a configuration: each uses some 16 KB of memory for the demand of patterns. */
export const BUDGETS_MAX = 100;
/** The most that a budget may allow for a day: a petabyte. */
export const BUDGET_BYTES_MAX = 1_000_000_000_000_000;
/**
 * How often the spending of budgets is written to a file, and how long that file may be to be read.
 */
export const BUDGET_STATE_INTERVAL_MS = 10_000;
export const BUDGET_STATE_BYTES_MAX = 1024 * 1024;
