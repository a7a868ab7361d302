// Field numbers of Loki's push messages. Source: grafana/loki, pkg/push/push.proto.

import { tagOf, WireType } from "../../../core/protobuf/index.ts";

const { bytes, varint } = WireType;

export const PushTag = { streams: tagOf(1, bytes) } as const;
export const StreamTag = {
  labels: tagOf(1, bytes),
  entries: tagOf(2, bytes),
  hash: tagOf(3, varint),
} as const;
export const EntryTag = {
  timestamp: tagOf(1, bytes),
  line: tagOf(2, bytes),
  metadata: tagOf(3, bytes),
  /** Of the timestamp. */
  seconds: tagOf(1, varint),
  nanos: tagOf(2, varint),
} as const;
export const PairTag = { name: tagOf(1, bytes), text: tagOf(2, bytes) } as const;
