// Reads records that may not be valid JSON: those pass unjudged, and their neighbours are judged.

import { UndecodableError } from "../../../../core/errors.ts";
import {
  behindBroken,
  endsElement,
  failAt,
  OPEN_OBJECT,
  skipValue,
} from "../../../../core/json/index.ts";
import { BROKEN_RECORDS_MAX } from "../../../../core/limits.ts";
import type { ObjectPlan } from "./object-plan.ts";
import type { ValueReader } from "./value-reader.ts";

export class BrokenRecords {
  private count = 0;
  /** Why the last one is none. */
  private fault: UndecodableError | undefined;

  /** Begins a request. */
  begin(): void {
    this.count = 0;
    this.fault = undefined;
  }

  /**
   * Reads the object at `at` of `bytes`, an element of an array; returns the offset behind it, or
   * -1 when it is broken.
   */
  read(
    reader: ValueReader,
    bytes: Uint8Array,
    plan: ObjectPlan,
    at: number,
    depth: number,
  ): number {
    try {
      return checked(bytes, reader.readRecord(at, plan, depth));
    } catch (error) {
      // It may be JSON all the same: it says nothing of the body.
      return reader.members.isOver ? -1 : this.note(error);
    }
  }

  /** Offset behind the element at `at` that is no object, or a broken one. */
  pass(bytes: Uint8Array, at: number, depth: number): number {
    // That was noted.
    if (bytes[at] === OPEN_OBJECT) return behindBroken(bytes, at);
    try {
      return checked(bytes, skipValue(bytes, at, depth));
    } catch (error) {
      this.note(error);
      return behindBroken(bytes, at);
    }
  }

  private note(error: unknown): -1 {
    if (!(error instanceof UndecodableError) || this.count === BROKEN_RECORDS_MAX) throw error;
    this.count++;
    this.fault = error;
    return -1;
  }

  /** For a body of which nothing could be read. */
  throwAny(): void {
    if (this.fault !== undefined) throw this.fault;
  }
}

function checked(bytes: Uint8Array, end: number): number {
  return endsElement(bytes, end) ? end : failAt(bytes, end, "a comma or a closing bracket");
}
