// The type that policies see in a JSON value, by its text, which must have been scanned before.

import { parseInt64 } from "../../../core/int64.ts";
import { OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "../../../core/json/index.ts";
import { ValueKind, type ValueKindIndex } from "../../../policy/record-port.ts";

const LETTER_T = 0x74;
const LETTER_F = 0x66;
const int64 = new Int32Array(2);

export function kindOfLiteral(bytes: Uint8Array, start: number, end: number): ValueKindIndex {
  const c = bytes[start];
  if (c === QUOTE) return ValueKind.string;
  if (c === LETTER_T || c === LETTER_F) return ValueKind.bool;
  if (c === OPEN_OBJECT || c === OPEN_ARRAY) return ValueKind.composite;
  return parseInt64(bytes, start, end, int64) ? ValueKind.int : ValueKind.double;
}
