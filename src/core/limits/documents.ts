// Bounds of what people write, and of the sources of policies; a part of limits.ts.

/** Nesting of objects and lists in a policy file or a sync response; a deeper one is refused. */
export const DOCUMENT_DEPTH_MAX = 200;
/** Far more than any value needs; reading a longer number would take quadratic time. */
export const NUMBER_CHARS_MAX = 400;

// Policy files and control planes.

/** Depth and characters, as JSON, of a policy's settings for an extension; beyond it, an error. */
export const EXTENSION_CONFIG_DEPTH_MAX = 64;
export const EXTENSION_CONFIG_CHARS_MAX = 1024 * 1024;
/** A larger policy file is refused, and the previous set stays. */
export const POLICY_FILE_BYTES_MAX = 16_777_216;
/** YAML up to this size is read by the serving thread; larger files by a thread of their own. */
export const YAML_INLINE_CHARS_MAX = 16_384;
/** Such a thread is ended after this time, and its file is refused. */
export const YAML_READ_MS_MAX = 30_000;
/** Tokens that the exact reader reads: it can say nothing about a larger file that needs it. */
export const YAML_TOKENS_MAX = 1_000_000;
/** The size of a file with its aliases expanded; a larger one is refused. */
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
/** How often a file that changes while it is read is tried again, before the next check. */
export const FILE_UNSTABLE_READS_MAX = 3;

/** Policies of one provider's set; a larger set is refused, and the previous one stays. */
export const POLICIES_PER_SET_MAX = 100_000;
/** Values in one policy, including those in lists and objects; a policy with more is inert. */
export const POLICY_VALUES_MAX = 10_000;
/** Bytes of one policy in protobuf; a larger one is inert. */
export const POLICY_MESSAGE_BYTES_MAX = 262_144;
/** Characters of a policy's id and name; a policy with more is inert. */
export const POLICY_NAME_CHARS_MAX = 1000;
/** Characters of the hash in a control plane's response; a longer hash is ignored. */
export const SYNC_HASH_CHARS_MAX = 1000;
/** A longer response of a control plane is refused; counted after decompression. */
export const SYNC_RESPONSE_BYTES_MAX = 33_554_432;
/** How often policy files are checked, in addition to notices from the file system. */
export const FILE_INTERVAL_MS_DEFAULT = 5_000;
export const SYNC_TIMEOUT_MS_DEFAULT = 10_000;
export const SYNC_INTERVAL_MS_DEFAULT = 60_000;
/** A control plane may ask for a shorter interval, but not below this. */
export const SYNC_INTERVAL_MS_MIN = 1_000;
/** It may ask for a longer interval, but for at most this many times the configured one. */
export const SYNC_INTERVAL_STRETCH_MAX = 3;
/** Each wait is shorter than its interval by up to this share, so that instances spread out. */
export const SYNC_INTERVAL_JITTER = 0.1;
/** First wait after a failed sync; doubled after each further failure. */
export const SYNC_RETRY_MS_MIN = 1_000;
/** The longest wait after a failed sync is the poll interval, within these bounds. */
export const SYNC_RETRY_CEILING_MS_MIN = 5_000;
export const SYNC_RETRY_CEILING_MS_MAX = 60_000;
/** A `Retry-After` of the control plane is honoured up to this. */
export const SYNC_RETRY_AFTER_MS_MAX = 300_000;
/** Without a response by then, the first policies come from the cache. */
export const SYNC_CACHE_GRACE_MS = 1_000;
/**
 * A last sync ends this long before the time to stop is over, so that its failure can be reported.
 */
export const SYNC_STOP_MARGIN_MS = 20;
/** OpAMP: how often a server is told that this program is alive, or asked for news. */
export const OPAMP_INTERVAL_MS_DEFAULT = 30_000;
/** OpAMP: entries of a configuration; one with more is rejected. */
export const OPAMP_ENTRIES_MAX = 1_000;
/** OpAMP: bytes of an entry's name and of its content type. */
export const OPAMP_ENTRY_NAME_BYTES_MAX = 1_000;
/** OpAMP: fields of a message that are read, including those of its configuration. */
export const OPAMP_FIELDS_MAX = 10_000;
/** OpAMP: bytes of everything that is read of a message, apart from its configuration. */
export const OPAMP_OTHER_BYTES_MAX = 1_048_576;
/** OpAMP: bytes of a configuration's hash; a longer hash is ignored. */
export const OPAMP_HASH_BYTES_MAX = 1_000;
/** OpAMP: the last uids of a program; servers may still respond to each of them. */
export const OPAMP_UIDS_KNOWN_MAX = 20;
/** OpAMP: faulty policies that a server is told by name, and characters of the errors of each. */
export const OPAMP_FAULTY_POLICIES_TOLD_MAX = 100;
export const OPAMP_FAULT_CHARS_MAX = 500;
/** How often it is reported again that the first policies of a provider are missing. */
export const MISSING_POLICIES_REMINDER_MS = 60_000;
/** Characters of all errors in one sync request; beyond it, only which policies have errors. */
export const SYNC_ERROR_CHARS_MAX = 1_048_576;
/** Characters of a control plane's own error message that are repeated. */
export const SYNC_MESSAGE_CHARS_MAX = 500;

// Configuration.

/** Largest configuration file, in bytes; a larger one is refused. */
export const CONFIG_FILE_BYTES_MAX = 1024 * 1024;
/** A configuration file in YAML, in characters, and its values, including those behind aliases. */
export const CONFIG_YAML_CHARS_MAX = 64 * 1024;
export const CONFIG_YAML_NODES_MAX = 20_000;
/** Nesting of objects and lists; a deeper file is refused. */
export const CONFIG_DEPTH_MAX = 64;
/** Longest text of one value. */
export const CONFIG_TEXT_CHARS_MAX = 8192;
/** Problems that are shown for one configuration; the rest is counted. */
export const CONFIG_PROBLEMS_SHOWN_MAX = 50;
/** Problems that are examined closely, so that a file full of them is refused without delay. */
export const CONFIG_PROBLEMS_EXPLAINED_MAX = 200;
/** Largest certificate or key file that `validate` reads. */
export const PEM_BYTES_MAX = 1024 * 1024;
