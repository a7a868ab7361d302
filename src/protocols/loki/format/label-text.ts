// The labels of a stream as protobuf bodies write them: `{app="shop", env="prod"}`, a selector of
// which all matchers are equalities. Found by offset; texts without escapes are the bytes that came
// in. Loki reads them as Prometheus reads a metric: a name before the brace, which is not looked at
// here, and comments are fine. Source: Prometheus, "Expression language basics".

import { hexDigit } from "../../../core/hex.ts";
import type { Scratch } from "../../../core/json/index.ts";
import { isDigit, isLetter } from "./label-names.ts";

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const [COMMENT, NEWLINE] = [0x23, 0x0a];
const BACKTICK = 0x60;
const [DOUBLE, SINGLE] = [0x22, 0x27];
const [UNDERSCORE, COLON] = [0x5f, 0x3a];

/** After `next()` returned true the public fields describe one label. */
export class LabelCursor {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the opening brace is. */
  openAt = 0;
  /** What stands between the delimiters around it, spaces included. */
  from = 0;
  to = 0;
  nameStart = 0;
  nameEnd = 0;
  /** The literal, with its quotes. */
  literalStart = 0;
  literalEnd = 0;
  /** Its text: in `texts`, which is the input or the scratch. */
  texts: Uint8Array = this.bytes;
  start = 0;
  end = 0;
  /** Set when the labels cannot be read to their end. */
  isOdd = false;
  private at = 0;
  private stop = 0;
  /** The closing brace was read. */
  private isOver = false;
  private readonly scratch: Scratch;

  /** `scratch`: takes the texts of literals that have escapes. */
  constructor(scratch: Scratch) {
    this.scratch = scratch;
  }

  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.stop = end;
    this.isOdd = this.isOver = false;
    let at = this.skipSpace(start);
    const nameAt = at;
    while (at < end && isInName(bytes[at] as number, at === nameAt)) at++;
    this.openAt = at = this.skipSpace(at);
    if (at >= end || bytes[at] !== OPEN) this.fail();
    this.at = at + 1;
  }

  next(): boolean {
    if (this.isOdd || this.isOver) return false;
    const { bytes } = this;
    const from = this.at;
    let at = this.skipSpace(from);
    if (at < this.stop && bytes[at] === CLOSE) return this.finish(at);
    this.nameStart = at;
    while (at < this.stop && isInName(bytes[at] as number, at === this.nameStart)) at++;
    this.nameEnd = at;
    at = this.skipSpace(at);
    if (this.nameEnd === this.nameStart || bytes[at] !== EQUALS || at >= this.stop) {
      return this.fail();
    }
    at = this.skipSpace(at + 1);
    this.literalStart = at;
    at = this.readLiteral(at);
    if (at < 0) return this.fail();
    this.literalEnd = at;
    at = this.skipSpace(at);
    const c = at < this.stop ? bytes[at] : undefined;
    if (c !== COMMA && c !== CLOSE) return this.fail();
    this.from = from;
    this.to = at;
    if (c === CLOSE) return this.finish(at) || !this.isOdd;
    this.at = at + 1;
    return true;
  }

  /** At the closing brace; there is no label any more. */
  private finish(at: number): false {
    this.isOver = true;
    if (this.skipSpace(at + 1) < this.stop) this.fail();
    return false;
  }

  private fail(): false {
    this.isOdd = true;
    return false;
  }

  private skipSpace(at: number): number {
    const { bytes, stop } = this;
    while (at < stop) {
      const c = bytes[at] as number;
      if (c === COMMENT) while (at < stop && bytes[at] !== NEWLINE) at++;
      else if (c !== 0x20 && c !== 0x09 && c !== NEWLINE && c !== 0x0d) return at;
      else at++;
    }
    return at;
  }

  /** Offset behind the literal at `at`; -1: it is none. */
  private readLiteral(at: number): number {
    const { bytes, stop } = this;
    const quote = bytes[at];
    if (quote !== DOUBLE && quote !== SINGLE && quote !== BACKTICK) return -1;
    const start = at + 1;
    let hasEscapes = false;
    for (at = start; at < stop; at++) {
      const c = bytes[at];
      if (c === quote) {
        this.texts = bytes;
        this.start = start;
        this.end = at;
        return hasEscapes && !this.unescape(start, at) ? -1 : at + 1;
      }
      if (c !== BACKSLASH || quote === BACKTICK) continue;
      hasEscapes = true;
      at++;
    }
    return -1;
  }

  private unescape(start: number, end: number): boolean {
    const { bytes, scratch } = this;
    // An escape is never shorter than what it stands for.
    scratch.reserve(end - start);
    this.texts = scratch.bytes;
    this.start = scratch.used;
    for (let at = start; at < end;) {
      if (bytes[at] !== BACKSLASH) {
        scratch.bytes[scratch.used++] = bytes[at++] as number;
        continue;
      }
      const size = writeEscape(bytes, at + 1, end, scratch);
      if (size === 0) return false;
      at += 1 + size;
    }
    this.end = scratch.used;
    return true;
  }
}

function isInName(c: number, isFirst: boolean): boolean {
  return isLetter(c) || c === UNDERSCORE || c === COLON || (!isFirst && isDigit(c));
}

/** One character behind the backslash, and what it stands for. */
const SIMPLE = new Map<number, number>(
  Object.entries({
    a: 7,
    b: 8,
    f: 12,
    n: 10,
    r: 13,
    t: 9,
    v: 11,
    "\\": 0x5c,
    '"': 0x22,
    "'": 0x27,
  }).map(([c, byte]) => [c.charCodeAt(0), byte]),
);
/** Digits of a number behind `x`, `u` and `U`. */
const HEX_DIGITS = new Map([
  [0x78, 2],
  [0x75, 4],
  [0x55, 8],
]);

/** Writes the escape whose character behind the backslash is at `at`; its length, 0 for none. */
function writeEscape(bytes: Uint8Array, at: number, end: number, scratch: Scratch): number {
  const c = bytes[at] as number;
  const simple = SIMPLE.get(c);
  if (simple !== undefined) {
    scratch.bytes[scratch.used++] = simple;
    return 1;
  }
  const hexDigits = HEX_DIGITS.get(c);
  const isOctal = c >= 0x30 && c <= 0x37;
  if (hexDigits === undefined && !isOctal) return 0;
  const from = isOctal ? at : at + 1;
  const to = from + (hexDigits ?? 3);
  const value = to > end ? -1 : numberIn(bytes, from, to, isOctal ? 8 : 16);
  if (value < 0) return 0;
  if (isOctal || hexDigits === 2) {
    if (value > 0xff) return 0;
    scratch.bytes[scratch.used++] = value;
  } else {
    const isCharacter = value < 0xd800 || (value > 0xdfff && value <= 0x10ffff);
    if (!isCharacter) return 0;
    writeCharacter(value, scratch);
  }
  return to - at;
}

function numberIn(bytes: Uint8Array, start: number, end: number, base: 8 | 16): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = hexDigit(bytes[at] as number);
    if (digit < 0 || digit >= base) return -1;
    value = value * base + digit;
  }
  return value;
}

function writeCharacter(code: number, scratch: Scratch): void {
  const { bytes } = scratch;
  if (code < 0x80) bytes[scratch.used++] = code;
  else if (code < 0x800) bytes[scratch.used++] = 0xc0 | (code >> 6);
  else if (code < 0x10000) bytes[scratch.used++] = 0xe0 | (code >> 12);
  else {
    bytes[scratch.used++] = 0xf0 | (code >> 18);
    bytes[scratch.used++] = 0x80 | ((code >> 12) & 0x3f);
  }
  if (code >= 0x800) bytes[scratch.used++] = 0x80 | ((code >> 6) & 0x3f);
  if (code >= 0x80) bytes[scratch.used++] = 0x80 | (code & 0x3f);
}

/** A literal for the text, in double quotes. Bytes that are no UTF-8 are copied. */
export function quoteLabel(text: Uint8Array): Uint8Array {
  const out: number[] = [DOUBLE];
  for (const c of text) {
    if (c === DOUBLE || c === BACKSLASH) out.push(BACKSLASH, c);
    else if (c >= 0x20) out.push(c);
    else out.push(...hexEscape(c));
  }
  out.push(DOUBLE);
  return Uint8Array.from(out);
}

/** `\n`, or `\x1b`. */
function hexEscape(c: number): readonly number[] {
  if (c === 0x0a) return [BACKSLASH, 0x6e];
  const digit = (value: number): number => (value < 10 ? 0x30 + value : 0x57 + value);
  return [BACKSLASH, 0x78, digit(c >> 4), digit(c & 15)];
}
