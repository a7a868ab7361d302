// Tags: `key:value`, or a key alone, whose value is the empty string. `ddtags` is a list of them
// separated by commas. Spaces around a tag are not part of it.

const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

/** Walks the tags of a text; the public fields describe one tag after `next()` returned true. */
export class TagCursor {
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  keyStart = 0;
  keyEnd = 0;
  /** The range of the value; both are keyEnd if the tag has none. */
  valueStart = 0;
  valueEnd = 0;

  /** Opens a list separated by commas. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  next(): boolean {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (bytes[at] === COMMA || bytes[at] === SPACE)) at++;
    if (at >= end) return false;
    let stop = at;
    let colon = -1;
    for (; stop < end; stop++) {
      const c = bytes[stop];
      if (c === COMMA) break;
      if (c === COLON && colon < 0) colon = stop;
    }
    this.at = stop;
    this.split(at, stop, colon);
    return true;
  }

  /** Takes all of bytes[start, end) as one tag. */
  one(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    let colon = start;
    while (colon < end && bytes[colon] !== COLON) colon++;
    this.split(start, end, colon < end ? colon : -1);
  }

  private split(start: number, end: number, colon: number): void {
    const { bytes } = this;
    while (start < end && bytes[start] === SPACE) start++;
    while (end > start && bytes[end - 1] === SPACE) end--;
    this.keyStart = start;
    this.keyEnd = colon < 0 ? end : colon;
    this.valueStart = colon < 0 ? end : colon + 1;
    this.valueEnd = end;
  }
}
