// Bounds of running several threads: name, unit last, and what happens when one is reached.

/** How often the main thread looks at its workers: events, readiness, whether they live. */
export const WORKER_LOOK_INTERVAL_MS = 100;
/**
 * Events of one worker that the main thread has not taken yet. A worker asks for a look when it is
 * half full; what still does not fit is lost and counted.
 */
export const EVENT_RING_BYTES = 2 * 1024 * 1024;
/** Labels in the events of one worker; events with others beyond that are written in full. */
export const EVENT_STRINGS_BYTES = 16 * 1024;
/**
 * Looks without a sign of life after which a worker is ended and replaced: half a minute in which
 * the main thread itself ran.
 */
export const WORKER_SILENT_LOOKS_MAX = 300;
/** Before a worker that failed is replaced; doubled with each failure in a row. */
export const WORKER_RESTART_MS_MIN = 100;
export const WORKER_RESTART_MS_MAX = 10_000;
/** A worker that served this long has not failed in a row. */
export const WORKER_STEADY_MS = 60_000;
/** Policies in one message to a worker: what it takes in at once, requests wait for. */
export const POLICIES_PER_MESSAGE = 200;
/**
 * Tables of counts that are still looked at: that of the set in force, and those of the sets before
 * it for requests that began with them.
 */
export const COUNT_TABLES_MAX = 4;
/** A count is at most 2^32 between two looks at the tables. */
export const COUNT_LOOK_INTERVAL_MS = 10_000;
/** Body of a request to one of the program's own pages; a larger one is answered 413. */
export const PAGE_REQUEST_BYTES_MAX = 2 * 1024 * 1024;
