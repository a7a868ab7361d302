// Finds the long values of a JSON text in steps, and unescapes its long strings, so that nobody has
// to do it in one go later; it does the same inside strings that may be documents. It is as strict
// as the scanner. Text that is not JSON passes as the readers of records pass it: whether a value
// is one, and where it ends, depends only on its own bytes.

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

/** Both brackets close two characters behind the opening one. */
const TO_CLOSE = 2;
/** Documents in strings of documents are not looked into. */
const LEVELS = 1;
/** Bytes of elements that are no JSON, as parts of the text: those in one another count again. */
const BROKEN_SHARE_MAX = 2;
const NEWLINE = 0x0a;
/** Of what is in no list. */
const NO_ELEMENT = -1;
/** Of an escape by number. */
const ESCAPE_LENGTH = 6;

export class LongValues implements KnownValues {
  /** Offsets behind values, keys among them, as KnownValues has them. */
  readonly ends = new Map<number, number>();
  readonly counts = new Map<number, number>();
  readonly strings = new Map<number, TextRange>();
  readonly text: Uint8Array;
  /** Of the unescaped strings, which are its text one after the other, each with a zero behind. */
  inner: LongValues | undefined;
  private readonly view: DataView;
  private readonly level: number;
  private at: number;
  private end: number;
  /** The containers around `at`, the outermost first. */
  private readonly starts: number[] = [];
  /** Of those that are lists, where the element at hand begins. */
  private readonly elements: number[] = [];
  /** Elements behind the first one, of each of the containers. */
  private readonly more: number[] = [];
  /** So many of the containers around `at` have something in them that is no JSON. */
  private brokenAround = 0;
  private broken = 0;
  private brokenBytesLeft = 0;
  /** Behind what was passed. */
  private isBehind = false;
  /** Where the string begins that is being scanned; -1: none is. Whether it is a key. */
  private stringAt = -1;
  private isKey = false;
  /** Its last escape, or -1; and from where on it is not unescaped yet, or -1: nothing is. */
  private escapeAt = -1;
  private escapedAt = -1;
  /** Of the text of `inner`: where that string begins, and what is used. */
  private innerStart = 0;
  private innerUsed = 0;
  /** The string that was scanned last is being scanned as a document. */
  private isInside = false;

  constructor(text: Uint8Array, level = 0) {
    this.text = text;
    this.view = viewOf(text);
    this.level = level;
    this.at = skipSpace(text, skipBom(text));
    this.end = text.length;
    this.brokenBytesLeft = text.length * BROKEN_SHARE_MAX;
  }

  /** Whether all of the text is JSON, once it is scanned. */
  get isWhole(): boolean {
    const isOver = this.at >= this.end && this.starts.length === 0 && this.stringAt < 0;
    return isOver && this.broken === 0;
  }

  /** Scans about so many bytes more, and one at least; whether that was all. */
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

  /** Begins with the document text[from, to), behind which a zero is. */
  private begin(from: number, to: number): void {
    this.at = from;
    this.end = to;
    this.starts.length = this.elements.length = this.more.length = 0;
    this.stringAt = -1;
    this.isInside = false;
  }

  /** One value, or the beginning of one; whether its end was reached. */
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

  /** Scans the string whose quote is at `at`; whether a value is over with it. */
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
    // What is one character stays together.
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
    // It is shorter than the string, and nothing was there before: a zero is behind it.
    this.innerUsed = this.innerStart = to + 1;
    const at = skipSpace(inner.text, from);
    this.isInside = !isKey && this.level < LEVELS && inner.text[at] === OPEN_OBJECT;
    if (this.isInside) inner.begin(at, to);
  }

  /** Unescapes the string at hand up to there. */
  private unescape(to: number): LongValues {
    const { text } = this;
    this.inner ??= new LongValues(new Uint8Array(text.length), this.level + 1);
    const from = this.escapedAt < 0 ? this.stringAt + 1 : this.escapedAt;
    this.innerUsed = unescapeInto(text, from, to, this.inner.text, this.innerUsed);
    this.escapedAt = to;
    return this.inner;
  }

  /** From behind a value to the next one, out of all containers that end there. */
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
   * Goes on behind the element of a list that is no JSON, or in no list behind the line; whether
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

/** Whether an escape is the first half of a character that may be one with the next escape. */
function isHighSurrogate(text: Uint8Array, at: number): boolean {
  const digit = (text[at + 3] as number) | 0x20;
  const isHigh = digit === 0x38 || digit === 0x39 || digit === 0x61 || digit === 0x62;
  return text[at + 1] === 0x75 && ((text[at + 2] as number) | 0x20) === 0x64 && isHigh;
}
