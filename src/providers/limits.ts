// Bounds of policy providers: name, unit last, default, and what happens when one is reached.

/** A larger policy file is refused, the set before it stays. */
export const POLICY_FILE_BYTES_MAX = 16_777_216;
/**
 * How long a folder must be quiet after a change before its file is read: writers need time to
 * finish.
 */
export const FILE_SETTLE_MS = 50;
/**
 * A file whose attributes are unchanged, and whose last change is older than this, is not read
 * again.
 */
export const FILE_RACY_MS = 2_000;
/** How often a file that changes while it is read is tried again, before the next look. */
export const FILE_UNSTABLE_READS_MAX = 3;

/** A longer answer of a control plane is refused; counted after decompression. */
export const SYNC_RESPONSE_BYTES_MAX = 33_554_432;
export const SYNC_TIMEOUT_MS_DEFAULT = 10_000;
export const SYNC_INTERVAL_MS_DEFAULT = 60_000;
/** A control plane may ask for a shorter interval, but not below this. */
export const SYNC_INTERVAL_MS_MIN = 1_000;
/** It may ask for a longer interval, but at most this many times the configured one. */
export const SYNC_INTERVAL_STRETCH_MAX = 3;
/** Each wait is shorter than its interval by up to this share, so that instances spread. */
export const SYNC_INTERVAL_JITTER = 0.1;
/** First wait after a failed sync; doubles with each further one. */
export const SYNC_RETRY_MS_MIN = 1_000;
/** The longest wait after a failed sync is the poll interval, within these bounds. */
export const SYNC_RETRY_CEILING_MS_MIN = 5_000;
export const SYNC_RETRY_CEILING_MS_MAX = 60_000;
/** A `Retry-After` of the control plane is honoured up to this. */
export const SYNC_RETRY_AFTER_MS_MAX = 300_000;
/** Without an answer by then, the first policies come from the cache. */
export const SYNC_CACHE_GRACE_MS = 1_000;
/** Characters of a control plane's own error message that are repeated. */
export const SYNC_MESSAGE_CHARS_MAX = 500;
