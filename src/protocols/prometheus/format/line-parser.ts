// Takes one line of an exposition apart: text format 0.0.4, OpenMetrics 1.0 and 2.0, and the quoted
// UTF-8 names of Prometheus 3. It only finds ranges: it makes no strings and allocates nothing per
// line. Of what comes after the value (timestamp, exemplars), it looks only at the strings.

import { SAMPLE_PARTS_MAX } from "../../../core/limits.ts";
import { UnescapeBuffer } from "./unescape.ts";

/** What a line of an exposition is. */
export const LineKind = {
  blank: 0,
  comment: 1,
  help: 2,
  type: 3,
  unit: 4,
  eof: 5,
  sample: 6,
  /** Neither a comment nor a sample. */
  unreadable: 7,
} as const;
/** The number of a kind of line. */
export type LineKindIndex = (typeof LineKind)[keyof typeof LineKind];

const TAB = 0x09;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const COMMA = 0x2c;
const COLON = 0x3a;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Bytes of unquoted names: letters, digits, underscore, colon. */
const NAME_BYTE = new Uint8Array(256);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") {
  NAME_BYTE[char.charCodeAt(0)] = 1;
}
const FIRST_DIGIT = 0x30;
const LAST_DIGIT = 0x39;

/** The shortest value that a string follows: `1#{a="`. */
const EXEMPLAR_BYTES_MIN = 6;

const NUMBER_WORDS = ["nan", "inf", "infinity"] as const;

/** How many numbers describe one label in `labels`. */
export const LABEL_WIDTH = 5;
/** Their order: ranges without quotes, and whether each has escapes (1: the name, 2: the value). */
export const LabelAt = {
  nameStart: 0,
  nameEnd: 1,
  valueStart: 2,
  valueEnd: 3,
  escapes: 4,
} as const;

/**
 * Finds the parts of one line, which are in its fields, as positions in the bytes, until the next.
 *
 * @example
 * const parser = new LineParser();
 * if (parser.parse(bytes, 0, bytes.length) === LineKind.sample) {
 *   const name = bytes.subarray(parser.nameStart, parser.nameEnd);
 * }
 */
export class LineParser {
  /** Name of the sample or of the metadata's family, unescaped: nameBytes[nameStart, nameEnd). */
  nameBytes: Uint8Array = new Uint8Array(0);
  nameStart = 0;
  nameEnd = 0;
  /** Labels of the sample, LABEL_WIDTH numbers each, of the line's own bytes. */
  labels = new Int32Array(LABEL_WIDTH * 32);
  labelCount = 0;
  /** Where the labels begin, after the brace; 0 if the sample has no braces. */
  labelsStart = 0;
  /** Text of the metadata, in the line's own bytes, still escaped. */
  textStart = 0;
  textEnd = 0;
  /**
   * Where a quoted string begins, after its quote, that the line does not end; -1: there is none.
   */
  openAt = -1;
  private readonly unescaped = new UnescapeBuffer();
  /** End of the quoted string that was read last, and whether it has escapes. */
  private quoteEnd = 0;
  private quoteEscaped = false;

  /** Reads the line bytes[start, end), which ends before its newline. */
  parse(bytes: Uint8Array, start: number, end: number): LineKindIndex {
    this.openAt = -1;
    // A carriage return before the newline is not part of the last token.
    const stop = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    const at = skipBlanks(bytes, start, stop);
    if (at === stop) return LineKind.blank;
    if (bytes[at] === HASH) return this.comment(bytes, at, stop);
    return this.sample(bytes, at, stop) ? LineKind.sample : LineKind.unreadable;
  }

  /**
   * Reads the rest of a sample whose beginning, up to `at`, is known: its name and, possibly,
   * labels up to the end of a value. `labels` then contains only the other labels. False if it is
   * not a sample.
   */
  resume(bytes: Uint8Array, at: number, end: number): boolean {
    const stop = bytes[end - 1] === RETURN ? end - 1 : end;
    this.openAt = -1;
    this.labelCount = 0;
    let next = at;
    if (bytes[at - 1] === QUOTE) {
      next = skipBlanks(bytes, at, stop);
      if (next >= stop) return false;
      if (bytes[next] === COMMA) next++;
      else if (bytes[next] !== CLOSE) return false;
    }
    next = this.labelList(bytes, next, stop, true);
    if (next < 0) return false;
    next = skipBlanks(bytes, next, stop);
    if (!isValue(bytes, next, stop)) return false;
    if (stop - next < EXEMPLAR_BYTES_MIN) return true;
    this.skipExemplars(bytes, next, stop);
    return this.openAt < 0;
  }

  private comment(bytes: Uint8Array, start: number, stop: number): LineKindIndex {
    const at = skipBlanks(bytes, start + 1, stop);
    if (at === start + 1) return LineKind.comment;
    if (isEof(bytes, at, stop)) return LineKind.eof;
    const kind = keywordAt(bytes, at, stop);
    if (kind === LineKind.comment) return kind;
    const from = skipBlanks(bytes, at + 4, stop);
    if (from === stop || !this.metadataName(bytes, from, stop)) return LineKind.comment;
    const text = skipBlanks(bytes, this.textStart, stop);
    if (text === this.textStart && text < stop) return LineKind.comment;
    this.textStart = text;
    this.textEnd = stop;
    return kind;
  }

  /** Reads the name at `at` and leaves its end in `textStart`. */
  private metadataName(bytes: Uint8Array, at: number, stop: number): boolean {
    if (bytes[at] === QUOTE) {
      if (!this.quoted(bytes, at, stop)) return false;
      this.textStart = this.quoteEnd + 1;
      this.takeQuotedName(bytes, at + 1);
      return true;
    }
    let end = at;
    while (end < stop && !isBlank(bytes[end] as number)) end++;
    this.nameBytes = bytes;
    this.nameStart = at;
    this.nameEnd = end;
    this.textStart = end;
    return true;
  }

  private sample(bytes: Uint8Array, start: number, stop: number): boolean {
    this.labelCount = 0;
    this.labelsStart = 0;
    this.nameBytes = bytes;
    this.nameStart = start;
    const first = bytes[start] as number;
    if (first >= FIRST_DIGIT && first <= LAST_DIGIT) return false;
    let at = start;
    while (at < stop && NAME_BYTE[bytes[at] as number] === 1) at++;
    this.nameEnd = at;
    const named = at > start;
    at = skipBlanks(bytes, at, stop);
    if (at < stop && bytes[at] === OPEN && !(named && isComposite(bytes, at, stop))) {
      this.labelsStart = at + 1;
      at = this.labelList(bytes, at + 1, stop, named);
      if (at < 0) return false;
      at = skipBlanks(bytes, at, stop);
    } else if (!named || at === this.nameEnd) return false;
    if (!isValue(bytes, at, stop)) return false;
    if (stop - at >= EXEMPLAR_BYTES_MIN) this.skipExemplars(bytes, at, stop);
    return true;
  }

  /** Checks what follows the value for a string that is still open at the end. */
  private skipExemplars(bytes: Uint8Array, start: number, stop: number): void {
    let at = start;
    while (at < stop && bytes[at] !== HASH) at++;
    for (; at < stop; at++) {
      if (bytes[at] !== QUOTE) continue;
      if (!this.quoted(bytes, at, stop)) return;
      at = this.quoteEnd;
    }
  }

  /** Reads labels up to the closing brace; returns the position after it, or -1. */
  private labelList(bytes: Uint8Array, start: number, stop: number, named: boolean): number {
    let hasName = named;
    let at = start;
    for (;;) {
      at = skipBlanks(bytes, at, stop);
      if (at >= stop) return -1;
      if (bytes[at] === CLOSE) return hasName ? at + 1 : -1;
      let nameStart = at;
      let escapes = 0;
      let nameEnd: number;
      const isQuoted = bytes[at] === QUOTE;
      if (isQuoted) {
        if (!this.quoted(bytes, at, stop)) return -1;
        nameStart = at + 1;
        nameEnd = this.quoteEnd;
        at = nameEnd + 1;
        if (this.quoteEscaped) escapes = 1;
      } else {
        while (at < stop && NAME_BYTE[bytes[at] as number] === 1) at++;
        nameEnd = at;
        if (nameEnd === nameStart) return -1;
      }
      at = skipBlanks(bytes, at, stop);
      if (at < stop && bytes[at] === EQUALS) {
        at = skipBlanks(bytes, at + 1, stop);
        if (at >= stop || bytes[at] !== QUOTE || !this.quoted(bytes, at, stop)) return -1;
        if (this.quoteEscaped) escapes |= 2;
        if (this.labelCount === SAMPLE_PARTS_MAX) return -1;
        this.addLabel(nameStart, nameEnd, at + 1, escapes);
        at = this.quoteEnd + 1;
      } else {
        // A quoted string without a value is the name of the metric.
        if (!isQuoted || hasName) return -1;
        hasName = true;
        this.takeQuotedName(bytes, nameStart);
      }
      at = skipBlanks(bytes, at, stop);
      if (at >= stop) return -1;
      if (bytes[at] === COMMA) at++;
      else if (bytes[at] !== CLOSE) return -1;
    }
  }

  private addLabel(nameStart: number, nameEnd: number, valueStart: number, escapes: number): void {
    const at = this.labelCount * LABEL_WIDTH;
    if (at === this.labels.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.labels);
      this.labels = larger;
    }
    const { labels } = this;
    labels[at] = nameStart;
    labels[at + 1] = nameEnd;
    labels[at + 2] = valueStart;
    labels[at + 3] = this.quoteEnd;
    labels[at + 4] = escapes;
    this.labelCount++;
  }

  /** Finds the end of the quoted string whose opening quote is at `at`. */
  private quoted(bytes: Uint8Array, at: number, stop: number): boolean {
    let escaped = false;
    for (let i = at + 1; i < stop; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) {
        this.quoteEnd = i;
        this.quoteEscaped = escaped;
        return true;
      }
      if (byte === BACKSLASH) {
        escaped = true;
        i++;
      }
    }
    this.openAt = at + 1;
    return false;
  }

  /** Makes the quoted string that was read last, and begins at `start`, the name. */
  private takeQuotedName(bytes: Uint8Array, start: number): void {
    this.nameBytes = bytes;
    this.nameStart = start;
    this.nameEnd = this.quoteEnd;
    if (!this.quoteEscaped) return;
    const { unescaped } = this;
    unescaped.reset();
    this.nameStart = unescaped.write(bytes, start, this.quoteEnd, true);
    this.nameEnd = unescaped.end;
    this.nameBytes = unescaped.bytes;
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function skipBlanks(bytes: Uint8Array, start: number, stop: number): number {
  let at = start;
  while (at < stop && isBlank(bytes[at] as number)) at++;
  return at;
}

/** `EOF`, followed by nothing but blanks. */
function isEof(bytes: Uint8Array, at: number, stop: number): boolean {
  const is = bytes[at] === 0x45 && bytes[at + 1] === 0x4f && bytes[at + 2] === 0x46;
  return is && at + 3 <= stop && skipBlanks(bytes, at + 3, stop) === stop;
}

/**
 * The kind of metadata that the word at `at` begins, if a blank follows it; otherwise `comment`.
 */
function keywordAt(bytes: Uint8Array, at: number, stop: number): LineKindIndex {
  if (at + 4 >= stop || !isBlank(bytes[at + 4] as number)) return LineKind.comment;
  const word =
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number);
  switch (word) {
    case 0x48454c50:
      return LineKind.help;
    case 0x54595045:
      return LineKind.type;
    case 0x554e4954:
      return LineKind.unit;
    default:
      return LineKind.comment;
  }
}

/** Whether the composite value of OpenMetrics 2.0 begins at `at`: `{count:1,sum:2}`. */
function isComposite(bytes: Uint8Array, start: number, stop: number): boolean {
  let at = skipBlanks(bytes, start + 1, stop);
  const from = at;
  while (at < stop && isLowerOrUnderscore(bytes[at] as number)) at++;
  if (at === from) return false;
  at = skipBlanks(bytes, at, stop);
  return at < stop && bytes[at] === COLON;
}

function isLowerOrUnderscore(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f;
}

/**
 * Whether a value begins at `at`: a digit or point after an optional sign, NaN or infinity, or a
 * composite value.
 */
function isValue(bytes: Uint8Array, at: number, stop: number): boolean {
  const byte = bytes[at] as number;
  const from = at < stop && (byte === 0x2b || byte === 0x2d) ? at + 1 : at;
  if (from >= stop) return false;
  const first = bytes[from] as number;
  if (first === OPEN) return isComposite(bytes, from, stop);
  if ((first >= FIRST_DIGIT && first <= LAST_DIGIT) || first === 0x2e) return true;
  let end = from;
  while (end < stop && !isBlank(bytes[end] as number)) end++;
  return NUMBER_WORDS.some((word) => isWord(bytes, from, end, word));
}

/** Whether bytes[start, end) are the letters of `word`, in any case. */
function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if (((bytes[start + i] as number) | 0x20) !== word.charCodeAt(i)) return false;
  }
  return true;
}
