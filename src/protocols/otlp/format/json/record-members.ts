// Where the known members of a record are in its text: noted by the reader while it reads, or found
// by a separate pass. Only offsets, reused from record to record.

import {
  CLOSE_OBJECT,
  COMMA,
  enterContainer,
  type KeyTable,
  type MemberReader,
  nextInContainer,
  skipValue,
} from "../../../../core/json/index.ts";
import { MEMBER_COUNT } from "./names.ts";

export class RecordMembers {
  /** Offset of the opening brace; -1: nothing is noted. */
  openAt = -1;
  /** Offset of the closing brace. */
  closeAt = 0;
  /** Whether there is no member, known or not. */
  isEmpty = true;
  /** By member id: occurrences, and of the last one its key's quote, its value, and behind it. */
  readonly counts = new Int32Array(MEMBER_COUNT);
  readonly keyAts = new Int32Array(MEMBER_COUNT);
  readonly valueAts = new Int32Array(MEMBER_COUNT);
  readonly valueEnds = new Int32Array(MEMBER_COUNT);

  /** Begins the object whose brace is at `at`. */
  begin(at: number): void {
    this.counts.fill(0);
    this.openAt = at;
    this.isEmpty = true;
  }

  note(id: number, keyAt: number, valueAt: number, valueEnd: number): void {
    this.isEmpty = false;
    this.counts[id] = (this.counts[id] as number) + 1;
    this.keyAts[id] = keyAt;
    this.valueAts[id] = valueAt;
    this.valueEnds[id] = valueEnd;
  }

  /** Finds the members of the object at `start`, which was scanned before. */
  read(bytes: Uint8Array, start: number, keys: KeyTable, members: MemberReader): void {
    this.begin(start);
    let at = enterContainer(bytes, start);
    while (at >= 0) {
      const keyAt = at;
      const id = members.idOf(bytes, keyAt, keys);
      at = skipValue(bytes, members.valueAt, 0);
      this.note(id, keyAt, members.valueAt, at);
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    this.closeAt = ~at - 1;
  }
}

/** Offset of the comma, or of the bracket that opens the container, before the item at `at`. */
export function separatorBefore(bytes: Uint8Array, at: number): number {
  do at--;
  while ((bytes[at] as number) <= 0x20);
  return at;
}

/** Where the range begins, or ends, that goes with one item of a container: with its comma. */
export function cutStart(bytes: Uint8Array, before: number): number {
  return bytes[before] === COMMA ? before : before + 1;
}
export function cutEnd(bytes: Uint8Array, before: number, behind: number): number {
  return bytes[before] !== COMMA && bytes[behind] === COMMA ? behind + 1 : behind;
}
