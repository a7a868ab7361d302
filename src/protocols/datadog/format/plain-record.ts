// The members of one Datadog log, by offsets, and which values are the only ones of their names: at
// the top, inside other members, in tags, or in the document inside the message. A value that may
// also occur elsewhere (under an alias of its name, in an array, or a second time) is left to
// tree-editor.ts.

import { grownInts, sameBytes, sameRange } from "../../../core/bytes.ts";
import {
  BACKSLASH,
  CLOSE_OBJECT,
  enterContainer,
  KeyTable,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  skipColon,
  skipValue,
} from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import type { MemberMarks } from "../../dotted/document-scanner.ts";
import {
  aliasesOf,
  BODY_NAMES,
  HOST_NAME,
  INNER_BODY_NAMES,
  STATUS_NAMES,
  TAGS_NAME,
} from "./log-names.ts";
import { Holds, MessageText } from "./message-text.ts";
import { TagSearch } from "./tag-search.ts";

const NOTHING = new Uint8Array(0);
const ALIASED = aliasesOf(HOST_NAME).flatMap(({ of }) => of.map((name) => encodeUtf8(name)));
const INNER_BODIES = INNER_BODY_NAMES.map((name) => encodeUtf8(name));
const DOT = 0x2e;
const LETTER_N = 0x6e;
const SPACE = 0x20;

/** What is known of each member. */
const MemberAt = { keyStart: 0, keyEnd: 1, valueStart: 2, valueEnd: 3, id: 4 } as const;
const WIDTH = 5;

/** Members that have a meaning of their own. */
export const Known = { none: 0, body: 1, status: 2, tags: 3 } as const;
type KnownIndex = (typeof Known)[keyof typeof Known];
const NAMES = new KeyTable({
  ...Object.fromEntries(BODY_NAMES.map((name) => [name, Known.body])),
  ...Object.fromEntries(STATUS_NAMES.map((name) => [name, Known.status])),
  [TAGS_NAME]: Known.tags,
});

/** The result of a search. */
export const Search = { found: 0, absent: 1, untold: 2 } as const;
export type SearchIndex = (typeof Search)[keyof typeof Search];

/** Where a value is: in a member of the record, in a tag, or in the document of the message. */
export const Where = { member: 0, tag: 1, document: 2 } as const;
type WhereIndex = (typeof Where)[keyof typeof Where];

export class PlainRecord implements MemberMarks {
  /** The position of the member that was found last. */
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  where: WhereIndex = Where.member;
  /** For a tag: the part that is removed with it, including one comma. */
  partStart = 0;
  partEnd = 0;
  openAt = -1;
  closeAt = 0;
  private bytes: Uint8Array = NOTHING;
  private rows = new Int32Array(WIDTH * 32);
  private count = 0;
  /** Set if attributes may be inside bodies, or if a key is spelled with escapes. */
  private isUntold = false;
  private isTold = false;
  /** The document in a message, if there is one: offsets of values in it refer to its text. */
  readonly message = new MessageText();
  private hasDocument = false;
  private bodies = 0;
  private readonly tag = new TagSearch();
  /** Values of a name so far; while peeking, only this is recorded. */
  private seen = 0;
  private isPeeking = false;

  /** Whether this object was noted last. */
  isOf(bytes: Uint8Array, start: number): boolean {
    return this.bytes === bytes && this.openAt === start;
  }

  /** Forgets what was noted. */
  forget(): void {
    this.begin(NOTHING, -1);
    this.message.release();
  }

  begin(bytes: Uint8Array, openAt: number): void {
    this.bytes = bytes;
    this.openAt = openAt;
    this.count = 0;
    this.bodies = 0;
    this.isUntold = this.isTold = this.hasDocument = false;
  }

  note(keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    const row = this.count++ * WIDTH;
    if (row === this.rows.length) this.rows = grownInts(this.rows, row * 2);
    const { rows } = this;
    rows[row + MemberAt.keyStart] = keyStart;
    rows[row + MemberAt.keyEnd] = keyEnd;
    rows[row + MemberAt.valueStart] = valueStart;
    rows[row + MemberAt.valueEnd] = valueEnd;
  }

  end(closeAt: number): void {
    this.closeAt = closeAt;
  }

  /** Notes the object at `start`, which has been scanned before. */
  read(bytes: Uint8Array, start: number): void {
    this.begin(bytes, start);
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const keyStart = at + 1;
      const keyEnd = scanString(bytes, keyStart);
      const valueStart = skipColon(bytes, (keyEnd < 0 ? ~keyEnd : keyEnd) + 1);
      at = skipValue(bytes, valueStart, 0);
      this.note(keyStart, keyEnd, valueStart, at);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    this.end(~at - 1);
  }

  /** Finds out which members have a meaning of their own, and whether values may be elsewhere. */
  private tell(): boolean {
    const { bytes, rows } = this;
    for (let row = 0; !this.isTold && row < this.count * WIDTH; row += WIDTH) {
      const keyStart = rows[row + MemberAt.keyStart] as number;
      const keyEnd = rows[row + MemberAt.keyEnd] as number;
      const id = keyEnd < 0 ? Known.none : NAMES.idOf(bytes, keyStart, keyEnd);
      rows[row + MemberAt.id] = id;
      if (keyEnd < 0) this.isUntold = true;
      else if (id === Known.body) {
        this.bodies++;
        this.readBody(row);
      }
    }
    this.isTold = true;
    return this.isUntold;
  }

  /** Reads the document in a body, if only one body has one. */
  private readBody(row: number): void {
    const { bytes, message, rows } = this;
    const start = rows[row + MemberAt.valueStart] as number;
    if (bytes[start] === OPEN_OBJECT) this.isUntold = true;
    if (bytes[start] !== QUOTE) return;
    // Whatever is read last stays.
    if (this.hasDocument) {
      const c = bytes[start + 1] as number;
      if (c === OPEN_OBJECT || c === BACKSLASH || c <= SPACE) this.isUntold = true;
      return;
    }
    const holds = message.read(bytes, start + 1, (rows[row + MemberAt.valueEnd] as number) - 1);
    if (holds === Holds.odd) this.isUntold = true;
    else this.hasDocument = holds === Holds.document;
  }

  /** Finds the attribute with that name: a member, a member inside others, or a tag. */
  findAttribute(name: Uint8Array): SearchIndex {
    if (!this.look(name) || this.seen > 1) return Search.untold;
    if (this.seen === 0) return Search.absent;
    // Null counts as no value, but the name is taken.
    const bytes = this.where === Where.document ? this.message.bytes : this.bytes;
    const isNull = bytes[this.valueStart] === LETTER_N && this.where !== Where.tag;
    return isNull ? Search.untold : Search.found;
  }

  /**
   * Whether there is a value with that name, null or not, or whether this is unknown. Keeps the
   * result of an earlier search.
   */
  mayHave(name: Uint8Array): boolean {
    this.isPeeking = true;
    const isTold = this.look(name);
    this.isPeeking = false;
    return !isTold || this.seen > 0;
  }

  /** Visits all values with that name; false if this cannot be done. */
  private look(name: Uint8Array): boolean {
    const { bytes, rows } = this;
    const hasDot = name.includes(DOT);
    this.seen = 0;
    if (this.tell() || (hasDot && isAliased(name))) return false;
    for (let row = 0; row < this.count * WIDTH; row += WIDTH) {
      const start = rows[row + MemberAt.keyStart] as number;
      const end = rows[row + MemberAt.keyEnd] as number;
      const valueStart = rows[row + MemberAt.valueStart] as number;
      const valueEnd = rows[row + MemberAt.valueEnd] as number;
      if (sameRange(bytes, start, end, name, 0, name.length)) {
        this.see(start, end, valueStart, valueEnd, Where.member);
      } else if (hasDot && isPartOf(bytes, start, end, name, 0)) {
        if (!this.lookInside(bytes, valueStart, name, end - start + 1, Where.member)) return false;
      }
      const isTags = rows[row + MemberAt.id] === Known.tags;
      if (isTags && !this.lookAtTags(valueStart, valueEnd, name)) return false;
    }
    return !this.hasDocument || this.lookInDocument(name);
  }

  private lookInDocument(name: Uint8Array): boolean {
    const { bytes, start } = this.message;
    return this.lookInside(bytes, start, name, 0, Where.document);
  }

  private see(
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    where: WhereIndex,
  ): void {
    this.seen++;
    if (this.isPeeking) return;
    this.where = where;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
  }

  /** Visits the values that the rest of the name, from an offset on, names in the value at `at`. */
  private lookInside(
    bytes: Uint8Array,
    at: number,
    name: Uint8Array,
    from: number,
    where: WhereIndex,
  ): boolean {
    if (bytes[at] !== OPEN_OBJECT) return bytes[at] !== OPEN_ARRAY;
    let next = enterContainer(bytes, at);
    while (next >= 0) {
      const start = next + 1;
      const end = scanString(bytes, start);
      if (end < 0) return false;
      const valueStart = skipColon(bytes, end + 1);
      const valueEnd = skipValue(bytes, valueStart, 0);
      if (sameRange(bytes, start, end, name, from, name.length)) {
        this.see(start, end, valueStart, valueEnd, where);
      } else if (isPartOf(bytes, start, end, name, from)) {
        const rest = from + end - start + 1;
        if (!this.lookInside(bytes, valueStart, name, rest, where)) return false;
      }
      next = nextInContainer(bytes, valueEnd, CLOSE_OBJECT);
    }
    return true;
  }

  private lookAtTags(start: number, end: number, name: Uint8Array): boolean {
    const { bytes, tag } = this;
    if (bytes[start] !== QUOTE || !this.tag.find(bytes, start + 1, end - 1, name)) return false;
    if (tag.count === 0) return true;
    this.seen += tag.count;
    if (this.isPeeking) return true;
    this.where = Where.tag;
    this.keyStart = tag.keyStart;
    this.keyEnd = tag.keyEnd;
    this.valueStart = tag.valueStart;
    this.valueEnd = tag.valueEnd;
    this.partStart = tag.start > start + 1 ? tag.start - 1 : tag.start;
    this.partEnd = tag.start === start + 1 && tag.end < end - 1 ? tag.end + 1 : tag.end;
    return true;
  }

  /**
   * Finds the member that is the body, or the status, if it is text; or the text inside the body.
   */
  findKnown(known: KnownIndex): SearchIndex {
    const { rows } = this;
    if (this.tell()) return Search.untold;
    if (known === Known.body && this.hasDocument) {
      this.seen = 0;
      for (let i = 0; i < INNER_BODIES.length; i++) {
        if (!this.lookInDocument(INNER_BODIES[i] as Uint8Array)) return Search.untold;
      }
      if (this.seen > 0) return this.innerBody();
    }
    let found = -1;
    for (let row = 0; row < this.count * WIDTH; row += WIDTH) {
      if (rows[row + MemberAt.id] !== known) continue;
      if (found >= 0) return Search.untold;
      found = row;
    }
    const search = this.take(found);
    const isEmpty = this.valueEnd - this.valueStart === 2;
    const isText = this.bytes[this.valueStart] === QUOTE && !isEmpty;
    return search === Search.found && !isText ? Search.untold : search;
  }

  /** What was found inside the body, if that is all there is. */
  private innerBody(): SearchIndex {
    const isText = this.message.bytes[this.valueStart] === QUOTE;
    const isEmpty = this.valueEnd - this.valueStart === 2;
    return this.seen === 1 && isText && !isEmpty && this.bodies === 1
      ? Search.found
      : Search.untold;
  }

  /** Null counts as no value, but the name is taken. */
  private take(row: number): SearchIndex {
    if (row < 0) return Search.absent;
    const { rows } = this;
    this.where = Where.member;
    this.keyStart = rows[row + MemberAt.keyStart] as number;
    this.keyEnd = rows[row + MemberAt.keyEnd] as number;
    this.valueStart = rows[row + MemberAt.valueStart] as number;
    this.valueEnd = rows[row + MemberAt.valueEnd] as number;
    return this.bytes[this.valueStart] === LETTER_N ? Search.untold : Search.found;
  }
}

/** Whether other names are aliases of this one. */
function isAliased(name: Uint8Array): boolean {
  for (let i = 0; i < ALIASED.length; i++)
    if (sameBytes(ALIASED[i] as Uint8Array, name)) return true;
  return false;
}

/**
 * Whether the key bytes[start, end) equals the part before a dot of the name, from an offset on.
 */
function isPartOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: Uint8Array,
  from: number,
): boolean {
  const to = from + end - start;
  return name[to] === DOT && sameRange(bytes, start, end, name, from, to);
}
