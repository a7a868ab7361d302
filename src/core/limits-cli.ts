// Bounds of the commands beside the proxy; a part of limits.ts.

/** A file of records that is read whole; a larger one is refused. */
export const RECORD_FILE_BYTES_MAX = 256 * 1024 * 1024;
