// Bounds of what people write, and of where policies come from; a part of limits.ts.

/** Objects and lists within one another, of a policy file or a sync response; else refused. */
export const DOCUMENT_DEPTH_MAX = 200;
/** Far more than any value needs; a longer number would take the time of its square. */
export const NUMBER_CHARS_MAX = 400;

// Policy files and control planes.

/** Depth and characters, as JSON, of what a policy configures of an extension; else an error. */
export const EXTENSION_CONFIG_DEPTH_MAX = 64;
export const EXTENSION_CONFIG_CHARS_MAX = 1024 * 1024;
/** A larger policy file is refused, the set before it stays. */
export const POLICY_FILE_BYTES_MAX = 16_777_216;
/** YAML up to this size is read by the thread that serves; what is larger, by one of its own. */
export const YAML_INLINE_CHARS_MAX = 16_384;
/** Such a thread is ended after this time, and the file refused. */
export const YAML_READ_MS_MAX = 30_000;
/** Pieces that the exact reader looks at: of a larger file that needs it nothing can be said. */
export const YAML_TOKENS_MAX = 1_000_000;
/** What a file comes to when its aliases are written out; a file of more is refused. */
export const YAML_UNFOLDED_CHARS_MAX = 67_108_864;
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

/** Policies of one provider's set; what holds more is refused, and the set before it stays. */
export const POLICIES_PER_SET_MAX = 100_000;
/** Values in one policy, those in lists and objects included; a policy with more is inert. */
export const POLICY_VALUES_MAX = 10_000;
/** Bytes of one policy in protobuf; a larger one is inert. */
export const POLICY_MESSAGE_BYTES_MAX = 262_144;
/** Characters of a policy's id and name; a policy with more is inert. */
export const POLICY_NAME_CHARS_MAX = 1000;
/** Of the hash of a control plane's answer; a longer one counts as none. */
export const SYNC_HASH_CHARS_MAX = 1000;
/** A longer answer of a control plane is refused; counted after decompression. */
export const SYNC_RESPONSE_BYTES_MAX = 33_554_432;
/** How often policy files are looked at, beside the notices of the file system. */
export const FILE_INTERVAL_MS_DEFAULT = 5_000;
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
/** Without a response by then, the first policies come from the cache. */
export const SYNC_CACHE_GRACE_MS = 1_000;
/**
 * A last sync ends this long before the time to stop is over, so that its failure can be told.
 */
export const SYNC_STOP_MARGIN_MS = 20;
/** OpAMP: how often a server is told that this program lives, or asked for news. */
export const OPAMP_INTERVAL_MS_DEFAULT = 30_000;
/** OpAMP: entries of a configuration; one with more has failed. */
export const OPAMP_ENTRIES_MAX = 1_000;
/** OpAMP: bytes of an entry's name and of its content type. */
export const OPAMP_ENTRY_NAME_BYTES_MAX = 1_000;
/** OpAMP: fields of a message that are looked at, those of its configuration included. */
export const OPAMP_FIELDS_MAX = 10_000;
/** OpAMP: bytes of all that is read of a message beside its configuration. */
export const OPAMP_OTHER_BYTES_MAX = 1_048_576;
/** OpAMP: bytes of a configuration's hash; a longer one counts as none. */
export const OPAMP_HASH_BYTES_MAX = 1_000;
/** OpAMP: the last uids of a program; servers may still answer to each of them. */
export const OPAMP_UIDS_KNOWN_MAX = 20;
/** OpAMP: policies with errors that a server is told by name, and characters of each's errors. */
export const OPAMP_FAULTY_POLICIES_TOLD_MAX = 100;
export const OPAMP_FAULT_CHARS_MAX = 500;
/** How often it is said again that the first policies of a provider are missing. */
export const MISSING_POLICIES_REMINDER_MS = 60_000;
/** Characters of all errors in one sync request; beyond it, only which policies have some. */
export const SYNC_ERROR_CHARS_MAX = 1_048_576;
/** Characters of a control plane's own error message that are repeated. */
export const SYNC_MESSAGE_CHARS_MAX = 500;

// Configuration.

/** Largest configuration file, in bytes; a larger one is refused. */
export const CONFIG_FILE_BYTES_MAX = 1024 * 1024;
/** One in YAML, in characters, and the values in it, those behind aliases included. */
export const CONFIG_YAML_CHARS_MAX = 64 * 1024;
export const CONFIG_YAML_NODES_MAX = 20_000;
/** Objects and lists within one another; a deeper file is refused. */
export const CONFIG_DEPTH_MAX = 64;
/** Longest text of one value. */
export const CONFIG_TEXT_CHARS_MAX = 8192;
/** Problems that are shown of one configuration; the rest is counted. */
export const CONFIG_PROBLEMS_SHOWN_MAX = 50;
/** Problems that are looked at closely, so that a file full of them is refused without delay. */
export const CONFIG_PROBLEMS_EXPLAINED_MAX = 200;
/** Largest certificate or key file that `validate` reads. */
export const PEM_BYTES_MAX = 1024 * 1024;
