// Bounds of dumps of failed requests; a part of limits.ts.

/** A body that is kept. A larger one is not kept at all: a part of it could not be replayed. */
export const FAILURE_BODY_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes, and dumps, that wait to be written in each thread; further ones are not kept. */
export const FAILURE_QUEUE_BYTES_MAX = 16 * 1024 * 1024;
export const FAILURE_QUEUE_DUMPS_MAX = 64;
/** Bytes of a body that are written in one go, so that others have a turn in between. */
export const FAILURE_WRITE_BYTES = 192 * 1024;
/** How long a folder that was full is assumed to be full. */
export const FAILURE_FOLDER_LOOK_MS = 10_000;
