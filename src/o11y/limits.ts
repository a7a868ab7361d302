// Bounds of the log and the metrics: name, unit last, default, and what happens when one is
// reached.

/** Characters of one value in a text line; the rest is cut and an ellipsis put. */
export const LOG_VALUE_CHARS_MAX = 2_000;
/**
 * Characters that wait for standard error; when a stalled reader lets it fill, new lines are
 * dropped and counted.
 */
export const LOG_BUFFER_CHARS_MAX = 1_048_576;
/** A fuller buffer is written at once. */
export const LOG_FLUSH_CHARS = 16_384;
/** The longest that a line below `warn` waits. */
export const LOG_FLUSH_INTERVAL_MS = 200;
/** Period over which repeating warnings are summed up. */
export const LOG_REPEAT_PERIOD_MS = 10_000;
/** Kinds of repeating warnings told apart within one period; further ones are counted together. */
export const LOG_REPEAT_KEYS_MAX = 256;

/** Policies with counters of their own; the others are counted as "other". */
export const POLICY_LABELS_MAX = 100;
/** Upstreams, and providers, with counters of their own. */
export const UPSTREAM_LABELS_MAX = 32;
export const PROVIDER_LABELS_MAX = 32;

/** Distance of two looks at how late the event loop runs. */
export const LOOP_DELAY_INTERVAL_MS = 20;
/** The greatest delay is that of this period and the one before it. */
export const LOOP_DELAY_WINDOW_MS = 30_000;

/** Share of the requests without a valid traceparent of which the spans are exported. */
export const SPAN_SAMPLE_RATIO = 0.01;
/** Spans that wait for their export; further ones are lost and counted. */
export const SPAN_QUEUE_MAX = 2048;
/** Spans of one export; as many that wait are sent at once. */
export const SPAN_BATCH_MAX = 512;
/** The longest that a span waits while no other export is on its way. */
export const SPAN_EXPORT_INTERVAL_MS = 5000;
/** Time for one export; after it its spans are lost and counted. */
export const SPAN_EXPORT_TIMEOUT_MS = 10_000;
