// Scans lines of a block that are JSON objects, one after the other, without making a view of each
// line.

import { UndecodableError } from "../../../core/errors.ts";
import { OPEN_OBJECT } from "../../../core/json/index.ts";
import { DocumentScanner, type ScanResult, type NameTable } from "../../dotted/index.ts";

const NOTHING = new Uint8Array(0);
const SPACE = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;

export class ObjectScanner {
  private readonly scanner: DocumentScanner;
  /** Some line ran on into the next ones: from then on each is looked at by itself. */
  private isCareful = false;
  /** The line that was scanned last, and the object in it. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  objectStart = 0;
  objectEnd = 0;

  constructor(names: NameTable) {
    this.scanner = new DocumentScanner(names);
  }

  /** What was found, by offsets into `bytes`. */
  get scanResult(): ScanResult {
    return this.scanner.scanResult;
  }

  /** Whether the line bytes[start, end) is an object, with nothing but spaces around it. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    // A view for each line would cost more than many a line. Without one, a line without an end is
    // read on, and a block of such lines would be read again for each of them.
    if (this.isCareful) return this.scanWithin(bytes.subarray(start, end), 0, end - start);
    return this.scanWithin(bytes, start, end);
  }

  /** Keeps no bytes of lines. */
  release(): void {
    this.bytes = NOTHING;
    this.scanner.open(NOTHING);
    this.isCareful = false;
  }

  private scanWithin(bytes: Uint8Array, start: number, end: number): boolean {
    let at = skipSpaces(bytes, start, end);
    if (at === start && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) {
      at = skipSpaces(bytes, at + 3, end);
    }
    if (at >= end || bytes[at] !== OPEN_OBJECT) return false;
    const { scanner } = this;
    scanner.open(bytes);
    let stop: number;
    try {
      stop = scanner.scan(at, 0);
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      if (error.offset > end) this.isCareful = true;
      return false;
    }
    if (stop > end) {
      this.isCareful = true;
      return false;
    }
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.objectStart = at;
    this.objectEnd = stop;
    return skipSpaces(bytes, stop, end) === end;
  }
}

/** Offset of what is no space, at or behind `at`. */
function skipSpaces(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const c = bytes[at] as number;
    if (c !== SPACE && c !== TAB && c !== RETURN) return at;
  }
  return at;
}
