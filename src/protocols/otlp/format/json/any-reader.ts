// Reads AnyValues in OTLP/JSON: one level, into plain fields, without objects or strings.

import {
  CLOSE_OBJECT,
  enterContainer,
  failAt,
  JSON_DEPTH_MAX,
  type MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  scanStringInWords,
  skipValue,
} from "../../../../core/json/index.ts";
import { ANY_VALUE_KEYS, AnyValueMember } from "./names.ts";
import { Found } from "./buffered-values.ts";

const NOTHING = new Uint8Array(0);
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const LETTER_F = 0x66;

export class AnyReader {
  private bytes: Uint8Array = NOTHING;
  private view: DataView = new DataView(NOTHING.buffer);
  /** What was read last. */
  kind: number = Found.nothing;
  start = 0;
  end = 0;
  /** Maps, or arrays, that make it up: the last members in a row, when these are such. */
  readonly parts: number[] = [];
  partCount = 0;
  private member = 0;
  private readonly members: MemberReader;

  constructor(members: MemberReader) {
    this.members = members;
  }

  /** Begins to read a body; `view` is of it. */
  open(body: Uint8Array, view: DataView): void {
    this.bytes = body;
    this.view = view;
  }

  clear(): void {
    this.member = 0;
    this.kind = Found.nothing;
    this.start = this.end = 0;
    this.partCount = 0;
  }

  /** Reads an AnyValue into kind, start and end; of several values the last one counts. */
  read(at: number, depth: number): number {
    this.clear();
    return this.readMore(at, depth);
  }

  /** Reads an AnyValue on top of the one that was read last. */
  readMore(at: number, depth: number): number {
    const bytes = this.bytes;
    if (bytes[at] !== OPEN_OBJECT) {
      if (bytes[at] !== LETTER_N) this.kind = Found.odd;
      return skipValue(bytes, at, depth);
    }
    if (depth >= JSON_DEPTH_MAX) failAt(bytes, at, "less nesting");
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = this.members.idOf(bytes, at, ANY_VALUE_KEYS);
      at = this.members.valueAt;
      if (id === 0) at = skipValue(bytes, at, depth + 1);
      else if (bytes[at] === LETTER_N) {
        // As if it were not there, but it hides a former member of its name.
        if (id === this.member) this.clear();
        at = skipValue(bytes, at, depth + 1);
      } else if (id === AnyValueMember.stringValue && bytes[at] === QUOTE) {
        this.member = id;
        const quote = scanStringInWords(bytes, this.view, at + 1);
        this.kind = Found.string;
        this.start = at + 1;
        this.end = quote;
        at = (quote < 0 ? ~quote : quote) + 1;
      } else at = this.readTyped(at, id, depth + 1);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  /** The value of a member of an AnyValue. */
  private readTyped(at: number, member: number, depth: number): number {
    const bytes = this.bytes;
    const c = bytes[at] as number;
    const isList = this.kind === Found.map || this.kind === Found.array;
    const goesOn = isList && member === this.member;
    this.member = member;
    if (c === QUOTE) {
      const quote = scanString(bytes, at + 1);
      this.kind = kindOfString(member);
      this.start = at + 1;
      this.end = quote;
      return (quote < 0 ? ~quote : quote) + 1;
    }
    const end = skipValue(bytes, at, depth);
    this.start = at;
    this.end = end;
    this.kind = Found.odd;
    if (c === OPEN_OBJECT) {
      if (member === AnyValueMember.arrayValue) this.kind = Found.array;
      else if (member === AnyValueMember.kvlistValue) this.kind = Found.map;
      if (!goesOn) this.partCount = 0;
      this.parts[this.partCount++] = at;
    } else if (c === LETTER_T || c === LETTER_F) {
      if (member === AnyValueMember.boolValue) {
        this.kind = Found.bool;
        this.start = c === LETTER_T ? 1 : 0;
      }
    } else if (c !== OPEN_ARRAY) {
      if (member === AnyValueMember.intValue) this.kind = Found.int;
      else if (member === AnyValueMember.doubleValue) this.kind = Found.double;
    }
    return end;
  }
}

/** What a JSON string is as the value of a member of an AnyValue. */
function kindOfString(member: number): number {
  if (member === AnyValueMember.stringValue) return Found.string;
  if (member === AnyValueMember.bytesValue) return Found.base64;
  if (member === AnyValueMember.intValue) return Found.int;
  return member === AnyValueMember.doubleValue ? Found.double : Found.odd;
}
