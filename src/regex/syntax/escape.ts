// Escape sequences that stand for one character; they are the same inside and outside of classes.

import { hexDigit } from "../../core/hex.ts";
import { RegexSyntaxError } from "./ast.ts";
import { CODE_POINT_MAX } from "./char-class.ts";

const C_ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, f: 12, v: 11 };

/** A code point, and where the text continues. */
export interface Escape {
  readonly cp: number;
  readonly end: number;
}

function bad(text: string, start: number, end: number): RegexSyntaxError {
  return new RegexSyntaxError("invalid escape sequence", text.slice(start, end));
}

function isOctal(code: number): boolean {
  return code >= 0x30 && code <= 0x37;
}

/** Reads the escape whose backslash is at `start`. */
export function parseEscape(text: string, start: number): Escape {
  const cp = text.codePointAt(start + 1);
  if (cp === undefined) throw new RegexSyntaxError("trailing \\");
  if (cp >= 0x30 && cp <= 0x39) return parseOctal(text, start);
  const letter = String.fromCodePoint(cp);
  if (letter === "x") return parseHex(text, start);
  const control = Object.hasOwn(C_ESCAPES, letter) ? C_ESCAPES[letter] : undefined;
  if (control !== undefined) return { cp: control, end: start + 2 };
  const end = start + 1 + letter.length;
  if (cp >= 0x80 || /[A-Za-z]/.test(letter)) throw bad(text, start, end);
  return { cp, end };
}

/** One to three octal digits; a single non-zero digit would be a backreference. */
function parseOctal(text: string, start: number): Escape {
  const first = text.charCodeAt(start + 1);
  const second = text.charCodeAt(start + 2);
  if (!isOctal(first) || (first !== 0x30 && !isOctal(second))) throw bad(text, start, start + 2);
  let cp = first - 0x30;
  let end = start + 2;
  while (end < start + 4 && isOctal(text.charCodeAt(end))) {
    cp = cp * 8 + text.charCodeAt(end) - 0x30;
    end++;
  }
  return { cp, end };
}

/** `\x7f` or `\x{10FFFF}`. */
function parseHex(text: string, start: number): Escape {
  let end = start + 2;
  if (text[end] !== "{") {
    const high = hexDigit(text.charCodeAt(end));
    const low = hexDigit(text.charCodeAt(end + 1));
    if (high < 0 || low < 0) throw bad(text, start, end + 2);
    return { cp: high * 16 + low, end: end + 2 };
  }
  end++;
  let cp = 0;
  const digits = end;
  for (;;) {
    const value = hexDigit(text.charCodeAt(end));
    if (!(value >= 0)) break;
    cp = cp * 16 + value;
    end++;
    if (cp > CODE_POINT_MAX) throw bad(text, start, end);
  }
  if (end === digits || text[end] !== "}") throw bad(text, start, end + 1);
  return { cp, end: end + 1 };
}
