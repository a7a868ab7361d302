// A growing byte array that is written from its start.

import { copyBytes } from "../bytes.ts";
import { digitOf } from "../hex.ts";

const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** By character: 1 if it is ASCII and needs no escape within quotes. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, code) => {
  const isPrintable = code >= 0x20 && code < 0x7f;
  return isPrintable && code !== QUOTE && code !== BACKSLASH ? 1 : 0;
});

/** Collects bytes; `finish` returns them. */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private used = 0;

  /** `bytesExpected`: the first size; the right size from the start avoids all copies. */
  constructor(bytesExpected = 256) {
    this.bytes = new Uint8Array(bytesExpected);
  }

  private reserve(length: number): void {
    if (this.used + length <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.used + length, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
  }

  get length(): number {
    return this.used;
  }

  /** Removes everything that was written after so many bytes. */
  cut(length: number): void {
    this.used = length;
  }

  /** Appends source[start, end). */
  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.used = copyBytes(source, start, end, this.bytes, this.used);
  }

  /**
   * Appends source[start, end) if these are ASCII characters that need no escapes within quotes;
   * false: they are not, and nothing is appended.
   */
  plain(source: Uint8Array, start: number, end: number): boolean {
    this.reserve(end - start);
    const { bytes } = this;
    let at = this.used;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      if (IS_PLAIN[byte] === 0) return false;
      bytes[at++] = byte;
    }
    this.used = at;
    return true;
  }

  /** Appends one byte. */
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.used++] = value;
  }

  /** Appends ASCII text. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    const { bytes, used } = this;
    for (let i = 0; i < length; i++) bytes[used + i] = text.charCodeAt(i);
    this.used = used + length;
  }

  /** Appends this many decimal digits of a whole number from 0 on, including leading zeros. */
  digits(value: number, count: number): void {
    this.reserve(count);
    const { bytes, used } = this;
    let rest = value;
    for (let at = used + count - 1; at >= used; at--) {
      const higher = Math.floor(rest / 10);
      bytes[at] = ZERO + (rest - higher * 10);
      rest = higher;
    }
    this.used = used + count;
  }

  /** Appends a whole number from 0 to 2^53 as decimal digits. */
  decimal(value: number): void {
    let count = 1;
    for (let above = 10; value >= above; above *= 10) count++;
    this.digits(value, count);
  }

  /** Appends bytes as lower-case hexadecimal. */
  hex(source: Uint8Array, start: number, end: number): void {
    this.reserve(2 * (end - start));
    const { bytes } = this;
    let at = this.used;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      bytes[at++] = digitOf(byte >> 4);
      bytes[at++] = digitOf(byte & 15);
    }
    this.used = at;
  }

  /** Starts again in the same memory. */
  clear(): void {
    this.used = 0;
  }

  /** What was written; valid until more is written. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.used);
  }

  /** What was written, as an array of exactly that length. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.used === this.bytes.length ? this.bytes : this.bytes.slice(0, this.used);
  }
}
