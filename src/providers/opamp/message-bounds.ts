// Bounds on what a message may hold, checked on its bytes before anything is decoded, because a few
// bytes can cost many objects and strings. Must not know what configurations mean.

import { joinBytes } from "../../core/bytes.ts";
import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import {
  OPAMP_ENTRIES_MAX,
  OPAMP_ENTRY_NAME_BYTES_MAX,
  OPAMP_FIELDS_MAX,
  OPAMP_OTHER_BYTES_MAX,
} from "../../core/limits.ts";

const REMOTE_CONFIG = tagOf(3, WireType.bytes);
/** Uid, error response, offers of connections, identification; others are not decoded. */
const DECODED: ReadonlySet<number> = new Set([1, 2, 4, 8].map((at) => tagOf(at, WireType.bytes)));
const CONFIG = tagOf(1, WireType.bytes);
const CONFIG_MAP = tagOf(1, WireType.bytes);
const ENTRY_NAME = tagOf(1, WireType.bytes);
const ENTRY_FILE = tagOf(2, WireType.bytes);
const CONTENT_TYPE = tagOf(2, WireType.bytes);

const NAME_BYTES = OPAMP_ENTRY_NAME_BYTES_MAX;
const LONG_NAME = `an entry's name or content type has more than ${NAME_BYTES} bytes`;
const MANY_ENTRIES = `the configuration holds more than ${OPAMP_ENTRIES_MAX} entries`;

/** A message that costs little to decode. */
export interface BoundedMessage {
  /** Without its configuration, when that is beyond the bounds. */
  readonly message: Uint8Array;
  readonly refused: RefusedConfig | undefined;
}

/** A configuration beyond the bounds. */
export interface RefusedConfig {
  readonly reason: string;
  /** What is in it beside its entries, as a message. */
  readonly rest: Uint8Array;
}

/** Of a ServerToAgent. Throws when it is malformed, or as a whole more than is read. */
export function boundServerMessage(bytes: Uint8Array): BoundedMessage {
  const scan = new Scan(bytes);
  let otherBytes = 0;
  for (const field of scan.fields(0, bytes.length)) {
    if (field.tag === REMOTE_CONFIG) scan.config(field.start, field.stop);
    else if (DECODED.has(field.tag)) otherBytes += field.stop - field.start;
  }
  if (otherBytes > OPAMP_OTHER_BYTES_MAX) {
    throw new Error(`holds more than ${OPAMP_OTHER_BYTES_MAX} bytes beside its configuration`);
  }
  const { excess: reason } = scan;
  if (reason === undefined) return { message: bytes, refused: undefined };
  const rest = [...new Scan(bytes).fields(0, bytes.length)]
    .filter(({ tag }) => tag === REMOTE_CONFIG)
    .map(({ start, stop }) => without(bytes, start, stop, CONFIG));
  return {
    message: without(bytes, 0, bytes.length, REMOTE_CONFIG),
    refused: { reason, rest: joinBytes(rest) },
  };
}

/** Of an AgentRemoteConfig: why it is not read. Throws as boundServerMessage. */
export function excessOf(bytes: Uint8Array): string | undefined {
  const scan = new Scan(bytes);
  scan.config(0, bytes.length);
  return scan.excess;
}

/** A field of a message: its tag, where it begins, and its payload. */
type Field = Readonly<Pick<FieldCursor, "tag" | "fieldAt" | "start" | "stop">>;

/** One look at a message; it ends as soon as there is too much of something. */
class Scan {
  excess: string | undefined;
  readonly #bytes: Uint8Array;
  #fields = 0;
  #entries = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  *fields(start: number, stop: number): Generator<Field, void> {
    const cursor = new FieldCursor();
    const bytes = this.#bytes;
    cursor.open(bytes, start, stop);
    for (;;) {
      // They are skipped with all that is in them, and no message of OpAMP has any.
      const isGroup = cursor.at < stop && ((bytes[cursor.at] ?? 0) & 7) === WireType.group;
      if (isGroup) throw new Error("holds a group");
      if (!cursor.next()) break;
      if (++this.#fields > OPAMP_FIELDS_MAX) {
        throw new Error(`holds more than ${OPAMP_FIELDS_MAX} fields`);
      }
      const { tag, fieldAt } = cursor;
      yield { tag, fieldAt, start: cursor.start, stop: cursor.stop };
    }
    cursor.check();
  }

  config(start: number, stop: number): void {
    for (const config of this.fields(start, stop)) {
      if (config.tag !== CONFIG) continue;
      for (const entry of this.fields(config.start, config.stop)) {
        if (this.excess !== undefined) break;
        if (entry.tag === CONFIG_MAP) this.#entry(entry);
      }
    }
  }

  #entry({ start, stop }: Field): void {
    if (++this.#entries > OPAMP_ENTRIES_MAX) this.excess = MANY_ENTRIES;
    for (const field of this.fields(start, stop)) {
      if (field.tag === ENTRY_NAME) this.#name(field);
      if (field.tag !== ENTRY_FILE) continue;
      for (const part of this.fields(field.start, field.stop)) {
        if (part.tag === CONTENT_TYPE) this.#name(part);
      }
    }
  }

  #name({ start, stop }: Field): void {
    if (stop - start > NAME_BYTES) this.excess ??= LONG_NAME;
  }
}

/** A message without one of its fields. */
function without(bytes: Uint8Array, start: number, stop: number, tag: number): Uint8Array {
  const kept = [...new Scan(bytes).fields(start, stop)]
    .filter((field) => field.tag !== tag)
    .map((field) => bytes.subarray(field.fieldAt, field.stop));
  // Messages behind each other are one, merged.
  return joinBytes(kept);
}
