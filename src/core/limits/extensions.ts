// Bounds of what extensions of policies hold; a part of limits.ts.

/**
 * Bytes of records on their way from one thread to extensions in another; while there are more,
 * further records are lost to extensions and counted.
 */
export const RECORD_FORWARD_BYTES_MAX = 16 * 1024 * 1024;
/**
 * The size of the ring for these records: in addition to the bytes above, it has room for the
 * largest body that is judged by default. Parts that were never written to take no memory.
 */
export const RECORD_RING_BYTES = 96 * 1024 * 1024;
/** How often the other side checks for records. */
export const RECORD_LOOK_MS = 50;
/** The same if the records are on their way to a disk, and only safe there. */
export const RECORD_LOOK_SOON_MS = 5;
/** After so many checks that found nothing, the other side has to be woken. */
export const RECORD_LOOKS_IDLE_MAX = 20;
/** For how long losses are added up before they are reported. */
export const RECORD_LOSS_MS_MAX = 50;
/** How often a thread that ends checks whether its records were taken. */
export const OFFER_SETTLE_LOOK_MS = 2;
/** How long a worker that ends waits until its last records were taken. */
export const OFFER_SETTLE_MS_MAX = 1_000;

/** Objects of s3-dump that are open at once; to open another, the oldest is sealed. */
export const DUMP_OPEN_BATCHES_MAX = 256;
/** Time for turning records into lines, before others have their turn. */
export const DUMP_STEP_MS_MAX = 2;
/** What an offered record costs in addition to its bytes while it waits to become a line. */
export const DUMP_RECORD_OVERHEAD_BYTES = 128;
/** Memory that is kept for the next object when one has arrived. */
export const DUMP_SPARE_BYTES_MAX = 4 * 1024 * 1024;
/** Time for one attempt to send an object. */
export const DUMP_SEND_TIMEOUT_MS = 30_000;
/** Pause between attempts, doubled with each failure in a row. */
export const DUMP_PAUSE_MS_MIN = 500;
export const DUMP_PAUSE_MS_MAX = 30_000;
/** How often a process shows in the spool that it is alive, and checks what others have left. */
export const DUMP_SPOOL_LOOK_MS = 2_000;
/** A process that has shown no life for this long has ended, and what it left is taken over. */
export const DUMP_SPOOL_STALE_MS = 10_000;
/** Credentials are renewed this long before they expire. */
export const DUMP_CREDENTIALS_MARGIN_MS = 5 * 60_000;
/** How long keys of a shared file are used before it is read again. */
export const DUMP_PROFILE_READ_MS = 60_000;
/** Time for one request to the source of credentials. */
export const DUMP_CREDENTIALS_TIMEOUT_MS = 5_000;
/** Characters of an S3 server's error that are reported. */
export const DUMP_ERROR_CHARS_MAX = 300;
/** Characters of an instance's id that are part of keys and file names. */
export const DUMP_INSTANCE_CHARS_MAX = 64;
/** How far, in steps of `nice`, the keeper's thread ranks below threads that serve. */
export const DUMP_THREAD_NICE = 5;
/** How long the program's start waits for that thread if records must survive its end. */
export const DUMP_THREAD_START_MS_MAX = 2_000;
/** Pause before another keeper's thread is started after one has ended unexpectedly. */
export const DUMP_THREAD_PAUSE_MS = 10_000;
/** The part of a deadline that is left for that thread's final report to the main thread. */
export const DUMP_THREAD_GRACE_MS_MAX = 200;
