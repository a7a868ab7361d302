// Finds the offsets of the tag with a given key in a `ddtags` text, which it reads as tag-list.ts
// does. Allocates nothing; a text with escapes, or with several tags of that key, is left to the
// caller.

import { BACKSLASH } from "../../../core/json/index.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

export class TagSearch {
  /** Number of tags with the key. */
  count = 0;
  /** The range of the tag, from comma to comma. */
  start = 0;
  end = 0;
  keyStart = 0;
  keyEnd = 0;
  /** Both are keyEnd if the tag has no colon. */
  valueStart = 0;
  valueEnd = 0;

  /** Searches bytes[start, end), the part between the quotes; false: it contains escapes. */
  find(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
    this.count = 0;
    for (let from = start; from <= end;) {
      let keyStart = from;
      while (keyStart < end && bytes[keyStart] === SPACE) keyStart++;
      let to = keyStart;
      for (; to < end; to++) {
        const c = bytes[to] as number;
        if (c === COMMA) break;
        if (c === BACKSLASH) return false;
      }
      if (this.isOf(bytes, keyStart, to, key)) {
        this.count++;
        this.start = from;
        this.end = to;
      }
      from = to + 1;
    }
    return true;
  }

  /** Whether the tag in bytes[start, end) has that key; if so, notes where it is. */
  private isOf(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
    const { length } = key;
    const keyEnd = start + length;
    if (keyEnd > end || start === end) return false;
    for (let i = 0; i < length; i++) {
      const c = key[i] as number;
      if (bytes[start + i] !== c || c === COLON) return false;
    }
    let valueEnd = end;
    while (valueEnd > start && bytes[valueEnd - 1] === SPACE) valueEnd--;
    const hasColon = keyEnd < valueEnd && bytes[keyEnd] === COLON;
    if (!hasColon && keyEnd !== valueEnd) return false;
    this.keyStart = start;
    this.keyEnd = keyEnd;
    this.valueStart = hasColon ? keyEnd + 1 : keyEnd;
    this.valueEnd = valueEnd;
    return true;
  }
}
