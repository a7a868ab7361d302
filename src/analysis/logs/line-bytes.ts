// The bytes that matter in a log line, and the classes that they belong to.

const TAB = 0x09;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
export const DASH = 0x2d;
const DOT = 0x2e;
export const SLASH = 0x2f;
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

/** Ends of values behind `=`; spaces besides. */
export const VALUE_ENDS = bytesOf(",;&)]}|\"'`");
/** Behind a colon what ends with `@` may be part of an address, which has the rest as well. */
export const NAMED_ENDS = bytesOf(",;&)]}|\"'`@");
export const NO_ENDS = new Uint8Array(256);
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

/** Whether one word stands there behind spaces, and then the line or a part of it ends. */
export function endsValue(bytes: Uint8Array, at: number, end: number): boolean {
  while (at < end && isBlank(bytes[at])) at++;
  const start = at;
  while (at < end && (bytes[at] as number) > SPACE && bytes[at] !== COMMA) at++;
  if (at === start) return false;
  const last = bytes[at - 1];
  if (bytes[at] === COMMA || last === SEMICOLON) return true;
  while (at < end && isBlank(bytes[at])) at++;
  return at >= end || isLineFeed(bytes[at]);
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
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
