// Bracket expressions and `\p` groups. Flags other than case folding do not matter here: with the
// options used here, RE2 lets negated classes match newlines.

import { RegexSyntaxError, type Ranges } from "./ast.ts";
import { addFolded, negate, normalize } from "./char-class.ts";
import { parseEscape, type Escape } from "./escape.ts";
import { perlClass, posixClass, unicodeGroup } from "./unicode.ts";

/** A class, and where the text continues. */
export interface ParsedClass {
  readonly ranges: Ranges;
  readonly end: number;
}

function badRange(found: string): RegexSyntaxError {
  return new RegexSyntaxError("invalid character class range", found);
}

/** Reads `\pL`, `\p{Greek}`, `\P…`, `\p{^…}` whose backslash is at `start`. */
export function parseUnicodeGroup(text: string, start: number, fold: boolean): ParsedClass {
  let negated = text[start + 1] === "P";
  let end = start + 2;
  let name: string;
  if (text[end] === "{") {
    const close = text.indexOf("}", end);
    if (close < 0) throw badRange(text.slice(start));
    name = text.slice(end + 1, close);
    end = close + 1;
  } else {
    const cp = text.codePointAt(end);
    name = cp === undefined ? "" : String.fromCodePoint(cp);
    end += name.length;
  }
  if (name.startsWith("^")) {
    negated = !negated;
    name = name.slice(1);
  }
  const ranges = unicodeGroup(name, negated, fold);
  if (ranges === undefined) throw badRange(text.slice(start, end));
  return { ranges, end };
}

/** Reads a named class at `at` inside brackets, if there is one. */
function parseNamed(text: string, at: number, fold: boolean): ParsedClass | undefined {
  const next = text[at + 1];
  if (text[at] === "[" && next === ":") {
    const close = text.indexOf(":]", at + 2);
    if (close < 0) return undefined;
    const ranges = posixClass(text.slice(at + 2, close), fold);
    if (ranges === undefined) throw badRange(text.slice(at, close + 2));
    return { ranges, end: close + 2 };
  }
  if (text[at] !== "\\" || next === undefined) return undefined;
  if (next === "p" || next === "P") {
    return at + 2 < text.length ? parseUnicodeGroup(text, at, fold) : undefined;
  }
  const ranges = perlClass(next, fold);
  return ranges && { ranges, end: at + 2 };
}

function parseChar(text: string, at: number, open: number): Escape {
  const cp = text.codePointAt(at);
  if (cp === undefined) throw new RegexSyntaxError("missing ]", text.slice(open));
  if (cp === 0x5c) return parseEscape(text, at);
  return { cp, end: at + (cp > 0xffff ? 2 : 1) };
}

/** Reads the bracket expression that opens at `open`. */
export function parseClass(text: string, open: number, fold: boolean): ParsedClass {
  const negated = text[open + 1] === "^";
  const start = open + (negated ? 2 : 1);
  const pairs: number[] = [];
  let at = start;
  while (at < text.length && (text[at] !== "]" || at === start)) {
    const named = parseNamed(text, at, fold);
    if (named !== undefined) {
      for (const bound of named.ranges) pairs.push(bound);
      at = named.end;
      continue;
    }
    const low = parseChar(text, at, open);
    let high = low;
    // The hyphen in [a-] stands for itself.
    if (text[low.end] === "-" && low.end + 1 < text.length && text[low.end + 1] !== "]") {
      high = parseChar(text, low.end + 1, open);
      if (high.cp < low.cp) throw badRange(text.slice(at, high.end));
    }
    if (fold) addFolded(pairs, low.cp, high.cp);
    else pairs.push(low.cp, high.cp);
    at = high.end;
  }
  if (at >= text.length) throw new RegexSyntaxError("missing ]", text.slice(open));
  const ranges = normalize(pairs);
  return { ranges: negated ? negate(ranges) : ranges, end: at + 1 };
}
