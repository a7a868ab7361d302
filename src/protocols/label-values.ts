// Hashes label values, so that code that counts series never sees the values. Pure.

import { fnv32, FNV32_PRIME, FNV32_START } from "../core/hash.ts";
import { encodeUtf8 } from "../core/utf8.ts";

/** That of the text's UTF-8, as `fnv32` has it. */
export function textHash(text: string): number {
  let hash = FNV32_START;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) {
      const bytes = encodeUtf8(text);
      return fnv32(bytes, 0, bytes.length);
    }
    hash = Math.imul(hash ^ code, FNV32_PRIME);
  }
  return hash;
}
