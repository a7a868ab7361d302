// Reads the texts of records as onlookers see them.

import { encodeUtf8 } from "../core/utf8.ts";
import { ValueKind } from "../policy/record-port.ts";
import type { ValueStore } from "../policy/value-store.ts";

const NOTHING = new Uint8Array(0);

/** A text of the record at hand; borrowed. */
export class PutText {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** The text of a slot, or none. */
  read(values: ValueStore, slot: number): this {
    if (values.has(slot) && values.kind(slot) === ValueKind.string) {
      this.set(values.buffer(slot), values.start(slot), values.end(slot));
    } else this.set(NOTHING, 0, 0);
    return this;
  }

  get isEmpty(): boolean {
    return this.start === this.end;
  }
}

export function putText(text: string): PutText {
  const bytes = encodeUtf8(text);
  const put = new PutText();
  put.set(bytes, 0, bytes.length);
  return put;
}

/** The whole number of a slot as far as 32 bits hold it; 0: there is none. */
export function smallNumber(values: ValueStore, slot: number): number {
  return values.has(slot) && values.kind(slot) === ValueKind.int ? values.end(slot) : 0;
}
