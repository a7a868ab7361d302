// Finds what an encoded AnyValue holds, by protobuf's rules for a oneof: the last member wins, and
// consecutive occurrences of a message member merge. It reads one level and does not look inside.

import { FieldCursor } from "../../../../core/protobuf/index.ts";
import { ANY_VALUE_TYPES, AnyValueTag } from "./tags.ts";

const doubleView = new DataView(new ArrayBuffer(8));

/** The little-endian double at bytes[at, at + 8). */
export function doubleAt(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) doubleView.setUint8(i, bytes[at + i] as number);
  return doubleView.getFloat64(0, true);
}

/** Whether this is the tag of a member of AnyValue's oneof. */
export function isMember(tag: number): boolean {
  switch (tag) {
    case AnyValueTag.string:
    case AnyValueTag.bool:
    case AnyValueTag.int:
    case AnyValueTag.double:
    case AnyValueTag.array:
    case AnyValueTag.kvlist:
    case AnyValueTag.bytes:
      return true;
    default:
      return false;
  }
}

/** One scan; the fields hold the result until the next one. */
export class AnyValueScan {
  /** Tag of the member, or 0 when none is set. */
  member = 0;
  /** Where the member's last occurrence has its length, for length-delimited ones. */
  lengthAt = 0;
  start = 0;
  stop = 0;
  hi = 0;
  lo = 0;
  /** Where the row of equal members begins that makes up the value. */
  rowAt = 0;
  /** Occurrences of any member. */
  members = 0;
  private readonly cursor = new FieldCursor();

  /** False when bytes[start, end) is malformed, or a member has another wire type than its own. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    const cursor = this.cursor;
    this.member = 0;
    this.members = 0;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      const tag = cursor.tag;
      if (!isMember(tag)) {
        if (ANY_VALUE_TYPES.isMistyped(tag)) return false;
        continue;
      }
      if (tag !== this.member) {
        this.member = tag;
        this.rowAt = cursor.fieldAt;
      }
      this.members++;
      this.lengthAt = cursor.lengthAt;
      this.start = cursor.start;
      this.stop = cursor.stop;
      this.hi = cursor.hi;
      this.lo = cursor.lo;
    }
    return cursor.fault < 0;
  }
}
