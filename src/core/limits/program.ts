// Bounds of a program's life: how it stops, and what it leaves when it crashes.

/**
 * How long new requests are still taken when the program stops; their responses tell clients to
 * leave. A connection that is closed while its client sends the next request loses that request.
 */
export const DRAIN_NOTICE_MS = 250;
/** It takes at most this part of the time to stop. */
export const DRAIN_NOTICE_SHARE = 0.25;
/**
 * Of the time to stop, what is kept for providers' last sync and the like, however long requests
 * take.
 */
export const STOP_RESERVE_MS = 1000;
/** It takes at most this part of the time to stop. */
export const STOP_RESERVE_SHARE = 0.25;
/**
 * What a thread may have to say in the report of a fatal signal, how many threads can, and how
 * often each says it anew; and how often while there are no requests.
 */
export const CRASH_TEXT_BYTES = 2048;
export const CRASH_TEXTS_MAX = 64;
export const CRASH_TEXT_INTERVAL_MS = 250;
export const CRASH_TEXT_IDLE_MS = 10_000;
/** Handlers of signals are installed that long after the start: it takes some milliseconds. */
export const SIGNAL_HANDLERS_DELAY_MS = 250;
/** The start, or a new set of policies, is over that long after it is said to be. */
export const CODE_PAGES_DELAY_MS = 1_000;
/** By then the runtime, left in peace, has collected what it left. */
export const COLLECTED_DELAY_MS = 8_000;
/** How long a connection to the pages of a program without a door of its own may be silent. */
export const SELF_SERVER_IDLE_MS = 60_000;

/** Requests whose shapes are in the report of a crash; the latest. */
export const REQUEST_SHAPES_MAX = 16;
