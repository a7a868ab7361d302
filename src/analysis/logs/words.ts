// What words are made of, and which of them say that a value comes next.

import { fnv32, FNV32_START } from "../../core/hash.ts";
import { encodeUtf8 } from "../../core/utf8.ts";

const WORD_BYTES = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte);
  WORD_BYTES[byte] = byte >= 0x80 || /[A-Za-z0-9_\-+~%$#]/.test(char) ? 1 : 0;
}

export function isWordByte(byte: number): boolean {
  return WORD_BYTES[byte] === 1;
}

/** Words, in any case, each with a number. */
class WordTable {
  readonly #numbers = new Map<number, number>();
  readonly #lengthMax: number;
  readonly #folded: Uint8Array;

  constructor(words: Readonly<Record<string, number>>) {
    const keys = Object.keys(words);
    this.#lengthMax = Math.max(...keys.map((word) => word.length));
    this.#folded = new Uint8Array(this.#lengthMax);
    for (const [word, number] of Object.entries(words)) {
      const bytes = encodeUtf8(word);
      this.#numbers.set(fnv32(bytes, 0, bytes.length, FNV32_START), number);
    }
  }

  /** Number of the word bytes[start, end); 0: it is none of them. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > this.#lengthMax) return 0;
    const folded = this.#folded;
    for (let i = 0; i < length; i++) {
      const byte = bytes[start + i] as number;
      folded[i] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    }
    return this.#numbers.get(fnv32(folded, 0, length, FNV32_START)) ?? 0;
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    return this.find(bytes, start, end) > 0;
  }
}

const named = (words: string, number: number): Record<string, number> =>
  Object.fromEntries(words.split(" ").map((word) => [word, number]));

/**
 * Names of values that are nobody's business. 1: of what stands behind a colon. 2 and 3: of the
 * next one or two words, too.
 */
export const SECRET_NAMES = new WordTable({
  ...named("user username userid uid login email mail name firstname lastname account", 1),
  ...named("customer owner host address phone session sid key id iban card auth", 1),
  ...named("password passwd pwd passphrase secret token apikey api_key api-key", 2),
  ...named("access_key access_token refresh_token private_key credential credentials", 2),
  ...named("bearer basic cookie set-cookie x-api-key otp pin ssn", 2),
  ...named("authorization", 3),
});

/** Keys of JSON whose strings are texts of their own. */
export const TEXT_KEYS = new WordTable(
  named("message msg event log logger level severity lvl text", 1),
);
