// Reads the key of an object's member and says which known name it is.

import type { KeyTable } from "./key-table.ts";
import { MEMBERS_MAX } from "../limits.ts";
import { failAt, QUOTE, scanString, skipColon } from "./scan.ts";

/** An integer, like everything that is counted here, because the loops over members are hot. */
const UNBOUNDED = 0x3fffffff;

/** One call has two results: the id is returned, and the value's offset is left in `valueAt`. */
export class MemberReader {
  /** Offset of the first byte of the value whose key was read last. */
  valueAt = 0;
  private left = UNBOUNDED;
  private isBounded = false;

  /** Allows MEMBERS_MAX members from here on; more of them cause an UndecodableError. */
  begin(): void {
    this.left = MEMBERS_MAX;
    this.isBounded = true;
  }

  /** Whether there were more members than that. */
  get isOver(): boolean {
    return this.left < 0;
  }

  /** Counts a member read at `at`; members whose keys are read here are counted automatically. */
  take(bytes: Uint8Array, at: number): void {
    if (--this.left < 0) this.refuse(bytes, at);
  }

  private refuse(bytes: Uint8Array, at: number): void {
    if (this.isBounded) failAt(bytes, at, "fewer members");
    this.left = UNBOUNDED;
  }

  /** Id in `table` of the key whose opening quote is at `at`; 0 for an unknown key. */
  idOf(bytes: Uint8Array, at: number, table: KeyTable): number {
    if (bytes[at] !== QUOTE) return failAt(bytes, at, "a key");
    if (--this.left < 0) this.refuse(bytes, at);
    const quote = scanString(bytes, at + 1);
    if (quote < 0) {
      this.valueAt = skipColon(bytes, ~quote + 1);
      return table.idOfEscaped(bytes, at + 1, ~quote);
    }
    this.valueAt = skipColon(bytes, quote + 1);
    return table.idOf(bytes, at + 1, quote);
  }
}
