// JSON strings to UTF-8 and back, over bytes. Unescaping expects what the scanner has accepted.

import { digitOf, hexDigit } from "../hex.ts";
import { writeCodePoint } from "../utf8.ts";
import { LONG_VALUE_BYTES_MIN } from "../limits.ts";
import { BACKSLASH, knownValues, QUOTE } from "./scan.ts";

/** Reusable bytes for short-lived results, which stay unchanged until `reset`. */
export class Scratch {
  bytes: Uint8Array<ArrayBuffer>;
  used = 0;
  /** What was unescaped last: text[from, to), followed by a zero byte, which no JSON contains. */
  text: Uint8Array;
  from = 0;
  to = 0;

  /** `bytesMin`: the first size; it doubles as needed and never shrinks. */
  constructor(bytesMin = 256) {
    this.text = this.bytes = new Uint8Array(bytesMin);
  }

  /** Forgets everything that was handed out. */
  reset(): void {
    this.used = 0;
  }

  /** Makes room in `bytes` for so many more after `used`. */
  reserve(length: number): void {
    if (this.used + length <= this.bytes.length) return;
    // A new array without a copy: ranges of the old one stay valid for whoever holds them.
    this.bytes = new Uint8Array(Math.max(length, this.bytes.length * 2));
    this.used = 0;
  }
}

/** A scratch that one large document made larger than this is released. */
const SCRATCH_BYTES_KEPT_MAX = 1 << 20;

/** Ends the use of a scratch: nothing that it handed out is needed any more. */
export function releaseScratch(scratch: Scratch): void {
  scratch.reset();
  scratch.text = scratch.bytes;
  if (scratch.bytes.length > SCRATCH_BYTES_KEPT_MAX) {
    scratch.text = scratch.bytes = new Uint8Array(256);
  }
}

/**
 * Writes the text of the JSON string between the quotes, bytes[start, end), to `out` from `at`;
 * returns the offset after it. It is never longer than the source. Lone surrogates become U+FFFD,
 * other bytes are copied.
 */
export function unescapeInto(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number;
    if (c !== BACKSLASH) {
      out[at++] = c;
      continue;
    }
    const escape = bytes[++i] as number;
    if (escape !== 0x75) {
      out[at++] = simpleEscape(escape);
      continue;
    }
    let code = hex4(bytes, i + 1);
    i += 4;
    if (code >= 0xd800 && code <= 0xdfff) {
      const pair = code < 0xdc00 ? lowSurrogate(bytes, i + 1, end) : -1;
      if (pair >= 0) {
        code = 0x10000 + ((code - 0xd800) << 10) + (pair - 0xdc00);
        i += 6;
      } else code = 0xfffd;
    }
    at = writeCodePoint(out, at, code);
  }
  return at;
}

/**
 * Unescapes the string between the quotes, bytes[start, end), into `scratch`, whose `text`, `from`
 * and `to` say where: after its earlier results, or where it was unescaped in advance.
 */
export function unescapeToScratch(
  bytes: Uint8Array,
  start: number,
  end: number,
  scratch: Scratch,
): void {
  if (end - start >= LONG_VALUE_BYTES_MIN - 1 && isKnown(bytes, start, scratch)) return;
  scratch.reserve(end - start + 1);
  const { bytes: out, used } = scratch;
  scratch.text = out;
  scratch.from = used;
  scratch.to = unescapeInto(bytes, start, end, out, used);
  out[scratch.to] = 0;
  scratch.used = scratch.to + 1;
}

/** Whether the string was unescaped in advance; `scratch` then says where. */
function isKnown(bytes: Uint8Array, start: number, scratch: Scratch): boolean {
  const values = knownValues(bytes);
  const range = values?.strings.get(start - 1);
  if (values?.inner === undefined || range === undefined) return false;
  scratch.text = values.inner.text;
  scratch.from = range.from;
  scratch.to = range.to;
  return true;
}

/** The text of the string in a new array, or a view of `bytes` if it has no escapes. */
export function unescaped(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const text = bytes.subarray(start, end);
  if (!text.includes(BACKSLASH)) return text;
  const out = new Uint8Array(end - start);
  return out.subarray(0, unescapeInto(bytes, start, end, out, 0));
}

function simpleEscape(c: number): number {
  if (c === 0x6e) return 0x0a;
  if (c === 0x74) return 0x09;
  if (c === 0x72) return 0x0d;
  if (c === 0x62) return 0x08;
  return c === 0x66 ? 0x0c : c;
}

function hex4(bytes: Uint8Array, at: number): number {
  return (
    (hexDigit(bytes[at] as number) << 12) |
    (hexDigit(bytes[at + 1] as number) << 8) |
    (hexDigit(bytes[at + 2] as number) << 4) |
    hexDigit(bytes[at + 3] as number)
  );
}

/** The low surrogate that is escaped at `at`, or -1. */
function lowSurrogate(bytes: Uint8Array, at: number, end: number): number {
  if (at + 6 > end || bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75) return -1;
  const code = hex4(bytes, at + 2);
  return code >= 0xdc00 && code <= 0xdfff ? code : -1;
}

/** Second character of the short escape of a control character, or 0. */
function shortEscape(c: number): number {
  if (c === 0x0a) return 0x6e;
  if (c === 0x09) return 0x74;
  if (c === 0x0d) return 0x72;
  if (c === 0x08) return 0x62;
  if (c === 0x0c) return 0x66;
  return c === QUOTE || c === BACKSLASH ? c : 0;
}

/** By byte: 1 if it must be escaped between quotes. */
const ESCAPED = new Uint8Array(256);
ESCAPED.fill(1, 0, 0x20);
ESCAPED[QUOTE] = ESCAPED[BACKSLASH] = 1;

/** Length of the text bytes[start, end) between the quotes of a JSON string. */
export function escapedLength(bytes: Uint8Array, start: number, end: number): number {
  let length = end - start;
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number;
    if (c < 0x20 || c === QUOTE || c === BACKSLASH) length += shortEscape(c) > 0 ? 1 : 5;
  }
  return length;
}

/**
 * Writes the UTF-8 text bytes[start, end) to `out` from `at` as it is written between the quotes of
 * a JSON string; returns the offset after it. Bytes that are not UTF-8 are copied.
 */
export function escapeInto(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  // Most texts need no escape: they are copied four bytes at a time, and checked on the way.
  let to = at;
  let escapes = 0;
  let i = start;
  for (; i + 4 <= end; i += 4, to += 4) {
    const a = bytes[i] as number;
    const b = bytes[i + 1] as number;
    const c = bytes[i + 2] as number;
    const d = bytes[i + 3] as number;
    escapes |= (ESCAPED[a] as number) | (ESCAPED[b] as number);
    escapes |= (ESCAPED[c] as number) | (ESCAPED[d] as number);
    out[to] = a;
    out[to + 1] = b;
    out[to + 2] = c;
    out[to + 3] = d;
  }
  for (; i < end; i++) {
    const c = bytes[i] as number;
    escapes |= ESCAPED[c] as number;
    out[to++] = c;
  }
  return escapes === 0 ? to : escapeEach(bytes, start, end, out, at);
}

function escapeEach(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number;
    if (ESCAPED[c] === 0) out[at++] = c;
    else at = escapeByte(c, out, at);
  }
  return at;
}

function escapeByte(c: number, out: Uint8Array, at: number): number {
  out[at++] = BACKSLASH;
  const short = shortEscape(c);
  if (short > 0) {
    out[at] = short;
    return at + 1;
  }
  out[at++] = 0x75;
  out[at++] = 0x30;
  out[at++] = 0x30;
  out[at++] = digitOf(c >> 4);
  out[at++] = digitOf(c & 15);
  return at;
}

/** The JSON string literal, with quotes, of a UTF-8 text. Bytes that are not UTF-8 are copied. */
export function quoteJson(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(escapedLength(text, 0, text.length) + 2);
  out[0] = QUOTE;
  out[escapeInto(text, 0, text.length, out, 1)] = QUOTE;
  return out;
}
