// Bounds of the commands other than the proxy itself; a part of limits.ts.

/** A file of records that is read whole; a larger one is refused. */
export const RECORD_FILE_BYTES_MAX = 256 * 1024 * 1024;
/** How deeply nested the folders are in which `test` looks for cases. */
export const SUITE_DEPTH_MAX = 8;
/** How long `test --watch` waits after a change: editors write several times in a row. */
export const WATCH_SETTLE_MS = 100;
/** How much of a capture `replay` reads at a time; longer lines are read whole. */
export const CAPTURE_BLOCK_BYTES = 1024 * 1024;
/** Policies, and services, that `replay` distinguishes; further ones are counted together. */
export const TALLY_ROWS_MAX = 10_000;
/** Characters of a record that are searched for its severity, and kept as an example. */
export const EXAMPLE_CHARS_MAX = 2_000;
/** Time between two reports of `replay`'s progress. */
export const PROGRESS_INTERVAL_MS = 200;

/** How long a running program may take to answer a command. */
export const REMOTE_TIMEOUT_MS = 30_000;
/** How long `health` waits for a response; probes give up after seconds. */
export const HEALTH_TIMEOUT_MS = 4000;
/** Characters of a response; a longer one does not come from Edge. */
export const REMOTE_ANSWER_CHARS_MAX = 64 * 1024 * 1024;
/** Characters of one line of a tap: a record of 64 KiB with escapes, and its document. */
export const REMOTE_LINE_CHARS_MAX = 16 * 1024 * 1024;
/** Time between two updates of `top`. */
export const TOP_INTERVAL_MS = 2000;
export const TOP_INTERVAL_MS_MIN = 200;
export const TOP_INTERVAL_MS_MAX = 3_600_000;
/** Records per second that `top` takes from each thread for their services, and keeps of these. */
export const TOP_SAMPLES_PER_SECOND = 50;
export const TOP_SAMPLES_MAX = 2000;

/** Memory of the sketches of `suggest --from`. */
export const SUGGEST_MEMORY_BYTES = 64 * 1024 * 1024;
