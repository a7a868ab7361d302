// Finds the long values of a JSON text in steps, and unescapes its long strings, so that this need
// not be done in one go later; it does the same inside strings that may be documents. It is as
// strict as the scanner. Text that is not JSON is passed in the way in which the readers of records
// pass it: whether a value is valid, and where it ends, depends only on its own bytes.

import { UndecodableError } from "../errors.ts";
import { BROKEN_RECORDS_MAX, JSON_DEPTH_MAX, LONG_VALUE_BYTES_MIN } from "../limits.ts";
import { skipBroken } from "./broken.ts";
import {
  BACKSLASH,
  behindEscape,
  enterContainer,
  failAt,
  type KnownValues,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  plainEnd,
  QUOTE,
  skipBom,
  skipColon,
  skipScalar,
  skipSpace,
  type TextRange,
  viewOf,
} from "./scan.ts";
import { unescapeInto } from "./unescape.ts";

/** The code of each closing bracket is that of its opening bracket plus two. */
const TO_CLOSE = 2;
/** Documents inside strings of documents are not scanned. */
const LEVELS = 1;
/** Bytes of invalid elements, relative to the length of the text: nested ones count again. */
const BROKEN_SHARE_MAX = 2;
const NEWLINE = 0x0a;
/** For what is in no list. */
const NO_ELEMENT = -1;
/** The length of an escape by number. */
const ESCAPE_LENGTH = 6;

export class LongValues implements KnownValues {
  /** Offsets after values, including keys, as in KnownValues. */
  readonly ends = new Map<number, number>();
  readonly counts = new Map<number, number>();
  readonly strings = new Map<number, TextRange>();
  readonly text: Uint8Array;
  /** The unescaped strings: its text holds them one after the other, each followed by a zero. */
  inner: LongValues | undefined;
  private readonly view: DataView;
  private readonly level: number;
  private at: number;
  private end: number;
  /** The containers around `at`, from the outermost inwards. */
  private readonly starts: number[] = [];
  /** For each container that is a list: where the current element begins. */
  private readonly elements: number[] = [];
  /** For each container: the number of elements after the first one. */
  private readonly more: number[] = [];
  /** How many of the containers around `at` contain something that is not JSON. */
  private brokenAround = 0;
  private broken = 0;
  private brokenBytesLeft = 0;
  /** Whether `at` is after an element that was skipped. */
  private isBehind = false;
  /** Where the string begins that is being scanned, or -1; and whether it is a key. */
  private stringAt = -1;
  private isKey = false;
  /**
   * The last escape of that string, or -1; and the start of its part that is not unescaped yet, or
   * -1.
   */
  private escapeAt = -1;
  private escapedAt = -1;
  /** In the text of `inner`: where that string begins, and how much is used. */
  private innerStart = 0;
  private innerUsed = 0;
  /** Whether the string that was scanned last is being scanned as a document. */
  private isInside = false;

  constructor(text: Uint8Array, level = 0) {
    this.text = text;
    this.view = viewOf(text);
    this.level = level;
    this.at = skipSpace(text, skipBom(text));
    this.end = text.length;
    this.brokenBytesLeft = text.length * BROKEN_SHARE_MAX;
  }

  /** Whether all of the text is JSON; valid once it is scanned. */
  get isWhole(): boolean {
    const isOver = this.at >= this.end && this.starts.length === 0 && this.stringAt < 0;
    return isOver && this.broken === 0;
  }

  /** Scans about so many more bytes, at least one. Returns whether that was all. */
  scan(bytes: number): boolean {
    if (this.isInside) {
      if (this.inner?.scan(bytes) === false) return false;
      this.isInside = false;
      return this.at >= this.end;
    }
    const until = Math.min(this.end, this.at + Math.max(1, bytes));
    try {
      while (this.at < until && !this.isInside) {
        if (this.isBehind || this.scanValue(until)) this.leaveContainers(until);
      }
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      return !this.passBroken();
    }
    return this.at >= this.end && !this.isInside;
  }

  /** Begins with the document text[from, to), which a zero follows. */
  private begin(from: number, to: number): void {
    this.at = from;
    this.end = to;
    this.starts.length = this.elements.length = this.more.length = 0;
    this.stringAt = -1;
    this.isInside = false;
  }

  /** Scans one value, or the beginning of one. Returns whether its end was reached. */
  private scanValue(until: number): boolean {
    const { text, starts, at } = this;
    if (this.stringAt >= 0) return this.scanString(until);
    const c = text[at];
    if (c === QUOTE) return this.enterString(at, false, until);
    if (c !== OPEN_OBJECT && c !== OPEN_ARRAY) {
      this.at = skipScalar(text, at);
      return true;
    }
    if (starts.length === JSON_DEPTH_MAX) failAt(text, at, "less nesting");
    const inside = enterContainer(text, at);
    if (inside < 0) {
      this.at = ~inside;
      return true;
    }
    starts.push(at);
    this.elements.push(c === OPEN_ARRAY ? inside : NO_ELEMENT);
    this.more.push(0);
    this.at = inside;
    if (c === OPEN_OBJECT) this.enterKey(inside, until);
    return false;
  }

  private enterKey(at: number, until: number): void {
    if (this.text[at] !== QUOTE) failAt(this.text, at, "a key");
    this.enterString(at, true, until);
  }

  /** Scans the string whose quote is at `at`. Returns whether a value ends with it. */
  private enterString(at: number, isKey: boolean, until: number): boolean {
    this.stringAt = at;
    this.isKey = isKey;
    this.escapeAt = this.escapedAt = -1;
    this.at = at + 1;
    return this.scanString(until);
  }

  private scanString(until: number): boolean {
    const { text } = this;
    let { at } = this;
    while (at < until) {
      at = plainEnd(text, this.view, at, until);
      if (at === until) break;
      if (text[at] === QUOTE) {
        this.leaveString(at);
        return !this.isKey;
      }
      if (text[at] !== BACKSLASH) failAt(text, at, "a character of a string");
      this.escapeAt = at;
      at = behindEscape(text, at);
    }
    this.at = at;
    // The two escapes of one character are unescaped together.
    const isHalf = this.escapeAt + ESCAPE_LENGTH === at && isHighSurrogate(text, this.escapeAt);
    if (this.escapeAt >= 0 && at - this.stringAt > LONG_VALUE_BYTES_MIN) {
      this.unescape(isHalf ? this.escapeAt : at);
    }
    return false;
  }

  private leaveString(quote: number): void {
    const { isKey, stringAt, text } = this;
    const end = quote + 1;
    const hasEscapes = this.escapeAt >= 0;
    this.at = isKey ? skipColon(text, end) : end;
    this.stringAt = -1;
    if (end - stringAt <= LONG_VALUE_BYTES_MIN) return;
    this.ends.set(stringAt, hasEscapes ? ~end : end);
    if (!hasEscapes) return;
    if (this.escapedAt < 0) this.escapedAt = stringAt + 1;
    const inner = this.unescape(quote);
    const [from, to] = [this.innerStart, this.innerUsed];
    this.strings.set(stringAt, { from, to });
    // The text is shorter than the string, and this memory was empty before, so a zero follows it.
    this.innerUsed = this.innerStart = to + 1;
    const at = skipSpace(inner.text, from);
    this.isInside = !isKey && this.level < LEVELS && inner.text[at] === OPEN_OBJECT;
    if (this.isInside) inner.begin(at, to);
  }

  /** Unescapes the current string up to `to`. */
  private unescape(to: number): LongValues {
    const { text } = this;
    this.inner ??= new LongValues(new Uint8Array(text.length), this.level + 1);
    const from = this.escapedAt < 0 ? this.stringAt + 1 : this.escapedAt;
    this.innerUsed = unescapeInto(text, from, to, this.inner.text, this.innerUsed);
    this.escapedAt = to;
    return this.inner;
  }

  /** Goes from the end of a value to the next one, out of all containers that end there. */
  private leaveContainers(until: number): void {
    const { elements, more, text, starts } = this;
    this.isBehind = false;
    for (;;) {
      const start = starts.at(-1);
      if (start === undefined) {
        this.at = skipSpace(text, this.at);
        return;
      }
      const open = text[start] as number;
      const next = nextInContainer(text, this.at, open + TO_CLOSE);
      if (next >= 0) {
        this.at = next;
        if (open === OPEN_OBJECT) this.enterKey(next, until);
        else {
          elements[elements.length - 1] = next;
          more[more.length - 1] = (more.at(-1) as number) + 1;
        }
        return;
      }
      starts.pop();
      elements.pop();
      const count = (more.pop() as number) + 1;
      this.at = ~next;
      if (starts.length < this.brokenAround) this.brokenAround = starts.length;
      else if (this.at - start > LONG_VALUE_BYTES_MIN) {
        this.ends.set(start, this.at);
        if (open === OPEN_ARRAY) this.counts.set(start, count);
      }
    }
  }

  /**
   * Continues after an invalid element of a list or, outside lists, after the line. Returns whether
   * there is such a place.
   */
  private passBroken(): boolean {
    const { elements, starts, text } = this;
    if (this.level > 0 || this.broken++ === BROKEN_RECORDS_MAX) return false;
    while (elements.at(-1) === NO_ELEMENT) {
      elements.pop();
      this.more.pop();
      starts.pop();
    }
    this.stringAt = -1;
    this.innerStart = this.innerUsed;
    this.brokenAround = starts.length;
    const start = elements.at(-1);
    if (start === undefined) {
      const newline = text.indexOf(NEWLINE, this.at);
      this.at = newline < 0 ? this.end : skipSpace(text, newline);
      return newline >= 0;
    }
    const behind = skipBroken(text, start);
    if (behind < 0) return false;
    this.brokenBytesLeft -= behind - start;
    this.at = behind;
    this.isBehind = true;
    return this.brokenBytesLeft >= 0;
  }
}

/** Whether an escape is the first half of a character whose other half may be the next escape. */
function isHighSurrogate(text: Uint8Array, at: number): boolean {
  const digit = (text[at + 3] as number) | 0x20;
  const isHigh = digit === 0x38 || digit === 0x39 || digit === 0x61 || digit === 0x62;
  return text[at + 1] === 0x75 && ((text[at + 2] as number) | 0x20) === 0x64 && isHigh;
}
