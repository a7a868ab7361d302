// Which bytes words consist of, and which words announce that a value comes next.

import { FNV32_PRIME, FNV32_START } from "../../core/hash.ts";
import { encodeUtf8 } from "../../core/utf8.ts";

const WORD_BYTES = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte);
  WORD_BYTES[byte] = byte >= 0x80 || /[A-Za-z0-9_\-+~%$#]/.test(char) ? 1 : 0;
}

export function isWordByte(byte: number): boolean {
  return WORD_BYTES[byte] === 1;
}

/** What a word says of what stands behind it; see WORDS. */
export interface KnownWord {
  /** Of how many words behind it, and 1: only behind a colon. 0: nothing is secret. */
  readonly secrecy: number;
  /** Whether it is the key of a text. */
  readonly isTextKey: boolean;
  /** Whether it may stand between a name and its value. */
  readonly isLink: boolean;
  /** Whether it is a word of grammar, or one that tells how a secret fared: never a secret. */
  readonly isHarmless: boolean;
}

const named = (words: string, number: number): Record<string, number> =>
  Object.fromEntries(words.split(" ").map((word) => [word, number]));

/**
 * Names of values that are nobody's business. 1: of what stands behind a colon. 2 and 3: of the
 * next one or two words, too.
 */
const SECRET_NAMES: Readonly<Record<string, number>> = {
  ...named("user users username userid uid login email mail name firstname lastname account", 1),
  ...named("customer owner host address phone session sid key id iban card auth", 1),
  ...named("password passwd pwd pw passcode passphrase secret token apikey api_key api-key", 2),
  ...named("access_key access_token refresh_token private_key credential credentials", 2),
  ...named("bearer basic cookie set-cookie x-api-key otp pin ssn", 2),
  ...named("authorization", 3),
};

/** Keys of JSON and of `key=value` whose strings are texts of their own. */
const TEXT_KEYS = named("message msg event log logger level severity lvl text", 1);
const LINKS = named("is was", 1);
/** What is shown behind the name of a secret; the word next to it never is. */
const HARMLESS = named(
  "a an the of for from to in on at by with as and or not no is was are be been has have had " +
    "via per this that invalid valid unknown user users port session request client server " +
    "failed failure denied rejected accepted expired missing required changed",
  1,
);

/** By `foldedHash`. */
const WORDS = new Map<number, KnownWord>(
  Object.keys({ ...SECRET_NAMES, ...TEXT_KEYS, ...LINKS, ...HARMLESS }).map((word) => {
    const bytes = encodeUtf8(word);
    const secrecy = SECRET_NAMES[word] ?? 0;
    const known = {
      secrecy,
      isTextKey: word in TEXT_KEYS,
      isLink: word in LINKS,
      isHarmless: word in HARMLESS,
    };
    return [foldedHash(bytes, 0, bytes.length), known];
  }),
);

/** Undefined: it says nothing. `hash`: the folded one. */
export function knownWord(hash: number): KnownWord | undefined {
  return WORDS.get(hash);
}

/** The same of a word in any case. */
export function foldedHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV32_START;
  for (let at = start; at < end; at++) hash = foldedStep(hash, bytes[at] as number);
  return hash;
}

export function foldedStep(hash: number, byte: number): number {
  const folded = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
  return Math.imul(hash ^ folded, FNV32_PRIME);
}
