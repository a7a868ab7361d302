// Bounds of a program's life: how it stops, and what it leaves behind when it crashes.

/**
 * How long new requests are still accepted when the program stops; their responses tell clients to
 * leave. If a connection is closed while its client sends the next request, that request is lost.
 */
export const DRAIN_NOTICE_MS = 250;
/** It takes at most this part of the time to stop. */
export const DRAIN_NOTICE_SHARE = 0.25;
/**
 * The part of the time to stop that is reserved for providers' last sync and the like, however long
 * requests take.
 */
export const STOP_RESERVE_MS = 1000;
/** It takes at most this part of the time to stop. */
export const STOP_RESERVE_SHARE = 0.25;
/**
 * The length of a thread's text for the report of a fatal signal, the number of threads with one,
 * and how often each renews it; and how often while there are no requests.
 */
export const CRASH_TEXT_BYTES = 2048;
export const CRASH_TEXTS_MAX = 64;
export const CRASH_TEXT_INTERVAL_MS = 250;
export const CRASH_TEXT_IDLE_MS = 10_000;
/** Signal handlers are installed this long after the start, because it takes some milliseconds. */
export const SIGNAL_HANDLERS_DELAY_MS = 250;
/** The start, or a change of policies, is really over this long after its end is reported. */
export const CODE_PAGES_DELAY_MS = 1_000;
/** By then the runtime, if left alone, has collected the garbage of the start. */
export const COLLECTED_DELAY_MS = 8_000;
/** How long a connection may be silent to the pages of a program that serves nothing else. */
export const SELF_SERVER_IDLE_MS = 60_000;

/** The latest requests, whose shapes are in the report of a crash. */
export const REQUEST_SHAPES_MAX = 16;
