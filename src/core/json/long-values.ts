// Finds the long values of a JSON text in steps, so that nobody has to scan them in one go later.
// It is as strict as the scanner, and gives up where that would throw: what follows stays unknown.

import { UndecodableError } from "../errors.ts";
import { JSON_DEPTH_MAX, LONG_VALUE_BYTES_MIN } from "../limits.ts";
import {
  BACKSLASH,
  behindEscape,
  enterContainer,
  failAt,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipBom,
  skipKey,
  skipScalar,
  skipSpace,
} from "./scan.ts";

/** Both brackets close two characters behind the opening one. */
const TO_CLOSE = 2;

export class LongValues {
  /** Offsets behind values by those of their first bytes; complemented: a string with escapes. */
  readonly ends = new Map<number, number>();
  private readonly text: Uint8Array;
  private at: number;
  /** The containers around `at`, the outermost first. */
  private readonly starts: number[] = [];
  /** Where the string begins that is being scanned; -1: none is. */
  private stringAt = -1;
  private hasEscapes = false;

  constructor(text: Uint8Array) {
    this.text = text;
    this.at = skipSpace(text, skipBom(text));
  }

  /** Whether all of the text is JSON, once it is scanned. */
  get isWhole(): boolean {
    return this.at >= this.text.length && this.starts.length === 0 && this.stringAt < 0;
  }

  /** Scans about so many bytes more, and one at least; whether that was all. */
  scan(bytes: number): boolean {
    const until = Math.min(this.text.length, this.at + Math.max(1, bytes));
    try {
      while (this.at < until) if (this.scanValue(until)) this.leaveContainers();
    } catch (error) {
      if (error instanceof UndecodableError) return true;
      throw error;
    }
    return this.at >= this.text.length;
  }

  /** One value, or the beginning of one; whether its end was reached. */
  private scanValue(until: number): boolean {
    const { text, starts, at } = this;
    if (this.stringAt >= 0) return this.scanString(until);
    const c = text[at];
    if (c === QUOTE) {
      this.stringAt = at;
      this.hasEscapes = false;
      this.at = at + 1;
      return this.scanString(until);
    }
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
    this.at = c === OPEN_OBJECT ? skipKey(text, inside) : inside;
    return false;
  }

  private scanString(until: number): boolean {
    const { text } = this;
    let { at } = this;
    while (at < until) {
      const c = text[at] as number;
      if (c === QUOTE) {
        const end = at + 1;
        this.note(this.stringAt, end, this.hasEscapes);
        this.stringAt = -1;
        this.at = end;
        return true;
      }
      if (c === BACKSLASH) {
        this.hasEscapes = true;
        at = behindEscape(text, at);
      } else if (c < 0x20) failAt(text, at, "a character of a string");
      else at++;
    }
    this.at = at;
    return false;
  }

  /** From behind a value to the next one, out of all containers that end there. */
  private leaveContainers(): void {
    const { text, starts } = this;
    for (;;) {
      const start = starts.at(-1);
      if (start === undefined) {
        this.at = skipSpace(text, this.at);
        return;
      }
      const open = text[start] as number;
      const next = nextInContainer(text, this.at, open + TO_CLOSE);
      if (next >= 0) {
        this.at = open === OPEN_OBJECT ? skipKey(text, next) : next;
        return;
      }
      starts.pop();
      this.at = ~next;
      this.note(start, this.at, false);
    }
  }

  private note(start: number, end: number, hasEscapes: boolean): void {
    if (end - start > LONG_VALUE_BYTES_MIN) this.ends.set(start, hasEscapes ? ~end : end);
  }
}
