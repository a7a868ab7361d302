// Bounds of what extensions of policies hold; a part of limits.ts.

/**
 * Bytes of records on their way from one thread to extensions in another; while there are more,
 * further ones are lost to extensions and counted.
 */
export const RECORD_FORWARD_BYTES_MAX = 16 * 1024 * 1024;
/**
 * Of the memory for them: beside the former there is room for the largest body that is judged by
 * default. What was never written to takes none.
 */
export const RECORD_RING_BYTES = 96 * 1024 * 1024;
/** How often the other side looks for them. */
export const RECORD_LOOK_MS = 50;
/** The same where they are on their way to a disk, and safe only there. */
export const RECORD_LOOK_SOON_MS = 5;
/** After so many looks that found nothing it is to be woken. */
export const RECORD_LOOKS_IDLE_MAX = 20;
/** How long losses are added up before they are told. */
export const RECORD_LOSS_MS_MAX = 50;
/** How often a thread that ends looks whether its records are taken. */
export const OFFER_SETTLE_LOOK_MS = 2;
/** What a worker that ends waits for the last of them to be taken. */
export const OFFER_SETTLE_MS_MAX = 1_000;

/** Objects of s3-dump that are open at once; the oldest is sealed for one more. */
export const DUMP_OPEN_BATCHES_MAX = 256;
/** For turning records into lines, before others have their turn. */
export const DUMP_STEP_MS_MAX = 2;
/** What an offered record costs beside its bytes while it waits to become a line. */
export const DUMP_RECORD_OVERHEAD_BYTES = 128;
/** Of memory that is kept for the next object when one has arrived. */
export const DUMP_SPARE_BYTES_MAX = 4 * 1024 * 1024;
/** Of one attempt to send an object. */
export const DUMP_SEND_TIMEOUT_MS = 30_000;
/** Between attempts, doubled with each failure in a row. */
export const DUMP_PAUSE_MS_MIN = 500;
export const DUMP_PAUSE_MS_MAX = 30_000;
/** How often a process shows in the spool that it lives, and looks for what others have left. */
export const DUMP_SPOOL_LOOK_MS = 2_000;
/** One that has shown no life for so long has ended, and what it left is taken over. */
export const DUMP_SPOOL_STALE_MS = 10_000;
/** Credentials are renewed so long before they expire. */
export const DUMP_CREDENTIALS_MARGIN_MS = 5 * 60_000;
/** How long keys of a shared file are used before it is read again. */
export const DUMP_PROFILE_READ_MS = 60_000;
/** For a question to where credentials come from. */
export const DUMP_CREDENTIALS_TIMEOUT_MS = 5_000;
/** Characters of an S3 server's error that are told. */
export const DUMP_ERROR_CHARS_MAX = 300;
/** Of an instance's id that are part of keys and names of files. */
export const DUMP_INSTANCE_CHARS_MAX = 64;
/** How far, in steps of `nice`, it stands behind threads that serve. */
export const DUMP_THREAD_NICE = 5;
/** How long the start of the program waits for it where records are to survive. */
export const DUMP_THREAD_START_MS_MAX = 2_000;
/** After the thread that keeps copies has ended by itself, until another one is started. */
export const DUMP_THREAD_PAUSE_MS = 10_000;
/** What is left of a deadline for the word that it is over, from that thread to the main one. */
export const DUMP_THREAD_GRACE_MS_MAX = 200;
