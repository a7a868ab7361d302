// Changes of values (see record-port.ts): the change that treats every value alike, and how an
// editor asks whether a value must change.

import { sameRange } from "../core/bytes.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "./record-port.ts";

/** Changes every value to this one. */
export class ConstantText implements TextChange {
  readonly text: Uint8Array;
  readonly length: number;
  readonly kind: ValueKindIndex;

  constructor(text: Uint8Array, kind: ValueKindIndex = ValueKind.string) {
    this.text = text;
    this.length = text.length;
    this.kind = kind;
  }

  applyTo(): boolean {
    return true;
  }
}

/** Whether values become something other than strings. */
export function isTyped({ kind }: TextChange): boolean {
  return kind !== undefined && kind !== ValueKind.string;
}

/**
 * Asks what a value becomes. Returns false if it stays, or is a string that is already equal; for
 * other kinds, the editor must compare.
 */
export function changesText(
  change: TextChange,
  kind: ValueKindIndex,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const from = kind === ValueKind.string ? start : end;
  if (!change.applyTo(kind, bytes, from, end)) return false;
  if (kind !== ValueKind.string || isTyped(change)) return true;
  return !sameRange(bytes, start, end, change.text, 0, change.length);
}
