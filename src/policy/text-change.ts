// Changes of values (record-port.ts): the one that says the same about every value, and how an
// editor asks whether a value is to be changed.

import { sameRange } from "../core/bytes.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "./record-port.ts";

/** Any value becomes the text. */
export class ConstantText implements TextChange {
  readonly text: Uint8Array;
  readonly length: number;

  constructor(text: Uint8Array) {
    this.text = text;
    this.length = text.length;
  }

  applyTo(): boolean {
    return true;
  }
}

/** Asks what becomes of a value; false when it stays, or is a string that says so already. */
export function changesText(
  change: TextChange,
  kind: ValueKindIndex,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const from = kind === ValueKind.string ? start : end;
  if (!change.applyTo(kind, bytes, from, end)) return false;
  return kind !== ValueKind.string || !sameRange(bytes, start, end, change.text, 0, change.length);
}
