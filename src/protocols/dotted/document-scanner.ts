// Finds the values of requested attributes in one JSON object, in one pass and without making
// objects or strings. It also checks the text that it passes; broken JSON throws UndecodableError.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  failAt,
  JSON_DEPTH_MAX,
  JsonNode,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  scanStringInWords,
  Scratch,
  skipColon,
  skipScalar,
  skipValue,
  unescapeToScratch,
} from "../../core/json/index.ts";
import { ASKED_VALUES_MAX, LOG_MEMBERS_MAX, LONG_VALUE_BYTES_MIN } from "../../core/limits.ts";
import { resolveDuplicateKeys } from "./resolve-duplicate-keys.ts";
import { ScanResult, Found } from "./scan-result.ts";
import { decimal, type NameTable } from "./name-table.ts";

/** What one byte of a text takes at most when it is escaped. */
const ESCAPE_BYTES_MAX = 6;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const LETTER_F = 0x66;
const NOTHING = new Uint8Array(0);

/** Takes note of where the members of a document are, those at its top. */
export interface MemberMarks {
  begin(bytes: Uint8Array, openAt: number): void;
  /** `keyEnd`: complemented when the key has escapes. */
  note(keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void;
  end(closeAt: number): void;
}

/** Of a member each 128 bytes count as one more; long texts were scanned before. */
const MEMBER_BYTES_SHIFT = 7;

export class DocumentScanner {
  readonly scanResult: ScanResult;
  private text: Uint8Array = NOTHING;
  /** Of the text, if that is worth one: making one costs more than a short text does. */
  private view: DataView | undefined;
  /** Where members are noted; undefined: nowhere. */
  marks: MemberMarks | undefined;
  private readonly names: NameTable;
  private readonly scratch = new Scratch(64);
  /** That the document may still have. */
  private membersLeft = 0;
  /** The document was not scanned to its end because it has more than anyone reads. */
  isOverfull = false;

  constructor(names: NameTable) {
    this.names = names;
    this.scanResult = new ScanResult(names.size);
  }

  /** What is scanned from now on; `view` is of it. */
  open(bytes: Uint8Array, view?: DataView): void {
    this.text = bytes;
    this.view = view;
  }

  get bytes(): Uint8Array {
    return this.text;
  }

  private string(at: number): number {
    const { bytes, view } = this;
    return view === undefined ? scanString(bytes, at) : scanStringInWords(bytes, view, at);
  }

  /**
   * Scans the object at `at` of `bytes`, with `depth` containers open around it; returns the offset
   * behind it. What was found is in `scanResult`.
   */
  scan(at: number, depth: number): number {
    const { scanResult } = this;
    scanResult.begin();
    this.membersLeft = LOG_MEMBERS_MAX;
    this.isOverfull = false;
    const end = this.object(at, -1, depth);
    if (scanResult.conflicts > 0) {
      resolveDuplicateKeys(new JsonNode(this.bytes, at, end), this.bytes, this.names, scanResult);
    }
    return end;
  }

  private object(at: number, prefix: number, depth: number): number {
    const { bytes, names } = this;
    if (depth >= JSON_DEPTH_MAX) failAt(bytes, at, "less nesting");
    const marks = prefix < 0 ? this.marks : undefined;
    const inside = depth + 1;
    marks?.begin(bytes, at);
    at = enterContainer(bytes, at);
    while (at >= 0) {
      if (bytes[at] !== QUOTE) failAt(bytes, at, "a key");
      if (--this.membersLeft < 0) this.failFull(at, "fewer members");
      const keyStart = at + 1;
      const keyEnd = this.string(keyStart);
      let node: number;
      if (keyEnd >= 0) {
        node = names.findKey(prefix, bytes, keyStart, keyEnd);
        at = skipColon(bytes, keyEnd + 1);
      } else {
        node = this.escapedKey(keyStart, ~keyEnd, prefix);
        at = skipColon(bytes, ~keyEnd + 1);
      }
      const valueStart = at;
      if (node >= 0) at = this.value(at, node, inside);
      else at = skipValue(bytes, at, inside);
      const size = Math.min(at - keyStart + 1, LONG_VALUE_BYTES_MIN);
      this.membersLeft -= size >> MEMBER_BYTES_SHIFT;
      if (marks !== undefined) marks.note(keyStart, keyEnd, valueStart, at);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    marks?.end(~at - 1);
    return ~at;
  }

  private failFull(at: number, expected: string): never {
    this.isOverfull = true;
    failAt(this.bytes, at, expected);
  }

  private escapedKey(start: number, end: number, prefix: number): number {
    const { bytes, scratch } = this;
    if (end - start > this.names.longest * ESCAPE_BYTES_MAX) return -1;
    scratch.reset();
    unescapeToScratch(bytes, start, end, scratch);
    return this.names.findKey(prefix, scratch.text, scratch.from, scratch.to);
  }

  /** Reads the value of an asked name. */
  private value(at: number, node: number, depth: number): number {
    const { bytes, scanResult } = this;
    const isFull = scanResult.conflicts === ASKED_VALUES_MAX;
    if (isFull && scanResult.has(node)) this.failFull(at, "fewer members of one name");
    const c = bytes[at];
    if (c === QUOTE) {
      const quote = this.string(at + 1);
      scanResult.put(node, Found.string, at + 1, quote);
      return (quote < 0 ? ~quote : quote) + 1;
    }
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      const isObject = c === OPEN_OBJECT;
      let end: number;
      const isAsked = this.names.isPrefix(node) || (!isObject && this.names.isHeld(node));
      if (!isAsked) end = skipValue(bytes, at, depth);
      else if (isObject) end = this.object(at, node, depth);
      else end = this.array(at, node, depth);
      scanResult.put(node, isObject ? Found.object : Found.array, at, end);
      return end;
    }
    const end = skipScalar(bytes, at);
    if (c === LETTER_T || c === LETTER_F)
      scanResult.put(node, Found.bool, c === LETTER_T ? 1 : 0, 0);
    else if (c !== LETTER_N) scanResult.put(node, Found.number, at, end);
    return end;
  }

  private array(at: number, prefix: number, depth: number): number {
    const { bytes, names } = this;
    if (depth >= JSON_DEPTH_MAX) failAt(bytes, at, "less nesting");
    at = enterContainer(bytes, at);
    for (let index = 0; at >= 0; index++) {
      const digits = decimal(index);
      if (--this.membersLeft < 0) this.failFull(at, "fewer elements");
      const node = names.findKey(prefix, digits, 0, digits.length);
      if (node >= 0) at = this.value(at, node, depth + 1);
      else at = skipValue(bytes, at, depth + 1);
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    return ~at;
  }
}
