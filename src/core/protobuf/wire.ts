// The protobuf wire format as a cursor over bytes: fields by offset, nothing decoded into objects,
// nothing allocated. It knows no schema. Source: protobuf.dev/programming-guides/encoding.

import { UndecodableError } from "../errors.ts";
import { GROUP_DEPTH_MAX } from "../limits.ts";

/** The low three bits of a tag. */
export const WireType = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  group: 3,
  groupEnd: 4,
  fixed32: 5,
} as const;
export type WireTypeIndex = (typeof WireType)[keyof typeof WireType];

/** Bytes of the longest varint that is read, canonical or not. */
export const VARINT_BYTES_MAX = 10;

const NOTHING = new Uint8Array(0);

/** The tag of a field as the cursor reports it. */
export function tagOf(field: number, wireType: WireTypeIndex): number {
  return (field << 3) | wireType;
}

/**
 * Walks the fields of one message. After `next()` has returned true, the public fields describe one
 * field; after it has returned false, the message has ended, or `fault` says where it is malformed.
 * Wire types are reported, not checked: a known field number with another wire type is an unknown
 * field, and the caller compares whole tags.
 */
export class FieldCursor {
  bytes: Uint8Array = NOTHING;
  /** Offset of the next field. */
  at = 0;
  /** End of the message. */
  end = 0;
  /** Field number and wire type of the current field, see tagOf. */
  tag = 0;
  /** Offset of its tag. */
  fieldAt = 0;
  /** Offset of its length, for wire type `bytes`. */
  lengthAt = 0;
  /** Its payload: for a varint its bytes, for a group everything after the start tag. */
  start = 0;
  stop = 0;
  /** Value of a varint field: 64 bits in two signed halves. */
  hi = 0;
  lo = 0;
  /** Offset of the malformation, or -1. */
  fault = -1;
  private faultText = "";

  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.fault = -1;
  }

  next(): boolean {
    let at = this.at;
    const end = this.end;
    if (at >= end) return false;
    const bytes = this.bytes;
    this.fieldAt = at;
    let tag = bytes[at] as number;
    if (tag < 0x80) {
      at++;
    } else {
      at = this.varint(at, end);
      if (at < 0) return false;
      if (this.hi !== 0) return this.fail("field number out of range", this.fieldAt);
      tag = this.lo;
    }
    if (tag >>> 3 === 0) return this.fail("field number 0", this.fieldAt);
    this.tag = tag;
    if ((tag & 7) !== WireType.bytes) return this.scalar(tag, at, end);
    this.lengthAt = at;
    if (at >= end) return this.fail("length is missing", at);
    let size = bytes[at] as number;
    if (size < 0x80) {
      at++;
    } else {
      at = this.varint(at, end);
      if (at < 0) return false;
      size = this.hi === 0 ? this.lo : -1;
    }
    if (size < 0 || size > end - at) {
      return this.fail("length runs past the end of the message", this.lengthAt);
    }
    this.start = at;
    this.stop = this.at = at + size;
    return true;
  }

  /** Throws if the walk ended at a malformation. */
  check(): void {
    if (this.fault >= 0) throw new UndecodableError(`protobuf: ${this.faultText}`, this.fault);
  }

  private scalar(tag: number, at: number, end: number): boolean {
    this.start = at;
    let stop = at;
    switch (tag & 7) {
      case WireType.varint:
        stop = this.varint(at, end);
        break;
      case WireType.fixed64:
        stop = at + 8;
        break;
      case WireType.fixed32:
        stop = at + 4;
        break;
      case WireType.group:
        stop = this.skipGroup(tag >>> 3, at, end);
        break;
      case WireType.groupEnd:
        return this.fail("group ends that did not begin", this.fieldAt);
      default:
        return this.fail(`wire type ${tag & 7} does not exist`, this.fieldAt);
    }
    if (stop < 0) return false;
    if (stop > end) return this.fail("fixed-size value is cut off", at);
    this.stop = this.at = stop;
    return true;
  }

  /**
   * Reads a varint into hi and lo; returns the offset after it, or -1 after a fault. Bits above 64
   * are ignored.
   */
  private varint(start: number, end: number): number {
    const bytes = this.bytes;
    const last = start + VARINT_BYTES_MAX < end ? start + VARINT_BYTES_MAX : end;
    let lo = 0;
    let hi = 0;
    let shift = 0;
    for (let at = start; at < last; at++) {
      const byte = bytes[at] as number;
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (shift - 32);
      if (byte < 0x80) {
        this.lo = lo;
        this.hi = hi;
        return at + 1;
      }
      shift += 7;
    }
    const cut = end - start < VARINT_BYTES_MAX;
    this.fail(cut ? "varint is cut off" : "varint is longer than 10 bytes", start);
    return -1;
  }

  /** The offset after the end tag of group `field`, or -1 after a fault. */
  private skipGroup(field: number, start: number, end: number): number {
    const inner = new FieldCursor();
    const open: number[] = [field];
    let at = start;
    while (at < end) {
      const next = inner.groupStep(this.bytes, at, end, open);
      if (next < 0) {
        this.fail(inner.faultText, inner.fault);
        return -1;
      }
      at = next;
      if (open.length === 0) return at;
    }
    this.fail("group does not end", this.fieldAt);
    return -1;
  }

  /** Reads one field inside groups; `open` holds the numbers of the groups that have begun. */
  private groupStep(bytes: Uint8Array, at: number, end: number, open: number[]): number {
    this.open(bytes, at, end);
    const afterTag = this.varint(at, end);
    if (afterTag < 0) return -1;
    const tag = this.lo;
    const type = tag & 7;
    if (type !== WireType.group && type !== WireType.groupEnd) return this.next() ? this.at : -1;
    this.fieldAt = at;
    if (this.hi !== 0 || tag >>> 3 === 0) this.fail("field number out of range", at);
    else if (type === WireType.group) {
      if (open.length >= GROUP_DEPTH_MAX) {
        this.fail(`groups nested deeper than ${GROUP_DEPTH_MAX}`, at);
      }
      open.push(tag >>> 3);
    } else if (open.pop() !== tag >>> 3) this.fail("group ends that did not begin", at);
    return this.fault < 0 ? afterTag : -1;
  }

  private fail(text: string, offset: number): false {
    this.faultText = text;
    this.fault = offset;
    this.at = this.end;
    return false;
  }
}

/**
 * Payloads of all fields `tag` of the message, one after the other. By protobuf's rules this is the
 * merged message if a singular message field occurs more than once. Undefined if one of several is
 * malformed, because its end must not run on into the next one. The message must be well-formed.
 */
export function joinPayloads(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
): Uint8Array | undefined {
  const cursor = new FieldCursor();
  const part = new FieldCursor();
  let size = 0;
  let parts = 0;
  let isWhole = true;
  cursor.open(bytes, start, end);
  while (cursor.next()) {
    if (cursor.tag !== tag) continue;
    parts++;
    size += cursor.stop - cursor.start;
    part.open(bytes, cursor.start, cursor.stop);
    while (part.next());
    if (part.fault >= 0) isWhole = false;
  }
  if (parts > 1 && !isWhole) return undefined;
  const joined = new Uint8Array(size);
  let at = 0;
  cursor.open(bytes, start, end);
  while (cursor.next()) {
    if (cursor.tag !== tag) continue;
    joined.set(bytes.subarray(cursor.start, cursor.stop), at);
    at += cursor.stop - cursor.start;
  }
  return joined;
}
