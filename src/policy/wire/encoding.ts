// The encodings of sync messages, for code that sends messages without reading them.

/** The encoding of sync requests. */
export type SyncEncoding = "json" | "protobuf";

export const SYNC_CONTENT_TYPES = {
  json: "application/json",
  protobuf: "application/x-protobuf",
} as const satisfies Record<SyncEncoding, string>;

/** The message's name in content types: `application/protobuf; proto=` and this. */
export const POLICY_SET_MESSAGE = "opentelemetry.proto.policies.v1development.PolicySet";
