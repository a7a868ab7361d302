// Bounds of the pages below /_edge/; a part of limits.ts.

/** Taps that are open at the same time; a further one gets a 429. */
export const TAPS_MAX = 4;
/**
 * Lines of one tap that wait for its reader; while there are more, records are lost and counted.
 */
export const TAP_BUFFER_BYTES_MAX = 1024 * 1024;
/** Bytes of one record that are shown; the rest is cut, and the line says so. */
export const TAP_RECORD_BYTES_MAX = 64 * 1024;
/**
 * Bytes of one request's records that are copied for taps; further records are lost and counted.
 */
export const TAP_REQUEST_BYTES_MAX = 4 * 1024 * 1024;
/** What holding a record costs in addition to its bytes; counted as bytes of its request. */
export const TAP_RECORD_OVERHEAD_BYTES = 256;
/**
 * Bytes of records on their way from one thread to taps in another; while there are more, records
 * of further requests are lost and counted.
 */
export const TAP_FORWARD_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of a POST that describes a tap; a larger one is refused. */
export const TAP_FORM_BYTES_MAX = 64 * 1024;
/** Ids of matching policies that a line names. */
export const TAP_POLICIES_MAX = 16;
/** Records after which a tap ends. */
export const TAP_RECORDS_DEFAULT = 1000;
export const TAP_RECORDS_MAX = 1_000_000;
/** Time after which a tap ends. */
export const TAP_SECONDS_DEFAULT = 60;
export const TAP_SECONDS_MAX = 3600;
/**
 * How often a silent tap says that it is waiting, so that no timeout ends its connection: the
 * listener's is longer than 10 s.
 */
export const TAP_SILENCE_MS = 5000;
/** How long taps and payloads may be switched on or off before they revert. */
export const SWITCH_SECONDS_MAX = 86_400;

/** A body to explain, as received; a larger one gets a 413. */
export const EXPLAIN_BODY_BYTES_MAX = 1024 * 1024;
/** Records of one body that are explained; the others are counted. */
export const EXPLAIN_RECORDS_MAX = 100;
/**
 * Time for explaining one body. Requests wait meanwhile, so records that begin later are counted
 * and not explained.
 */
export const EXPLAIN_MS_MAX = 40;

/**
 * Memory of one filter of trace ids: some 580,000 ids with one wrong answer in a thousand. Each
 * thread has FIND_FILTERS filters of forwarded ids, and as many of dropped ones.
 */
export const FIND_FILTER_BYTES = 1024 * 1024;
export const FIND_FILTERS = 4;
/** After this time a filter makes room for the next one, even if it is not full. */
export const FIND_ROTATION_MS = 900_000;
/** Ids of one record that are remembered. */
export const FIND_IDS_PER_RECORD_MAX = 8;
/** Policies that are distinguished among those that dropped something. */
export const FIND_POLICIES_MAX = 10_000;
/** Records of each outcome that each thread keeps for text searches, in all and per second. */
export const FIND_SAMPLES_MAX = 4096;
export const FIND_SAMPLES_PER_SECOND = 100;
/** Bytes of each such record. */
export const FIND_SAMPLE_BYTES_MAX = 2048;
/** Records of each outcome that a response shows. */
export const FIND_MATCHES_MAX = 5;
/** Characters of a text to search for. */
export const FIND_TEXT_CHARS_MAX = 1000;
/** How long the threads may take to answer a page's question. */
export const THREAD_ANSWER_WAIT_MS = 2000;

/** The longest time for which an analysis may be switched on, and the default. */
export const ANALYSIS_SECONDS_MAX = 3600;
export const ANALYSIS_SECONDS_DEFAULT = 600;
/** Records per second that an analysis looks at in each thread, whatever its sample is. */
export const ANALYSIS_RECORDS_PER_SECOND = 100;
/** Records of a template or of a span's name that must be seen before its words are kept. */
export const ANALYSIS_SHOWN_RECORDS_MIN = 10;
/** The most rows that a page shows of each list, and the default. */
export const ANALYSIS_ROWS_MAX = 200;
export const ANALYSIS_ROWS_DEFAULT = 20;

/** Minutes for which the page of savings knows what happened in each. */
export const SAVINGS_MINUTES_MAX = 60;
/** Policies that this page names, since the start and in one minute; all others share one row. */
export const SAVINGS_ROWS_MAX = 10_000;
export const SAVINGS_MINUTE_ROWS_MAX = 500;
/** Services that each thread distinguishes and that the page names; all others share one row. */
export const SERVICES_MAX = 200;
export const SERVICE_NAME_BYTES_MAX = 256;
/** Policies that the page shows: those that saved the most. */
export const SAVINGS_POLICIES_SHOWN_MAX = 1000;
