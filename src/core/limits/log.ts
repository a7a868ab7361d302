// Bounds of the log; a part of limits.ts.

/** Characters of one value or list in a line; the rest is replaced by an ellipsis. */
export const LOG_VALUE_CHARS_MAX = 2_000;
/**
 * Characters that wait for standard error; if a stalled reader lets them pile up to this, new lines
 * are dropped and counted.
 */
export const LOG_BUFFER_CHARS_MAX = 1_048_576;
/** A buffer with more characters is written at once. */
export const LOG_FLUSH_CHARS = 16_384;
/** Lines that are written at once in each interval; further ones below `warn` wait for its end. */
export const LOG_LINES_AT_ONCE = 50;
/** The longest that a line below `warn` waits. */
export const LOG_FLUSH_INTERVAL_MS = 200;
/**
 * How long a slow reader of standard error may delay the program's end: checks, and time between.
 */
export const LOG_CLOSE_ATTEMPTS_MAX = 20;
export const LOG_CLOSE_PAUSE_MS = 10;
/** Period over which repeated warnings are summed up. */
export const LOG_REPEAT_PERIOD_MS = 10_000;
/** Kinds of repeated warnings distinguished in one period; further ones are counted together. */
export const LOG_REPEAT_KEYS_MAX = 256;
/** Rare events of a worker that are logged at once, between two of its signs of life. */
export const EVENTS_AT_ONCE = 50;
