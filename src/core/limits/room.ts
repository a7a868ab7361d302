// Bounds of what requests may hold at once, and of how long uploads may stall; a part of limits.ts.

/**
 * Bodies up to this size are small: they are held in one piece and judged at once, and large bodies
 * leave room for them.
 */
export const SMALL_BODY_BYTES_MAX = 256 * 1024;
/**
 * Bodies of a known length up to this are received, and sent if nobody judges them, in one piece:
 * this is faster than a stream, and they can be sent again. They take room for their whole length
 * at once.
 */
export const WHOLE_BODY_BYTES_MAX = 2 * 1024 * 1024;
/** How long others wait for one step of filtering a large body, and for the record at its end. */
export const STEP_MS_MAX = 5;
/** Bytes of the body between two checks of the clock; records are never split. */
export const STEP_BYTES_MIN = 8 * 1024;
/**
 * JSON bodies from this size on may have values that take longer than a step, or many in one record
 * that do so together: values above the second size are found and unescaped in advance.
 */
export const LONG_BODY_BYTES_MIN = 8 * 1024 * 1024;
export const LONG_VALUE_BYTES_MIN = 2 * 1024;
/**
 * The default of `max_inflight_bytes`: this much, and at most this part of the memory that the
 * process may use.
 */
export const INFLIGHT_BYTES_DEFAULT = 128 * 1024 * 1024;
export const INFLIGHT_MEMORY_SHARE = 1 / 4;
/**
 * What the runtime reads of a body before anyone asks for it, and how much of that all requests
 * that wait for room may hold, at most the same part of the memory. Requests beyond that are
 * refused at once.
 */
export const UNREAD_BYTES_PER_BODY = 1024 * 1024;
export const WAITING_BODIES_BYTES_MAX = 1024 * 1024 * 1024;
/** Part of `max_inflight_bytes` that large bodies may hold; the rest is for small ones. */
export const LARGE_BYTES_SHARE = 7 / 8;
/** Part of `max_connections` that may be held by bodies which are sent on while they arrive. */
export const UPLOAD_PLACES_SHARE = 3 / 4;
/** The size counted for a body that is sent on while it arrives: what waits between both sides. */
export const UPLOAD_WINDOW_BYTES = 256 * 1024;
/** Time between two checks of the room, and of stalled uploads, while requests wait. */
export const ROOM_LOOK_MS = 10;
export const STALLED_LOOK_MS = 100;
/**
 * An upload has stalled if nothing has come for a second, or less than this on average since it
 * began. It is cut only while others wait for what it holds.
 */
export const UPLOAD_SILENT_MS_MAX = 1_000;
export const UPLOAD_BYTES_PER_SECOND_MIN = 16 * 1024;
/** Before that, an average means nothing. */
export const UPLOAD_RATED_MS_MIN = 2_000;
/** An upload that has stalled for this long is cut, whoever its client is. */
export const STALLED_MS_MAX = 5_000;
/**
 * The share of the slots and of the bytes that all stalled uploads of one client address may hold;
 * uploads beyond that are cut at once.
 */
export const STALLED_SHARE = 1 / 8;
