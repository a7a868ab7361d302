// Bounds of what extensions of policies hold; a part of limits.ts.

/**
 * Bytes of records on their way from one worker to extensions in the main thread; while there are
 * more, further ones are lost to extensions and counted.
 */
export const OFFER_FERRY_BYTES_MAX = 16 * 1024 * 1024;
/** What a worker that ends waits for the last of them to be taken. */
export const OFFER_SETTLE_MS_MAX = 1_000;
