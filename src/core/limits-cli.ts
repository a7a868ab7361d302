// Bounds of the commands beside the proxy; a part of limits.ts.

/** A file of records that is read whole; a larger one is refused. */
export const RECORD_FILE_BYTES_MAX = 256 * 1024 * 1024;
/** Folders within one another in which `test` looks for cases. */
export const SUITE_DEPTH_MAX = 8;
/** How long `test --watch` waits after a change: editors write several times in a row. */
export const WATCH_SETTLE_MS = 100;
