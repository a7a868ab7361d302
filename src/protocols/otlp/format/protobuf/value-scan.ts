// Finds what the value of an entry, or of a body, is when its field may come in several parts: they
// merge, so that of scalars the last counts and maps join. What a later part hides can be left out.

import { joinBytes } from "../../../../core/bytes.ts";
import { bytesField, FieldCursor, joinPayloads } from "../../../../core/protobuf/index.ts";
import { ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import { AnyValueScan, isMember } from "./any-value.ts";
import { NOTHING, Splice, withField } from "./splice.ts";
import { AnyValueTag } from "./tags.ts";

/** The AnyValue in the fields `tag` of a message; the results stay until the next scan. */
export class ValueScan {
  readonly any = new AnyValueScan();
  /** The bytes that it is in, [start, stop): those of the message, or of the joined parts. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  stop = 0;
  /** Occurrences of the field, and where the last one has its length. */
  parts = 0;
  lengthAt = 0;
  private readonly cursor = new FieldCursor();

  /** False when it is malformed. */
  scan(bytes: Uint8Array, start: number, end: number, tag: number): boolean {
    const { cursor } = this;
    this.parts = 0;
    this.start = this.stop = start;
    this.bytes = bytes;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== tag) continue;
      this.parts++;
      this.lengthAt = cursor.lengthAt;
      this.start = cursor.start;
      this.stop = cursor.stop;
    }
    if (cursor.fault >= 0) return false;
    if (this.parts > 1) {
      const joined = joinPayloads(bytes, start, end, tag);
      if (joined === undefined) return false;
      this.bytes = joined;
      this.start = 0;
      this.stop = joined.length;
    }
    return this.any.scan(this.bytes, this.start, this.stop);
  }

  /** Kind of the value; absent when no member is set. */
  get kind(): ValueKindIndex {
    return this.any.member === 0 ? ValueKind.absent : kindOfMember(this.any.member);
  }

  /** Text of a value of kind string. */
  get text(): Uint8Array {
    return this.bytes.subarray(this.any.start, this.any.stop);
  }

  /** Whether anything is there that a later part or member hides, or that merges. */
  get isComposed(): boolean {
    return this.parts > 1 || this.any.members > 1;
  }

  /** The value as one field `tag`: what counts, and what nobody knows. */
  asOneField(tag: number): Uint8Array {
    const { any, bytes, cursor } = this;
    const merges = any.member === AnyValueTag.array || any.member === AnyValueTag.kvlist;
    const out = new Splice(bytes, this.start, this.stop);
    let last = -1;
    let lastStop = -1;
    cursor.open(bytes, this.start, this.stop);
    while (cursor.next()) {
      if (!isMember(cursor.tag) || (merges && cursor.fieldAt >= any.rowAt)) continue;
      if (last >= 0) out.replace(last, lastStop, NOTHING);
      last = cursor.fieldAt;
      lastStop = cursor.stop;
    }
    // The last member is the one that counts, unless a row of lists is.
    if (merges && last >= 0) out.replace(last, lastStop, NOTHING);
    return bytesField(tag, out.finish());
  }

  /**
   * The message that was scanned with a single map, or array, in the field: the one that it has, of
   * which the payload is `list`.
   */
  withList(message: Uint8Array, start: number, end: number, tag: number, list: Uint8Array) {
    const { any, cursor } = this;
    if (!this.isComposed) {
      const value = new Splice(this.bytes, this.start, this.stop)
        .replacePayload(any.lengthAt, any.stop, list)
        .finish();
      return new Splice(message, start, end)
        .replacePayload(this.lengthAt, this.stop, value)
        .finish();
    }
    const rest: Uint8Array[] = [];
    cursor.open(this.bytes, this.start, this.stop);
    while (cursor.next()) {
      if (!isMember(cursor.tag)) rest.push(this.bytes.subarray(cursor.fieldAt, cursor.stop));
    }
    const value = bytesField(tag, bytesField(any.member, list), joinBytes(rest));
    return withField(message, start, end, tag, value);
  }
}

export function kindOfMember(member: number): ValueKindIndex {
  switch (member) {
    case AnyValueTag.string:
      return ValueKind.string;
    case AnyValueTag.bool:
      return ValueKind.bool;
    case AnyValueTag.int:
      return ValueKind.int;
    case AnyValueTag.double:
      return ValueKind.double;
    case AnyValueTag.bytes:
      return ValueKind.bytes;
    default:
      return ValueKind.composite;
  }
}
