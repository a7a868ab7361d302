// Values that were found but not yet reported. If an object repeats a member, the later one
// replaces what the earlier one brought, so nothing is reported before the whole object has been
// seen. One flat array, reused.

import { decodeBase64 } from "../../../../core/base64.ts";
import { grownInts } from "../../../../core/bytes.ts";
import { int64ToNumber, type Int64Out, parseInt64 } from "../../../../core/int64.ts";
import { CODED_BYTES_MAX } from "../../../../core/limits.ts";
import { parseDouble, type Scratch, unescapeToScratch } from "../../../../core/json/index.ts";
import type { FieldValues, ValuePuts } from "../../../../policy/record-port.ts";

/** What a found value is. Its `end` is complemented when the text has escapes. */
export const Found = {
  /** Nothing, null or an empty AnyValue. */
  nothing: 0,
  /** Not of the type that the member must have. */
  odd: 1,
  string: 2,
  base64: 3,
  int: 4,
  double: 5,
  /** `start` is 1 for true. */
  bool: 6,
  array: 7,
  map: 8,
  /** `start` is the number itself. */
  number: 9,
  /** An id: hex digits, or what is sent instead. */
  id: 10,
} as const;

const STRIDE = 4;
/** A bit of the slot. */
const ELEMENT = 1 << 30;
const ENTRIES_MIN = 64;
/** More room than this, which a single large record made necessary, is let go after its request. */
const ENTRIES_KEPT_MAX = 65_536;

export class BufferedValues {
  /** Slot (-1: cancelled), kind, start and end of each. */
  private entries = new Int32Array(ENTRIES_MIN * STRIDE);
  count = 0;
  /** Of all that must be decoded. */
  private codedBytes = 0;
  private readonly int64: Int64Out = new Int32Array(2);

  push(slot: number, kind: number, start: number, end: number): void {
    if (kind === Found.base64 || kind === Found.id) {
      this.codedBytes += (end < 0 ? ~end : end) - start;
    }
    let at = this.count * STRIDE;
    if (at === this.entries.length) this.grow();
    const entries = this.entries;
    entries[at++] = slot;
    entries[at++] = kind;
    entries[at++] = start;
    entries[at] = end;
    this.count++;
  }

  /** A value that is an element of the array that was put there. */
  pushElement(slot: number, kind: number, start: number, end: number): void {
    this.push(slot | ELEMENT, kind, start, end);
  }

  /** Forgets all. */
  clear(): void {
    this.count = this.codedBytes = 0;
  }

  /** Ends a request. */
  release(): void {
    this.clear();
    if (this.entries.length > ENTRIES_KEPT_MAX * STRIDE) {
      this.entries = new Int32Array(ENTRIES_MIN * STRIDE);
    }
  }

  private grow(): void {
    this.entries = grownInts(this.entries, this.entries.length * 2);
  }

  /** Takes back those in [from, to). */
  cancel(from: number, to: number): void {
    for (let i = from; i < to; i++) this.entries[i * STRIDE] = -1;
  }

  /** Moves those in [from, to) behind all others; returns where they begin. */
  moveToEnd(from: number, to: number): number {
    const start = this.count;
    for (let at = from * STRIDE; at < to * STRIDE; at += STRIDE) {
      const [slot = -1, kind = 0, begin = 0, end = 0] = this.entries.subarray(at, at + STRIDE);
      this.push(slot, kind, begin, end);
    }
    this.cancel(from, to);
    return start;
  }

  /**
   * Reports all, in their order, and forgets them. Texts that must be decoded go to `scratch`.
   * False: they are too long to be decoded, and nothing was reported.
   */
  flush(values: FieldValues, bytes: Uint8Array, scratch: Scratch): boolean {
    const entries = this.entries;
    const last = this.count * STRIDE;
    this.count = 0;
    if (this.codedBytes > CODED_BYTES_MAX) {
      this.codedBytes = 0;
      return false;
    }
    this.codedBytes = 0;
    for (let at = 0; at < last; at += STRIDE) {
      const marked = entries[at] as number;
      if (marked < 0) continue;
      const slot = marked & ~ELEMENT;
      const to = slot === marked ? values : values.elements;
      const kind = entries[at + 1] as number;
      const start = entries[at + 2] as number;
      const end = entries[at + 3] as number;
      if (end < 0) this.putEscaped(to, slot, kind, bytes, start, ~end, scratch);
      else if (kind === Found.string) to.putString(slot, bytes, start, end);
      else this.put(to, slot, kind, bytes, start, end, scratch);
    }
    return true;
  }

  private putEscaped(
    values: ValuePuts,
    slot: number,
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    scratch: Scratch,
  ): void {
    unescapeToScratch(bytes, start, end, scratch);
    const { from, text, to } = scratch;
    if (kind === Found.string) values.putString(slot, text, from, to);
    else this.put(values, slot, kind, text, from, to, scratch);
  }

  private put(
    values: ValuePuts,
    slot: number,
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    scratch: Scratch,
  ): void {
    if (kind === Found.number) values.putInt(slot, start < 0 ? -1 : 0, start);
    else if (kind === Found.bool) values.putBool(slot, start === 1);
    else if (kind === Found.int) this.putInt(values, slot, bytes, start, end);
    else if (kind === Found.double) putDouble(values, slot, bytes, start, end);
    else if (kind === Found.id) putId(values, slot, bytes, start, end, scratch);
    else if (kind === Found.base64) putBase64(values, slot, bytes, start, end, scratch);
    else values.putComposite(slot);
  }

  /**
   * 64 bits exactly; also `1e3` and `5.0`, which protobuf accepts. Others exist without a value.
   */
  private putInt(
    values: ValuePuts,
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (parseInt64(bytes, start, end, this.int64)) {
      values.putInt(slot, this.int64[0] as number, this.int64[1] as number);
      return;
    }
    const number = parseDouble(bytes, start, end);
    const hi = Math.floor(number / 4294967296);
    if (Number.isSafeInteger(number) && int64ToNumber(hi, number | 0) === number) {
      values.putInt(slot, hi, number | 0);
    } else values.putComposite(slot);
  }
}

/** The doubles that JSON writes as strings: `NaN`, `Infinity` and `-Infinity`. */
function namedDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  const spelled = (text: string): boolean => {
    if (text.length !== end - start) return false;
    for (let i = 0; i < text.length; i++) {
      if (bytes[start + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  };
  if (spelled("NaN")) return Number.NaN;
  if (spelled("Infinity")) return Number.POSITIVE_INFINITY;
  return spelled("-Infinity") ? Number.NEGATIVE_INFINITY : undefined;
}

function putDouble(
  values: ValuePuts,
  slot: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const number = parseDouble(bytes, start, end);
  if (number === number) {
    values.putDouble(slot, number);
    return;
  }
  const named = namedDouble(bytes, start, end);
  if (named === undefined) values.putComposite(slot);
  else values.putDouble(slot, named);
}

/** The characters of ASCII with upper-case letters among them. */
const UPPER_ROW = 1 << 2;

/** Puts an id's text with A to F in lower case; one of zeros is none. Validity is not checked. */
function putId(
  values: ValuePuts,
  slot: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  scratch: Scratch,
): void {
  // Digits of ids are random, so nothing branches on them: which rows of ASCII they are from, and
  // which bits tell one of them from 0.
  let rows = 0;
  let others = 0;
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number;
    rows |= 1 << (c >> 5);
    others |= c ^ 0x30;
  }
  if (others === 0) return;
  if ((rows & UPPER_ROW) === 0) {
    values.putString(slot, bytes, start, end);
    return;
  }
  scratch.reserve(end - start);
  const from = scratch.used;
  const out = scratch.bytes;
  for (let i = start, at = from; i < end; i++, at++) {
    const c = bytes[i] as number;
    out[at] = c >= 0x41 && c <= 0x46 ? c | 0x20 : c;
  }
  scratch.used = from + (end - start);
  values.putString(slot, out, from, scratch.used);
}

function putBase64(
  values: ValuePuts,
  slot: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  scratch: Scratch,
): void {
  scratch.reserve(end - start);
  const from = scratch.used;
  const behind = decodeBase64(bytes, start, end, scratch.bytes, from);
  if (behind < 0) {
    values.putComposite(slot);
    return;
  }
  scratch.used = behind;
  values.putBytes(slot, scratch.bytes, from, behind);
}
