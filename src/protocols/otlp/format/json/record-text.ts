// The text of a record under edit: where its members and attributes are as it is now, and the
// patches of its attributes. What is found holds until something is added, taken out or moved; then
// the patches are carried out, and it is found anew.

import { copyBytes, sameRange } from "../../../../core/bytes.ts";
import {
  CLOSE_OBJECT,
  COMMA,
  escapedLength,
  escapeInto,
  MemberReader,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  releaseScratch,
  Scratch,
  skipSpace,
  unescapeToScratch,
} from "../../../../core/json/index.ts";
import { EditedText } from "../../../../core/edited-text.ts";
import { encodeUtf8 } from "../../../../core/utf8.ts";
import type { Work } from "../../../../core/work.ts";
import type { Signal } from "../../../../policy/model.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import { changesText } from "../../../../policy/text-change.ts";
import { AttributeAt, FoundAttributes, NO_MAP, ODD_MAP } from "./found-attributes.ts";
import { LOG_RECORD_KEYS, Member, SPAN_KEYS } from "./names.ts";
import { cutEnd, cutStart, RecordMembers, separatorBefore } from "./record-members.ts";

const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);
const STRING_VALUE = encodeUtf8('{"stringValue":"');
const STRING_VALUE_SNAKE = encodeUtf8('{"string_value":"');
/** An escaped byte takes six at most: of short texts that much room is made unseen. */
const ESCAPED_BYTES_MAX = 6;
const SHORT_BYTES_MAX = 1024;

export class RecordText {
  readonly edits = new EditedText();
  readonly found = new FoundAttributes();
  /** Those that have the name which others are to get. */
  readonly targets = new FoundAttributes();
  /** The text that was read last, unescaped: source[from, to). */
  source: Uint8Array = NOTHING;
  from = 0;
  to = 0;
  members: RecordMembers;
  private readonly own = new RecordMembers();
  private readonly keys;
  private readonly reader = new MemberReader();
  private readonly scratch = new Scratch(1024);
  private isIndexed = false;
  /** Something was added, taken out or moved since the members were found. */
  private isMoved = false;
  private viewed: Uint8Array = NOTHING;
  private view: DataView = NO_VIEW;

  constructor(signal: Signal) {
    this.keys = signal === "log" ? LOG_RECORD_KEYS : SPAN_KEYS;
    this.members = this.own;
  }

  /** What edits are asked of before they are done. */
  set work(work: Work | undefined) {
    this.edits.work = this.found.work = this.targets.work = work;
  }

  /** Opens the object bytes[start, end); `noted`: where its members are, if that is known. */
  open(bytes: Uint8Array, start: number, end: number, noted?: RecordMembers): void {
    this.edits.open(bytes, start, end);
    this.isIndexed = noted !== undefined;
    this.members = noted ?? this.own;
    this.isMoved = false;
  }

  release(): void {
    this.edits.release();
    this.members = this.own;
    this.isIndexed = this.isMoved = false;
    this.source = this.viewed = NOTHING;
    this.view = NO_VIEW;
    releaseScratch(this.scratch);
  }

  /** Carries the patches out; nothing that was found holds any more. */
  settle(): this {
    if (this.edits.count > 0) this.isIndexed = this.isMoved = false;
    this.edits.settle();
    return this;
  }

  /** Knows where the members are now. `isPatched`: something that is looked for was edited. */
  index(isPatched = false): RecordMembers {
    const { edits } = this;
    if (this.isMoved || isPatched) this.settle();
    if (!this.isIndexed) {
      this.members = this.own;
      this.own.read(edits.bytes, edits.start, this.keys, this.reader);
      this.isIndexed = true;
    }
    return this.members;
  }

  /** Finds the attributes of that key; false when that takes a tree. */
  findAttributes(key: Uint8Array): boolean {
    const { edits, found } = this;
    if (!this.findIn(found, key)) return false;
    for (let i = 0; i < found.count; i++) {
      if (edits.isPatched(found.at(i, AttributeAt.start), found.at(i, AttributeAt.end))) {
        this.index(true);
        return this.findIn(found, key);
      }
    }
    return true;
  }

  /** The same at the end of a path through maps, each of which is there once. */
  findNested(path: readonly Uint8Array[]): boolean {
    const { edits, found } = this;
    // What was edited may be any of them.
    if (edits.count > 0) this.index(true);
    if (!this.findIn(found, path[0] as Uint8Array)) return false;
    for (let depth = 1; depth < path.length && found.count > 0; depth++) {
      const listAt = found.count > 1 ? ODD_MAP : found.mapOf(edits.bytes, 0);
      if (listAt === ODD_MAP) return false;
      if (listAt === NO_MAP) found.count = 0;
      else found.find(edits.bytes, this.view, listAt, path[depth] as Uint8Array);
      if (found.isOdd) return false;
    }
    return true;
  }

  /** The same for a name that the found ones are to get. */
  findTargets(key: Uint8Array): boolean {
    return this.findIn(this.targets, key);
  }

  private findIn(found: FoundAttributes, key: Uint8Array): boolean {
    const { edits } = this;
    const members = this.index();
    const count = members.counts[Member.attributes] as number;
    const listAt = members.valueAts[Member.attributes] as number;
    found.count = found.total = 0;
    if (count === 0) return true;
    if (count > 1 || edits.bytes[listAt] !== OPEN_ARRAY) return false;
    if (this.viewed !== edits.bytes) {
      const { buffer, byteOffset, byteLength } = edits.bytes;
      this.viewed = edits.bytes;
      this.view = new DataView(buffer, byteOffset, byteLength);
    }
    found.find(edits.bytes, this.view, listAt, key);
    return !found.isOdd;
  }

  // Reading

  /** Reads the text between the quotes at `start` and `end`, complemented when it has escapes. */
  readText(start: number, end: number): void {
    const { scratch } = this;
    const { bytes } = this.edits;
    if (end >= 0) {
      this.source = bytes;
      this.from = start;
      this.to = end;
      return;
    }
    scratch.reset();
    unescapeToScratch(bytes, start, ~end, scratch);
    this.source = scratch.text;
    this.from = scratch.from;
    this.to = scratch.to;
  }

  readNothing(): void {
    this.source = NOTHING;
    this.from = this.to = 0;
  }

  /** Reads the text of a found attribute; of what is no string it is empty. */
  readAttribute(index: number): void {
    const { found } = this;
    if (found.at(index, AttributeAt.kind) !== ValueKind.string) this.readNothing();
    else
      this.readText(found.at(index, AttributeAt.textStart), found.at(index, AttributeAt.textEnd));
  }

  /** Takes the text that was read last as hex digits in lower case; whether it is all zeros. */
  lowerHex(): boolean {
    const { scratch, source } = this;
    const length = this.to - this.from;
    if (source !== scratch.bytes) scratch.reset();
    scratch.reserve(length);
    const start = scratch.used;
    copyBytes(source, this.from, this.to, scratch.bytes, start);
    let isZero = true;
    for (let i = start; i < start + length; i++) {
      const c = scratch.bytes[i] as number;
      if (c !== 0x30) isZero = false;
      if (c >= 0x41 && c <= 0x46) scratch.bytes[i] = c | 0x20;
    }
    this.source = scratch.bytes;
    this.from = start;
    this.to = scratch.used = start + length;
    return isZero;
  }

  // Editing

  /** Asks what becomes of a found attribute; whether it is another now. */
  rewriteAttribute(index: number, change: TextChange): boolean {
    const kind = this.found.at(index, AttributeAt.kind) as ValueKindIndex;
    this.readAttribute(index);
    if (!changesText(change, kind, this.source, this.from, this.to)) return false;
    this.putAttribute(index, change.text, change.length);
    return true;
  }

  /** Makes a found attribute this string; one that says so already keeps its bytes. */
  setAttribute(index: number, text: Uint8Array): void {
    this.readAttribute(index);
    const isString = this.found.at(index, AttributeAt.kind) === ValueKind.string;
    if (isString && sameRange(this.source, this.from, this.to, text, 0, text.length)) return;
    this.putAttribute(index, text, text.length);
  }

  private putAttribute(index: number, text: Uint8Array, length: number): void {
    const { edits, found } = this;
    if (found.at(index, AttributeAt.kind) === ValueKind.string) {
      const end = found.at(index, AttributeAt.textEnd);
      edits.replace(found.at(index, AttributeAt.textStart), end < 0 ? ~end : end);
      this.putEscaped(text, 0, length);
      return;
    }
    edits.replace(found.at(index, AttributeAt.valueStart), found.at(index, AttributeAt.valueEnd));
    this.putStringValue(text, length, found.at(index, AttributeAt.isSnake) === 1);
  }

  /** Takes the found attributes out. */
  removeAttributes(): void {
    const { edits, found } = this;
    const { bytes } = edits;
    this.isMoved = true;
    let first = 0;
    // Those with which the list begins go with the comma behind them.
    while (first < found.count && found.at(first, AttributeAt.ordinal) === first) first++;
    if (first > 0) {
      const start = separatorBefore(bytes, found.at(0, AttributeAt.start));
      const behind = skipSpace(bytes, found.at(first - 1, AttributeAt.end));
      edits.replace(start + 1, first < found.total ? behind + 1 : behind);
    }
    for (let i = first; i < found.count; i++) {
      const start = separatorBefore(bytes, found.at(i, AttributeAt.start));
      edits.replace(start, skipSpace(bytes, found.at(i, AttributeAt.end)));
    }
  }

  /** Takes the found attributes out and appends them by another name, which is not there. */
  moveAttributes(to: Uint8Array): void {
    const { edits, found } = this;
    const { bytes } = edits;
    this.removeAttributes();
    edits.replace(found.closeAt, found.closeAt);
    for (let i = 0; i < found.count; i++) {
      if (i > 0 || found.count < found.total) edits.putByte(COMMA);
      edits.put(bytes, found.at(i, AttributeAt.start), found.at(i, AttributeAt.keyStart));
      this.putEscaped(to, 0, to.length);
      edits.put(bytes, found.at(i, AttributeAt.keyEnd), found.at(i, AttributeAt.end));
    }
  }

  /** Makes it an object without members. */
  empty(): void {
    const { edits } = this;
    this.isMoved = true;
    edits.replaceAll();
    edits.putByte(OPEN_OBJECT);
    edits.putByte(CLOSE_OBJECT);
  }

  /** Takes out the member that there is once. */
  removeMember(id: number): void {
    const { edits, members } = this;
    const { bytes } = edits;
    const before = separatorBefore(bytes, members.keyAts[id] as number);
    const behind = skipSpace(bytes, members.valueEnds[id] as number);
    this.isMoved = true;
    edits.replace(cutStart(bytes, before), cutEnd(bytes, before, behind));
  }

  /** Begins a patch that appends to the container between these brackets. */
  append(openAt: number, closeAt: number): void {
    const { edits } = this;
    this.isMoved = true;
    if (skipSpace(edits.bytes, openAt + 1) === closeAt) edits.replace(openAt + 1, closeAt);
    else {
      edits.replace(closeAt, closeAt);
      edits.putByte(COMMA);
    }
  }

  /** Puts text[start, end) as it stands between quotes. */
  putEscaped(text: Uint8Array, start: number, end: number): void {
    const { edits } = this;
    const length = end - start;
    const isShort = length <= SHORT_BYTES_MAX;
    edits.reserve(isShort ? length * ESCAPED_BYTES_MAX : escapedLength(text, start, end));
    edits.wrote(escapeInto(text, start, end, edits.store, edits.stored));
  }

  /** Puts an AnyValue that is the string text[0, length). */
  putStringValue(text: Uint8Array, length: number, isSnake: boolean): void {
    const { edits } = this;
    const start = isSnake ? STRING_VALUE_SNAKE : STRING_VALUE;
    edits.put(start, 0, start.length);
    this.putEscaped(text, 0, length);
    edits.putByte(QUOTE);
    edits.putByte(CLOSE_OBJECT);
  }
}
