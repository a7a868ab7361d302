// Bounds of lines: what is held of them, and batches of them on their way to a backend.

/**
 * Bytes of container runtimes' lines that wait for the rest of what a container wrote as one line;
 * with more of them the parts that are there are judged by themselves.
 */
export const LINE_PARTS_BYTES_MAX = 1024 * 1024;

/** Waits before an output file that takes nothing is tried again; they double. */
export const OUTPUT_RETRY_MS_MIN = 50;
export const OUTPUT_RETRY_MS_MAX = 2_000;

/** Of a request with lines to an OTLP backend; a single block of lines may have more bytes. */
export const OTLP_BATCH_BYTES_MAX = 1024 * 1024;
/** Blocks of lines in one request. */
export const OTLP_BATCH_ITEMS_MAX = 10_000;
/** Lines that wait for a backend; when there are more, reading waits. */
export const OTLP_QUEUE_BYTES_MAX = 8 * 1024 * 1024;
/** Waits before a request is sent again; they double. */
export const OTLP_RETRY_MS_MIN = 500;
export const OTLP_RETRY_MS_MAX = 30_000;
/** The most that a backend may ask for with Retry-After. */
export const OTLP_RETRY_AFTER_MS_MAX = 300_000;
/** For one attempt, its response included. */
export const OTLP_TIMEOUT_MS = 30_000;
