// Unicode simple case folding, by RE2's own tables. Literal matchers and regexes both use it, so a
// case-insensitive literal and the same literal as a regex match the same texts.

import { writeCodePoint } from "../../core/utf8.ts";
import { ORBITS } from "./unicode-orbits.ts";
import { codePointAt, sequenceLength } from "./utf8.ts";
import { decodeNumbers } from "./vlq.ts";

interface Tables {
  /** Representatives by code point, in pages of 256; a missing page folds nothing. */
  readonly pages: readonly (Int32Array | undefined)[];
  /** By representative. */
  readonly orbits: ReadonlyMap<number, readonly number[]>;
  /** All code points with a folding partner, sorted. */
  readonly partnered: readonly number[];
}

/** ASCII lower case, for the fast path. */
const lowerAscii = Uint8Array.from({ length: 128 }, (_, cp) =>
  cp >= 0x41 && cp <= 0x5a ? cp | 0x20 : cp,
);

/** ASCII letters that fold to a character beyond ASCII: the Kelvin sign, the long s. */
const BEYOND_ASCII: ReadonlyMap<number, number> = new Map([
  [0x6b, 0x212a],
  [0x73, 0x017f],
]);

/** The orbits of ASCII, so that regexes with nothing else need no tables. */
const asciiOrbits: readonly (readonly number[] | undefined)[] = Array.from(
  { length: 128 },
  (_, cp) => {
    const lower = lowerAscii[cp] as number;
    if (lower < 0x61 || lower > 0x7a) return undefined;
    const beyond = BEYOND_ASCII.get(lower);
    return beyond === undefined ? [lower & ~0x20, lower] : [lower & ~0x20, lower, beyond];
  },
);

/** Loaded on demand: most programs and threads never fold beyond ASCII. */
let loaded: Tables | undefined;

function representative(orbit: readonly number[]): number {
  for (const cp of orbit) if (cp >= 0x61 && cp <= 0x7a) return cp;
  return orbit[0] as number;
}

function loadTables(): Tables {
  const pages: (Int32Array | undefined)[] = [];
  const orbits = new Map<number, readonly number[]>();
  const partnered: number[] = [];
  for (const orbit of readOrbits()) {
    const target = representative(orbit);
    orbits.set(target, orbit);
    for (const cp of orbit) {
      partnered.push(cp);
      const page = (pages[cp >>> 8] ??= Int32Array.from(
        { length: 256 },
        (_, low) => (cp & ~255) | low,
      ));
      page[cp & 255] = target;
    }
  }
  partnered.sort((a, b) => a - b);
  return { pages, orbits, partnered };
}

function* readOrbits(): Iterable<readonly number[]> {
  const numbers = decodeNumbers(ORBITS);
  let first = 0;
  for (let i = 0; i < numbers.length;) {
    first += numbers[i] as number;
    const others = (numbers[i + 1] as number) + 1;
    i += 2;
    const orbit = [first];
    let at = first;
    for (let k = 0; k < others; k++) {
      at += numbers[i++] as number;
      orbit.push(at);
    }
    yield orbit;
  }
}

/**
 * The representative of the code point's folding orbit: the lower-case ASCII letter when there is
 * one, else the smallest member. Two code points fold to each other exactly when their
 * representatives are equal.
 */
export function foldCodePoint(cp: number): number {
  if (cp < 0x80) return lowerAscii[cp] as number;
  const page = (loaded ??= loadTables()).pages[cp >>> 8];
  return page === undefined ? cp : (page[cp & 255] as number);
}

/** All members of the orbit of `cp`, sorted; undefined if it has no partner. */
export function orbitOf(cp: number): readonly number[] | undefined {
  if (cp < 0x80) return asciiOrbits[cp];
  return (loaded ??= loadTables()).orbits.get(foldCodePoint(cp));
}

/** All code points with a folding partner, sorted. */
export function foldables(): readonly number[] {
  return (loaded ??= loadTables()).partnered;
}

/**
 * Writes the folded form of bytes[start, end) to the start of `out` and returns its length. Invalid
 * bytes become U+FFFD, so `out` must have room for three times the input; without them the result
 * is never longer.
 */
export function foldUtf8(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let length = 0;
  for (let at = start; at < end;) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      out[length++] = lowerAscii[byte] as number;
      at++;
      continue;
    }
    const size = sequenceLength(bytes, at, end);
    const cp = size === 0 ? 0xfffd : foldCodePoint(codePointAt(bytes, at, size));
    length = writeCodePoint(out, length, cp);
    at += size === 0 ? 1 : size;
  }
  return length;
}
