// Encoded messages in which parts are replaced. Every byte that is not named stays as it is.

import { joinBytes } from "../../../../core/bytes.ts";
import {
  bytesField,
  FieldCursor,
  varintSize,
  writeVarint,
} from "../../../../core/protobuf/index.ts";
import { MAP_DEPTH_MAX } from "../../../../core/limits.ts";

/** Of smaller parts it does not matter how many fields they have. */
const LARGE_BYTES_MIN = 16 * 1024;
const checker = new FieldCursor();

/** Whether all fields of the message bytes[start, end) are whole. */
export function isWellFormed(bytes: Uint8Array, start: number, end: number): boolean {
  checker.open(bytes, start, end);
  let more = true;
  while (more) more = checker.next();
  return checker.fault < 0;
}

/**
 * Fields of a message, and of what may be one in it, if that is large; as far as it is read, and
 * hardly more than `max`.
 */
export function fieldsIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  max: number,
  depth = 0,
): number {
  const cursor = new FieldCursor();
  let fields = 0;
  cursor.open(bytes, start, end);
  while (fields <= max && cursor.next()) {
    fields++;
    const isLarge = cursor.stop - cursor.start > LARGE_BYTES_MIN && depth < MAP_DEPTH_MAX;
    if (isLarge) fields += fieldsIn(bytes, cursor.start, cursor.stop, max - fields, depth + 1);
  }
  return fields;
}

/** A copy of bytes[start, end) in the making: changes are named from its front to its back. */
export class Splice {
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private read: number;
  private readonly parts: Uint8Array[] = [];

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.read = start;
    this.end = end;
  }

  /** Puts `text` in place of [from, to). */
  replace(from: number, to: number, text: Uint8Array): this {
    if (from > this.read) this.parts.push(this.bytes.subarray(this.read, from));
    if (text.length > 0) this.parts.push(text);
    this.read = to;
    return this;
  }

  /** Gives the length-delimited field whose length is at `lengthAt` another payload. */
  replacePayload(lengthAt: number, stop: number, payload: Uint8Array): this {
    const length = new Uint8Array(varintSize(payload.length));
    writeVarint(length, 0, payload.length);
    return this.replace(lengthAt, lengthAt, length).replace(lengthAt, stop, payload);
  }

  finish(): Uint8Array {
    return joinBytes(this.replace(this.end, this.end, NOTHING).parts);
  }
}

export const NOTHING = new Uint8Array(0);

/**
 * The message bytes[start, end) with `field`, a whole field or nothing, in place of the last field
 * `tag`, or at its end when there is none. Other occurrences go: a singular field has one value.
 */
export function withField(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  field: Uint8Array,
): Uint8Array {
  const out = new Splice(bytes, start, end);
  const cursor = new FieldCursor();
  let lastAt = -1;
  let lastStop = end;
  cursor.open(bytes, start, end);
  while (cursor.next()) {
    if (cursor.tag !== tag) continue;
    if (lastAt >= 0) out.replace(lastAt, lastStop, NOTHING);
    lastAt = cursor.fieldAt;
    lastStop = cursor.stop;
  }
  return out.replace(lastAt < 0 ? end : lastAt, lastStop, field).finish();
}

/** The message bytes[start, end) with `fields` behind the last field `tag`, or at its end. */
export function withAppended(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  fields: readonly Uint8Array[],
): Uint8Array {
  const cursor = new FieldCursor();
  let at = end;
  cursor.open(bytes, start, end);
  while (cursor.next()) if (cursor.tag === tag) at = cursor.stop;
  return new Splice(bytes, start, end).replace(at, at, joinBytes(fields)).finish();
}

/** A field of a list of KeyValue, whose value is a whole field, too. */
export function entryField(
  tag: number,
  keyTag: number,
  key: Uint8Array,
  value: Uint8Array,
): Uint8Array {
  return bytesField(tag, bytesField(keyTag, key), value);
}
