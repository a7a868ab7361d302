// What a value becomes when a transform rewrites it, the same for both encodings.

import { sameBytes } from "../../../core/bytes.ts";
import { type ChangeText, ValueKind, type ValueKindIndex } from "../../../policy/record-port.ts";

const NOTHING = new Uint8Array(0);

/** Undefined: the value stays. `text` counts for strings only. */
export function changedText(
  change: ChangeText,
  kind: ValueKindIndex,
  text: Uint8Array,
): Uint8Array | undefined {
  const old = kind === ValueKind.string ? text : NOTHING;
  const changed = change(kind, old);
  if (changed === undefined) return undefined;
  return kind === ValueKind.string && sameBytes(old, changed) ? undefined : changed;
}
