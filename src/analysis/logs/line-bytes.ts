// Bytes that say something of a line of a log, and kinds of them.

export const SPACE = 0x20;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
export const DASH = 0x2d;
const DOT = 0x2e;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const AT = 0x40;
export const BACKSLASH = 0x5c;
export const UNDERSCORE = 0x5f;
export const BACKQUOTE = 0x60;

/** A longer word is masked. */
export const WORD_BYTES_MAX = 32;

/** Ends of values behind `=`; quotes and spaces besides. */
export const VALUE_ENDS = bytesOf(",;&)]}|");
/** What stands between a name and its value, by itself. */
export const LINKS = bytesOf("=:->");
/** What joins two masks to one: IP addresses, times, paths of ids. */
export const JOINERS = bytesOf(".:,/-");

export function isQuote(byte: number): boolean {
  return byte === QUOTE || byte === APOSTROPHE || byte === BACKQUOTE;
}

export function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

export function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** Also false behind the end. */
export function isLineFeed(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

export function isLetter(byte: number): boolean {
  const folded = byte | 0x20;
  return folded >= 0x61 && folded <= 0x7a;
}

/** Whether a text of JSON is the name of a member, as programs call them. */
export function isKey(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end || end - start > WORD_BYTES_MAX) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (!isLetter(byte) && byte !== UNDERSCORE && byte !== DASH && byte !== DOT) return false;
  }
  return true;
}

function bytesOf(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of text) table[char.charCodeAt(0)] = 1;
  return table;
}
