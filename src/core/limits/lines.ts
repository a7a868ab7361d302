// Bounds of lines: how much of them is held, and batches of them on their way to a backend.

/**
 * Bytes of container runtimes' lines that wait for the rest of what a container wrote as one line;
 * if there are more, the available parts are judged separately.
 */
export const LINE_PARTS_BYTES_MAX = 1024 * 1024;

/** Waits before an output file that accepts nothing is tried again; they double. */
export const OUTPUT_RETRY_MS_MIN = 50;
export const OUTPUT_RETRY_MS_MAX = 2_000;

/** Bytes of a request with lines to an OTLP backend; a single block of lines may have more. */
export const OTLP_BATCH_BYTES_MAX = 1024 * 1024;
/** Blocks of lines in one request. */
export const OTLP_BATCH_ITEMS_MAX = 10_000;
/** Bytes of lines that wait for a backend; if there are more, reading waits. */
export const OTLP_QUEUE_BYTES_MAX = 8 * 1024 * 1024;
/** Waits before a request is sent again; they double. */
export const OTLP_RETRY_MS_MIN = 500;
export const OTLP_RETRY_MS_MAX = 30_000;
/** The most that a backend may ask for with Retry-After. */
export const OTLP_RETRY_AFTER_MS_MAX = 300_000;
/** Time for one attempt, including its response. */
export const OTLP_TIMEOUT_MS = 30_000;
