// Character classes by name: Unicode groups, POSIX and Perl classes, as RE2 defines them.

import type { Ranges } from "./ast.ts";
import { CODE_POINT_MAX, foldRanges, negate, normalize } from "./char-class.ts";
import { CATEGORIES } from "./unicode-categories.ts";
import { SCRIPTS } from "./unicode-scripts.ts";
import { decodeNumbers } from "./vlq.ts";

const DIGIT: Ranges = [0x30, 0x39];
const SPACE: Ranges = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20];
const WORD: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];

const PERL: Readonly<Record<string, Ranges>> = { d: DIGIT, s: SPACE, w: WORD };

const POSIX: Readonly<Record<string, Ranges>> = {
  alnum: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a],
  alpha: [0x41, 0x5a, 0x61, 0x7a],
  ascii: [0x00, 0x7f],
  blank: [0x09, 0x09, 0x20, 0x20],
  cntrl: [0x00, 0x1f, 0x7f, 0x7f],
  digit: DIGIT,
  graph: [0x21, 0x7e],
  lower: [0x61, 0x7a],
  print: [0x20, 0x7e],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  space: [0x09, 0x0d, 0x20, 0x20],
  upper: [0x41, 0x5a],
  word: WORD,
  xdigit: [0x30, 0x39, 0x41, 0x46, 0x61, 0x66],
};

/** Decoded groups and their variants by name; the names are a fixed table, so it stays small. */
const cache = new Map<string, Ranges>();

function variant(name: string, base: Ranges, negated: boolean, fold: boolean): Ranges {
  if (!negated && !fold) return base;
  const key = `${negated ? "^" : ""}${fold ? "i" : ""}:${name}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const folded = fold ? foldRanges(base) : base;
  const result = negated ? negate(folded) : folded;
  cache.set(key, result);
  return result;
}

function decodeRanges(code: string): number[] {
  const numbers = decodeNumbers(code);
  let next = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    const lo = next + (numbers[i] as number);
    const hi = lo + (numbers[i + 1] as number);
    numbers[i] = lo;
    numbers[i + 1] = hi;
    next = hi + 1;
  }
  return numbers;
}

function own(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function decodeGroup(name: string): Ranges | undefined {
  if (name === "Any") return [0, CODE_POINT_MAX];
  const code = own(CATEGORIES, name) ?? own(SCRIPTS, name);
  if (code !== undefined) return decodeRanges(code);
  if (!/^[CLMNPSZ]$/.test(name)) return undefined;
  const pairs: number[] = [];
  for (const part of Object.keys(CATEGORIES)) {
    if (part.startsWith(name) && part.length === 2) {
      for (const bound of decodeRanges(own(CATEGORIES, part) ?? "")) pairs.push(bound);
    }
  }
  return normalize(pairs);
}

/** `\p{name}` (or its negation); undefined if there is no such group. */
export function unicodeGroup(name: string, negated: boolean, fold: boolean): Ranges | undefined {
  let base = cache.get(name);
  if (base === undefined) {
    base = decodeGroup(name);
    if (base === undefined) return undefined;
    cache.set(name, base);
  }
  return variant(name, base, negated, fold);
}

/** `\d`, `\s`, `\w` and their negations by letter; undefined for other letters. */
export function perlClass(letter: string, fold: boolean): Ranges | undefined {
  const lower = letter.toLowerCase();
  if (!Object.hasOwn(PERL, lower)) return undefined;
  const base = PERL[lower];
  return base && variant(`\\${lower}`, base, letter !== lower, fold);
}

/** `[:name:]` or `[:^name:]` by what is between the colons. */
export function posixClass(name: string, fold: boolean): Ranges | undefined {
  const negated = name.startsWith("^");
  const plain = negated ? name.slice(1) : name;
  if (!Object.hasOwn(POSIX, plain)) return undefined;
  const base = POSIX[plain];
  return base && variant(`[:${plain}`, base, negated, fold);
}
