// Recognizes attributes that are written as most are: `{"key":"k","value":{"stringValue":"v"}}`,
// also with intValue in a string, without whitespace and escapes. Only a shortcut: whatever it does
// not recognize is read the general way, with the same result. Most of a request's time would
// otherwise go into these few names, so they are compared in words of four bytes.

import { CLOSE_OBJECT, scanStringInWords } from "../../../../core/json/index.ts";
import { encodeUtf8 } from "../../../../core/utf8.ts";
import { Found } from "./buffered-values.ts";

function word(text: string): number {
  return new DataView(encodeUtf8(text).buffer).getInt32(0, true);
}
const KEY_1 = word('{"ke');
const KEY_2 = word('y":"');
const VALUE_1 = word('","v');
const VALUE_2 = word("alue");
const VALUE_3 = word('":{"');
const STRING_1 = word("stri");
const STRING_2 = word("ngVa");
const STRING_3 = word('lue"');
const STRING_4 = 0x223a;
const INT_1 = word("intV");
const INT_2 = word("alue");
const INT_3 = word('e":"');

/** From the opening brace to the first byte of the key. */
export const USUAL_KEY_OFFSET = 8;
/**
 * No word is read behind the end when the text goes on for so long from its opening brace, and its
 * key.
 */
const BYTES_MIN = 52;
const BYTES_BEHIND_KEY_MIN = 26;

export class AttributeFastPath {
  /** What was read last; the key begins at USUAL_KEY_OFFSET. */
  keyEnd = 0;
  kind: number = Found.string;
  start = 0;
  end = 0;

  /**
   * Returns the offset behind the attribute at `at`, or -1 when it is no usual one. `view` is of
   * `bytes`.
   */
  read(bytes: Uint8Array, view: DataView, at: number): number {
    const { length } = bytes;
    if (at + BYTES_MIN > length) return -1;
    if (view.getInt32(at, true) !== KEY_1 || view.getInt32(at + 4, true) !== KEY_2) return -1;
    const quote = scanStringInWords(bytes, view, at + USUAL_KEY_OFFSET);
    if (quote < 0 || quote + BYTES_BEHIND_KEY_MIN > length) return -1;
    if (
      view.getInt32(quote, true) !== VALUE_1 ||
      view.getInt32(quote + 4, true) !== VALUE_2 ||
      view.getInt32(quote + 8, true) !== VALUE_3
    ) {
      return -1;
    }
    at = quote + 12;
    const first = view.getInt32(at, true);
    if (first === STRING_1) {
      if (view.getInt32(at + 4, true) !== STRING_2) return -1;
      if (view.getInt32(at + 8, true) !== STRING_3) return -1;
      if (view.getInt16(at + 12, true) !== STRING_4) return -1;
      this.kind = Found.string;
      at += 14;
    } else if (first === INT_1) {
      if (view.getInt32(at + 4, true) !== INT_2) return -1;
      if (view.getInt32(at + 7, true) !== INT_3) return -1;
      this.kind = Found.int;
      at += 11;
    } else return -1;
    const end = scanStringInWords(bytes, view, at);
    if (end < 0 || bytes[end + 1] !== CLOSE_OBJECT || bytes[end + 2] !== CLOSE_OBJECT) return -1;
    this.keyEnd = quote;
    this.start = at;
    this.end = end;
    return end + 3;
  }
}
