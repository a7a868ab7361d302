// Writes the Unicode tables of the regex engine by asking RE2 itself, so that both know the same
// characters. Run with `bun scripts/gen-unicode.ts`; it takes about half a minute. Tests re-check
// samples of the result.

import { readFileSync } from "node:fs";
import wasmPath from "re2-wasm/build/wasm/re2.wasm" with { type: "file" };
import { startRe2, type NativePattern } from "../src/re2/runtime.ts";

const re2 = startRe2();
const CODE_POINT_MAX = 0x10ffff;
/** Code points of one probing text: small, because RE2 copies the text for every match. */
const PROBE_CHUNK = 4096;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Flat, sorted, disjoint inclusive ranges: lo, hi, lo, hi, … */
type Ranges = number[];

function withPattern<T>(pattern: string, use: (native: NativePattern) => T): T {
  const native = new re2.Pattern(pattern, false, false, false);
  try {
    if (!native.ok()) throw new Error(`${pattern}: ${native.error()}`);
    return use(native);
  } finally {
    native.delete();
  }
}

function isSurrogate(cp: number): boolean {
  return cp >= 0xd800 && cp <= 0xdfff;
}

function probeTexts(): { cps: number[]; text: string }[] {
  const chunks = [];
  for (let lo = 0; lo <= CODE_POINT_MAX; lo += PROBE_CHUNK) {
    const cps = [];
    for (let cp = lo; cp < lo + PROBE_CHUNK && cp <= CODE_POINT_MAX; cp++) {
      if (!isSurrogate(cp)) cps.push(cp);
    }
    if (cps.length > 0) chunks.push({ cps, text: String.fromCodePoint(...cps.slice()) });
  }
  return chunks;
}

const probes = probeTexts();

function addRange(ranges: Ranges, lo: number, hi: number): void {
  if (ranges.at(-1) === lo - 1) ranges[ranges.length - 1] = hi;
  else ranges.push(lo, hi);
}

/**
 * Every code point that the one-character class matches; surrogates are never in a text, so never
 * found.
 */
export function probeClass(pattern: string): Ranges {
  const ranges: Ranges = [];
  withPattern(`(?:${pattern})+`, (native) => {
    for (const { cps, text } of probes) {
      let from = 0;
      while (from < cps.length) {
        const found = native.match(text, from, false);
        if (found.index < 0) break;
        const count = Array.from(found.match).length;
        addRange(ranges, cps[found.index] as number, cps[found.index + count - 1] as number);
        from = found.index + count;
      }
    }
  });
  return ranges;
}

/** Names that `\p{…}` accepts: every tail of every string of RE2's data is tried. */
function groupNames(): string[] {
  const text = readFileSync(wasmPath).toString("latin1");
  const names = new Set<string>();
  for (const word of text.match(/[A-Za-z_]+(?=\0)/g) ?? []) {
    for (let i = 0; i < word.length; i++) names.add(word.slice(i));
  }
  return [...names].filter((name) => {
    if (!/^[A-Z]/.test(name) || name === "Any") return false;
    const native = new re2.Pattern(`\\p{${name}}`, false, false, false);
    const ok = native.ok();
    native.delete();
    return ok;
  });
}

function encodeNumber(value: number): string {
  let out = "";
  let rest = value;
  do {
    const digit = rest & 31;
    rest >>>= 5;
    out += DIGITS[digit | (rest > 0 ? 32 : 0)];
  } while (rest > 0);
  return out;
}

/** Gaps and lengths, alternately, as variable-length numbers of five bits a character. */
export function encodeRanges(ranges: Ranges): string {
  let out = "";
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const lo = ranges[i] as number;
    const hi = ranges[i + 1] as number;
    out += encodeNumber(lo - next) + encodeNumber(hi - lo);
    next = hi + 1;
  }
  return out;
}

/**
 * Code points that may have a folding partner, by JavaScript's (newer) tables; proved complete
 * below.
 */
function foldCandidates(): number[] {
  const candidates = [];
  for (let cp = 0; cp <= CODE_POINT_MAX; cp++) {
    if (isSurrogate(cp)) continue;
    const char = String.fromCodePoint(cp);
    if (char.toLowerCase() !== char || char.toUpperCase() !== char) candidates.push(cp);
  }
  return candidates;
}

function foldedClass(cps: readonly number[]): string {
  const ranges: Ranges = [];
  for (const cp of cps) addRange(ranges, cp, cp);
  let out = "";
  for (let i = 0; i < ranges.length; i += 2) {
    out += `\\x{${ranges[i]?.toString(16)}}-\\x{${ranges[i + 1]?.toString(16)}}`;
  }
  return `(?i)[${out}]`;
}

function refuseMatch(cps: readonly number[], texts: readonly string[]): void {
  if (cps.length === 0) return;
  withPattern(foldedClass(cps), (native) => {
    for (const text of texts) {
      if (text !== "" && native.match(text, 0, false).index >= 0) {
        throw new Error(
          `a code point near U+${cps[0]?.toString(16)} has a case that was not expected`,
        );
      }
    }
  });
}

/**
 * Fails when a code point outside of `candidates` folds to any other one: of another chunk, or of
 * its own (two that differ do so in some bit).
 */
function proveComplete(candidates: ReadonlySet<number>): void {
  for (const chunk of probes) {
    const plain = chunk.cps.filter((cp) => !candidates.has(cp));
    const texts = probes.filter((other) => other !== chunk).map((other) => other.text);
    refuseMatch(plain, texts);
    for (let bit = 0; 1 << bit < PROBE_CHUNK; bit++) {
      const side = plain.filter((cp) => ((cp >>> bit) & 1) === 0);
      const inside = new Set(side);
      const others = chunk.cps.filter((cp) => !inside.has(cp));
      refuseMatch(side, [String.fromCodePoint(...others)]);
    }
  }
}

/** Those of `cps` that the one-character pattern matches. */
export function probeMembers(pattern: string, cps: readonly number[]): number[] {
  const text = String.fromCodePoint(...cps);
  return withPattern(pattern, (native) => {
    const members: number[] = [];
    for (let from = 0; from < cps.length;) {
      const { index } = native.match(text, from, false);
      if (index < 0) break;
      members.push(...cps.slice(index, index + 1));
      from = index + 1;
    }
    return members;
  });
}

function foldOrbits(): number[][] {
  const candidates = foldCandidates();
  proveComplete(new Set(candidates));
  const orbits = [];
  const seen = new Set<number>();
  for (const cp of candidates) {
    if (seen.has(cp)) continue;
    const orbit = probeMembers(`(?i)\\x{${cp.toString(16)}}`, candidates);
    for (const member of orbit) seen.add(member);
    if (orbit.length > 1) orbits.push(orbit);
  }
  return orbits;
}

/** Gap of the first member from the last orbit's, number of further members - 1, and their gaps. */
function encodeOrbits(orbits: readonly number[][]): string {
  let out = "";
  let last = 0;
  for (const [first = 0, ...others] of orbits) {
    out += encodeNumber(first - last) + encodeNumber(others.length - 1);
    last = first;
    let at = first;
    for (const cp of others) {
      out += encodeNumber(cp - at);
      at = cp;
    }
  }
  return out;
}

function lines(text: string, width: number, indent: string): string {
  const parts = [];
  for (let i = 0; i < text.length; i += width) parts.push(`"${text.slice(i, i + width)}"`);
  return parts.length === 0 ? '""' : parts.join(` +\n${indent}`);
}

function groupFile(what: string, constant: string, groups: [string, string][]): string {
  const entries = groups.map(([name, code]) => {
    const short = `  ${name}: ${lines(code, 1e6, "")},`;
    return short.length <= 100 ? short : `  ${name}:\n    ${lines(code, 91, "    ")},`;
  });
  return `// ${what}, as RE2 knows them. Written by scripts/gen-unicode.ts; not to be edited.

/** Ranges as gaps and lengths, five bits a character (see unicode.ts). */
export const ${constant}: Readonly<Record<string, string>> = {
${entries.join("\n")}
};
`;
}

async function main(): Promise<void> {
  const folder = new URL("../src/regex/syntax/", import.meta.url);
  const categories: [string, string][] = [];
  const scripts: [string, string][] = [];
  const all = groupNames().sort((a, b) => (a < b ? -1 : 1));
  for (const name of all) {
    // One letter is the union of its two-letter categories: unicode.ts builds it.
    if (name.length === 1) continue;
    const code = encodeRanges(probeClass(`\\p{${name}}`));
    (name.length === 2 ? categories : scripts).push([name, code]);
  }
  for (const name of all.filter((one) => one.length === 1)) {
    const parts = categories.filter(([part]) => part.startsWith(name)).map(([part]) => part);
    const union = encodeRanges(probeClass(`[${parts.map((part) => `\\p{${part}}`).join("")}]`));
    if (union !== encodeRanges(probeClass(`\\p{${name}}`))) {
      throw new Error(`\\p{${name}} is not the union of ${parts.join(", ")}`);
    }
  }
  const orbits = lines(encodeOrbits(foldOrbits()), 95, "  ");
  const files: [string, string][] = [
    ["unicode-categories.ts", groupFile("General categories", "CATEGORIES", categories)],
    ["unicode-scripts.ts", groupFile("Scripts", "SCRIPTS", scripts)],
    [
      "unicode-orbits.ts",
      `// Case folding orbits, as RE2 knows them. Written by scripts/gen-unicode.ts; not to be edited.

/** Sorted orbits of two or more code points, five bits a character (see fold.ts). */
export const ORBITS =
  ${orbits};
`,
    ],
  ];
  for (const [name, text] of files) await Bun.write(new URL(name, folder), text);
}

if (import.meta.main) await main();
