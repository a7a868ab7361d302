// Pairs between braces, separated by commas: JSON objects, and labels as text. Every pair that was
// not changed is copied, together with the blanks around it.

import { ByteWriter } from "../../../core/json/index.ts";
import type { PairList } from "./pair-list.ts";

const [OPEN, CLOSE, COMMA, SPACE] = [0x7b, 0x7d, 0x2c, 0x20];

/** How an encoding writes what is new. */
export interface PairSyntax {
  /** The name, and what stands between it and the text. */
  readonly writeName: (name: Uint8Array) => Uint8Array;
  readonly writeText: (text: Uint8Array) => Uint8Array;
  /** What a new pair has behind its comma. */
  readonly blank: "" | " ";
}

/** `bytes`: what the list was read from. */
export function printPairs(
  bytes: Uint8Array,
  { pairs }: PairList,
  { blank, writeName, writeText }: PairSyntax,
): Uint8Array {
  const out = new ByteWriter();
  const put = (text: Uint8Array): void => out.copy(text, 0, text.length);
  out.byte(OPEN);
  for (const [i, { isChanged, name, source, text }] of pairs.entries()) {
    if (i > 0) out.byte(COMMA);
    if (source === undefined) {
      if (i > 0 && blank !== "") out.byte(SPACE);
      put(writeName(name));
      put(writeText(text));
    } else if (isChanged) {
      out.copy(bytes, source.from, source.textFrom);
      put(writeText(text));
      out.copy(bytes, source.textTo, source.to);
    } else out.copy(bytes, source.from, source.to);
  }
  out.byte(CLOSE);
  return out.finish();
}
