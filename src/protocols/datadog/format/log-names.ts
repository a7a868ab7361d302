// Names of the members of a Datadog log that have a meaning of their own, each list in order of
// precedence. Source: Datadog, "Send logs" (API v2) and "Pipelines: preprocessing for JSON logs".

export const BODY_NAMES = ["message", "msg", "log"] as const;
export const STATUS_NAMES = ["status", "level", "severity"] as const;
export const TAGS_NAME = "ddtags";
export const HOST_NAME = "hostname";

/** Where a message that the Google Cloud forwarder wrapped in a document has its text. */
export const INNER_BODY_NAMES = [
  "data.jsonPayload.message",
  "data.jsonPayload.body",
  "data.jsonPayload.log",
] as const;
