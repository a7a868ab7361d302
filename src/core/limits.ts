// The bounds that a user can meet, in one place: the name of each, with its unit last, its default,
// and what happens when it is reached. Settings have their defaults in src/config; constants that
// only tune an algorithm are next to it.

export * from "./limits/admin.ts";
export * from "./limits/budgets.ts";
export * from "./limits/cli.ts";
export * from "./limits/documents.ts";
export * from "./limits/extensions.ts";
export * from "./limits/failures.ts";
export * from "./limits/grpc.ts";
export * from "./limits/lines.ts";
export * from "./limits/lambda.ts";
export * from "./limits/log.ts";
export * from "./limits/program.ts";
export * from "./limits/room.ts";
export * from "./limits/shared.ts";

// JSON and protobuf.

/** Arrays and objects within one another; a deeper document is undecodable. */
export const JSON_DEPTH_MAX = 512;
/** Digits in a row of one number; with more of them a document is undecodable. */
export const JSON_DIGITS_MAX = 65_536;

/**
 * Values of one list of attributes, or further members with one name, that policies ask for, and
 * bytes of a text of tags. A record with more of them is unreadable: it passes, and is counted.
 */
export const ASKED_VALUES_MAX = 10_000;
export const TAGS_BYTES_MAX = 256 * 1024;
/**
 * The same for bytes of attribute lists that policies look into (OTLP in JSON), and for those of
 * data points, events and links; of a single value, at most LONG_VALUE_BYTES_MIN count.
 */
export const ATTRIBUTES_BYTES_MAX = 4 * 1024 * 1024;
export const PARTS_BYTES_MAX = 24 * 1024 * 1024;
/**
 * The same for one metric's data points, or one span's events and links, that policies look into,
 * and for all values that they ask for there; metrics of real clusters have tens of thousands.
 */
export const ASKED_PARTS_MAX = 100_000;
/** Data points of one metric that are counted; those beyond pass like the others. */
export const POINTS_COUNTED_MAX = 1_000_000;
/** The same for the fields of one protobuf record, whether or not anyone asks for them. */
export const RECORD_FIELDS_MAX = 600_000;
/**
 * The same for the members that are read of one JSON record. In a request, a resource, a scope or a
 * stream, they count up to its first record: with more of them the body is undecodable.
 */
export const MEMBERS_MAX = 600_000;
/** Fields of a resource, a scope or a stream in protobuf, including records: likewise. */
export const CONTAINER_FIELDS_MAX = 3_000_000;
/**
 * Bytes that a resource or a scope says about itself; the parts in which it says so, in protobuf;
 * and how often its member is repeated, in JSON: likewise.
 */
export const OWNER_BYTES_MAX = 2 * 1024 * 1024;
export const OWNER_PARTS_MAX = 100_000;
export const OWNER_MEMBERS_MAX = 10;
/** Bytes of one record's ids, and of requested base64 in it: like ASKED_VALUES_MAX. */
export const CODED_BYTES_MAX = 8 * 1024 * 1024;
/**
 * The same for a Datadog log's members, including those inside members that policies look into;
 * each 128 bytes of a member count as one more, up to LONG_VALUE_BYTES_MIN.
 */
export const LOG_MEMBERS_MAX = 50_000;
/** The same for bytes of a document that is a Datadog log's message, as text or as an object. */
export const MESSAGE_DOCUMENT_BYTES_MAX = 1024 * 1024;
/** The same for a Loki stream's labels, or an entry's structured metadata, and for their bytes. */
export const PAIRS_MAX = 10_000;
export const PAIRS_BYTES_MAX = 1024 * 1024;

/**
 * Records of one body that are not JSON and pass individually; with more of them the whole body is
 * undecodable, because finding them costs more than reading valid records.
 */
export const BROKEN_RECORDS_MAX = 10_000;
/** Bytes of such a record, whose end is searched for at once; a longer one fails its body. */
export const BROKEN_BYTES_MAX = 10 * 1024 * 1024;

/**
 * Nested groups that are skipped before a message counts as malformed; protobuf's own recursion
 * limit.
 */
export const GROUP_DEPTH_MAX = 100;

/** Maps inside maps that are followed; protobuf's own recursion limit. */
export const MAP_DEPTH_MAX = 100;

// Policies.

/**
 * Windows held for one keyed limiter; beyond that the oldest one is dropped, and its key starts
 * afresh.
 */
export const RATE_KEYS_MAX = 10_000;

/**
 * Windows of rate limits whose charges by one request are remembered until its upstream has
 * answered; what it took from older ones is not given back.
 */
export const CHARGED_WINDOWS_MAX = 100_000;

/**
 * Sets whose policies are still counted: the current one and those before it, for requests that
 * began with them. Of policies that left earlier, only the sum of all their counts is kept.
 */
export const COUNTED_SETS_MAX = 4;

/** Policies that nearly matched a record and that an explanation names. */
export const NEAR_MISSES_MAX = 10;
/** Values of one matcher that an explanation shows: an array has up to 10,000. */
export const VALUES_SHOWN_MAX = 20;

/** List members of a `tracestate` (W3C Trace Context, section 3.3.1.1); the last ones are cut. */
export const TRACESTATE_MEMBERS_MAX = 32;

/**
 * Longer literals are found by a window of this length and then confirmed: it bounds the automaton.
 */
export const NEEDLE_BYTES_MAX = 16;

/** Faults of one policy, or of all policies with one id, that are reported; the rest is counted. */
export const FAULTS_PER_POLICY_MAX = 20;
/** Characters of one fault; the rest is cut. */
export const FAULT_CHARS_MAX = 1_000;
/** Faults of one set of policies; of policies beyond that, only the fact is reported. */
export const FAULTS_PER_SET_MAX = 10_000;
/** Policies of one provider whose faults are logged with a set; the rest is counted. */
export const FAULTY_POLICIES_TOLD_MAX = 1_000;
/** Faults of one set that are reported with line and column. */
export const FAULT_PLACES_MAX = 200;

/**
 * Time for matching and redacting one record. What is not decided by then fails open, and is
 * counted; values that may have to be redacted are replaced whole.
 */
export const RECORD_MS_MAX_DEFAULT = 50;
/**
 * What all records of one body may spend together, in steps of one to a few nanoseconds: they end
 * before HANG_MS, after which a worker is replaced.
 */
export const BODY_STEPS_MAX = 400_000_000;
/** A set of so many policies is freed soon after it is replaced, not at some later time. */
export const COLLECTED_SET_MIN = 2_000;
/** How long after its replacement: by then the requests that began with it are done. */
export const COLLECTED_AFTER_MS = 300;

// Regular expressions.

/**
 * Open groups around one position of a pattern; deeper patterns are rejected. RE2 is bounded only
 * by its heap.
 */
export const REGEX_NESTING_MAX = 1000;
/**
 * Capture groups of one regex; a pattern with more is rejected. RE2 is bounded only by its heap.
 */
export const REGEX_GROUPS_MAX = 1000;
/** Copies that counted repetition may ask for, with nested ones multiplied. RE2's own bound. */
export const REGEX_REPEAT_MAX = 1000;
/**
 * Instructions of one program; a larger pattern is rejected as too large. RE2 gives up below this.
 */
export const REGEX_INSTRUCTIONS_MAX = 400_000;
/** Memory of the state cache of one regex; when full, it is emptied and filled again. */
export const REGEX_CACHE_BYTES_MAX = 256 * 1024;
/** The same for a group of regexes that are searched together. */
export const REGEX_SET_CACHE_BYTES_MAX = 16 * 1024 * 1024;
/** All such memory of one signal's policies: this much, plus this much more for each policy. */
export const PROGRAM_CACHE_BYTES = 4 * 1024 * 1024;
export const PROGRAM_CACHE_BYTES_PER_POLICY = 4096;
/**
 * What is kept of a long text that is searched for all matches, apart from one block of it: a text
 * that would need more counts as too costly.
 */
export const REGEX_BORDERS_BYTES_MAX = 16 * 1024 * 1024;
/** The same for the growth of a text whose invalid bytes are read as U+FFFD. */
export const REGEX_COPY_EXTRA_BYTES_MAX = 16 * 1024 * 1024;
/**
 * Steps per byte, each about a nanosecond, that a pattern may cost on texts that keep it busy; also
 * for the patterns of one field together that no literal guards. `validate` warns of more.
 */
export const REGEX_STEPS_PER_BYTE_MAX = 200;
export const REGEX_SET_STEPS_PER_BYTE_MAX = 400;
/** Patterns whose price `validate` measures; it says nothing about further ones. */
export const REGEX_PRICES_MAX = 20_000;
/** Literals in a list of alternatives that replaces a regex or guards it. */
export const REGEX_LITERALS_MAX = 16;

/** Verdicts remembered by a validator of regexes; when full, the oldest half is forgotten. */
export const VERDICTS_MAX = 65_536;
/** An instance of RE2 that validates nothing for this long, or twice as long, is released. */
export const RE2_IDLE_MS = 1_000;

/**
 * The engine bounds the number and the nesting of groups, which RE2 does not: this is the lower of
 * both bounds, so that the engine compiles whatever the validator accepts.
 */
export const PARENTHESES_MAX = 1_000;

// Redactions.

/**
 * A value whose redaction makes more than this is replaced whole: this many times its own bytes,
 * plus this many more.
 */
export const REDACTED_GROWTH_MAX = 4;
export const REDACTED_EXTRA_BYTES_MAX = 1024 * 1024;
/** Replacements in one value; a value with more is replaced whole. */
export const REPLACEMENTS_MAX = 100_000;
/**
 * An object of more bytes has a bounded time for its edits; if it still contains something to hide
 * after that, everything in it is removed.
 */
export const EDITED_BYTES_FREE = 4096;
/** Bytes that redactions by a regex write in one record; further values are replaced whole. */
export const REDACTED_BYTES_MAX = 4 * 1024 * 1024;

// Prometheus expositions.

/**
 * Bytes of a line without its newline that are read; a longer line passes whole, unjudged and
 * counted.
 */
export const LINE_BYTES_MAX = 1024 * 1024;
/**
 * Bytes of one family of a protobuf exposition, which is held whole because its length comes first.
 * A longer one passes unjudged and is counted.
 */
export const FAMILY_BYTES_MAX = 16 * 1024 * 1024;
/** Fields of one family; labels of one sample, and buckets of one metric: more are not judged. */
export const FAMILY_FIELDS_MAX = 600_000;
export const SAMPLE_PARTS_MAX = 10_000;
/** Bytes of one family that are judged before others have their turn. */
export const FAMILY_STEP_BYTES = 16 * 1024;
/**
 * Bytes of metadata and comments that are held back until it is clear whether the family keeps a
 * sample; beyond that they are sent at once.
 */
export const HELD_BYTES_MAX = 1024 * 1024;
/**
 * Families whose metadata is remembered in case more of their samples come after those of another
 * family, and the bytes of their names and metadata. The oldest half is forgotten first.
 */
export const REMEMBERED_FAMILIES_MAX = 8192;
export const REMEMBERED_BYTES_MAX = 1024 * 1024;

// Upstreams.

/**
 * A timer that fires this late says more about this thread than about what was awaited, which is
 * then given the same time again.
 */
export const LATE_TIMER_MS = 50;

/** Idle connections that are kept; further ones are closed when their response has ended. */
export const IDLE_CONNECTIONS_MAX = 1024;

/**
 * An idle connection that is older than this is not used again: servers and middleboxes often drop
 * connections that were idle for a minute.
 */
export const CONNECTION_IDLE_MS_MAX = 50_000;

/** Responses up to this size are awaited whole: cheaper, and a cut one can still become a 502. */
export const WHOLE_ANSWER_BYTES_MAX = 64 * 1024;

/** Bytes of a response that may wait for a slow client before reading pauses. */
export const WAITING_BYTES_MAX = 256 * 1024;

/** How long all connections' readers may hold the event loop before others have their turn. */
export const LOOP_SHARE_MS = 5;

/** Longest head of a response, and longest trailers of a chunked one. */
export const HEAD_BYTES_MAX = 64 * 1024;

/** Longest line that begins a chunk. */
export const CHUNK_LINE_BYTES_MAX = 4 * 1024;

// Clients.

/**
 * How much of a refused body is read and thrown away, so that its client can read why it was
 * refused: if a connection is closed while its client still sends, the response may be lost (RFC
 * 9112 section 9.6). Beyond that the connection is closed.
 */
export const UNREAD_BYTES_MAX = 64 * 1024 * 1024;
export const UNREAD_MS_MAX = 5_000;

/** Connections that wait in the kernel for a busy program, as far as the system allows. */
export const LISTEN_BACKLOG = 4096;

/** How long a client may take to send a head, unless the configuration sets another time. */
export const HEAD_TIMEOUT_MS = 10_000;
/** The longest time that Bun's server can give a silent connection; there is no bound above it. */
export const IDLE_TIMEOUT_S_MAX = 255;
/** Longest head of a request, including its empty line; and longest trailers of its chunks. */
export const REQUEST_HEAD_BYTES_MAX = 16 * 1024;
export const REQUEST_HEADERS_MAX = 200;
/** How much is read of further requests while one is unanswered; the rest stays with the client. */
export const PIPELINED_BYTES_MAX = 64 * 1024;
/** A body that comes more slowly on average gets no more time than a silent connection. */
export const SLOW_BODY_BYTES_PER_SECOND_MIN = 16 * 1024;
/** How much of a streamed body is taken before its head is written, if it is there at once. */
export const EARLY_BYTES_MAX = 64 * 1024;
/** Time between two checks of how long connections have been silent. */
export const LOOK_MS_MAX = 1_000;
export const LOOK_MS_MIN = 5;
/** How long incomplete heads are awaited when the program stops; then they are cut. */
export const STOP_MS_MAX = 100;

/** Time between two checks of certificate and key files: how late a change is seen unwatched. */
export const FILES_POLL_MS = 10_000;
/** Certificate and key are two files: both are read once nothing has changed for this long. */
export const FILES_SETTLE_MS = 100;
/** A certificate that expires within this time causes a warning each time it is read. */
export const TLS_EXPIRY_WARNING_MS = 7 * 24 * 3600 * 1000;

/**
 * Time between two paced checks, such as those of workers and of the event loop, while there are
 * some requests; and up to how many requests this is often enough. A check may use another time for
 * more.
 */
export const CALM_LOOK_MS = 500;
export const CALM_NOTES_MAX = 50;

// Workers.

/**
 * How often the main thread checks its workers (events, readiness, whether they are alive); and how
 * often while nothing happens.
 */
export const WORKER_LOOK_INTERVAL_MS = 100;
export const WORKER_LOOK_IDLE_MS = 5_000;
/**
 * Events of one worker that the main thread has not taken yet. A worker asks for a check when this
 * is half full; what still does not fit is lost and counted. All of it becomes resident sooner or
 * later.
 */
export const EVENT_RING_BYTES = 512 * 1024;
/** Labels in the events of one worker; events with other labels beyond that are written in full. */
export const EVENT_STRINGS_BYTES = 16 * 1024;
/**
 * Checks without a sign of life after which a worker is ended and replaced: half a minute in which
 * the main thread itself was running.
 */
export const WORKER_SILENT_LOOKS_MAX = 300;
/** A single thread without a sign of life for this long is said to hang; time between signs. */
export const HANG_MS = 5_000;
export const HANG_BEAT_MS = 2_000;
/** Pause before a failed worker is replaced; doubled with each failure in a row. */
export const WORKER_RESTART_MS_MIN = 100;
export const WORKER_RESTART_MS_MAX = 10_000;
/** A worker that served for this long has not failed in a row. */
export const WORKER_STEADY_MS = 60_000;
/** Time between two reads of the tables of counts: a count grows by at most 2^32 in it. */
export const COUNT_LOOK_INTERVAL_MS = 10_000;
/** Body of a request to one of the program's own pages; a larger one gets a 413. */
export const PAGE_REQUEST_BYTES_MAX = 2 * 1024 * 1024;

// Metrics and spans.

/** Policies with their own counters; the others are counted as "other". */
export const POLICY_LABELS_MAX = 100;
/** A policy with a longer id is counted as "other". */
export const POLICY_LABEL_CHARS_MAX = 256;
/** Upstreams, and providers, with their own counters. */
export const UPSTREAM_LABELS_MAX = 32;
export const PROVIDER_LABELS_MAX = 32;

/** Time between two checks of how late the event loop runs; and while there are no requests. */
export const LOOP_DELAY_INTERVAL_MS = 20;
export const LOOP_DELAY_IDLE_MS = 10_000;
/** The greatest delay is that of this period and the one before it. */
export const LOOP_DELAY_WINDOW_MS = 30_000;

/** Share of the requests without a valid traceparent whose spans are exported. */
export const SPAN_SAMPLE_RATIO = 0.01;
/** Spans that wait for their export; further ones are lost and counted. */
export const SPAN_QUEUE_MAX = 2048;
/** Spans in one export; if this many are waiting, they are sent at once. */
export const SPAN_BATCH_MAX = 512;
/** The longest that a span waits while no other export is in progress. */
export const SPAN_EXPORT_INTERVAL_MS = 5000;
/** Time for one export; after that, its spans are lost and counted. */
export const SPAN_EXPORT_TIMEOUT_MS = 10_000;

/** How often the program's own metrics are exported, and the time for one export. */
export const SELF_METRICS_INTERVAL_MS = 60_000;
export const SELF_METRICS_TIMEOUT_MS = 10_000;

/** Redirects of an exporter that one scrape follows: as many as Prometheus would. */
export const SCRAPE_REDIRECTS_MAX = 10;
