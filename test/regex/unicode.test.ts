// Samples of the generated tables, asked from RE2 again.

import { expect, test } from "bun:test";
import { probeClass, probeMembers } from "../../scripts/gen-unicode.ts";
import type { Ranges } from "../../src/regex/syntax/ast.ts";
import { orbitOf } from "../../src/regex/syntax/fold.ts";
import { perlClass, posixClass, unicodeGroup } from "../../src/regex/syntax/unicode.ts";

/** As RE2 can be asked: no text holds surrogates. */
function withoutSurrogates(ranges: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const lo = ranges[i]!;
    const hi = ranges[i + 1]!;
    if (lo < 0xd800) out.push(lo, Math.min(hi, 0xd7ff));
    if (hi > 0xdfff) out.push(Math.max(lo, 0xe000), hi);
  }
  return out;
}

for (const name of ["L", "Nd", "Zs", "C", "Greek", "Han", "Any"]) {
  test(`\\p{${name}} holds the code points that RE2 says`, () => {
    const ranges = unicodeGroup(name, false, false) ?? [];
    expect(withoutSurrogates(ranges)).toEqual(probeClass(`\\p{${name}}`));
  });
}

test("negated and case-folded groups are RE2's", () => {
  const variants: [boolean, boolean, string][] = [
    [true, false, "\\P{Lu}"],
    [false, true, "(?i:\\p{Lu})"],
    [true, true, "(?i:\\P{Lu})"],
  ];
  for (const [negated, fold, pattern] of variants) {
    expect(withoutSurrogates(unicodeGroup("Lu", negated, fold) ?? [])).toEqual(probeClass(pattern));
  }
});

for (const letter of ["d", "D", "s", "S", "w", "W"]) {
  test(`\\${letter} holds the code points that RE2 says`, () => {
    const ranges = perlClass(letter, false) ?? [];
    expect(withoutSurrogates(ranges)).toEqual(probeClass(`\\${letter}`));
  });
}

const POSIX = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit";
test("POSIX classes are RE2's", () => {
  const candidates = Array.from({ length: 0x2200 }, (_, cp) => cp);
  for (const name of POSIX.split(" ")) {
    for (const fold of [false, true]) {
      const ranges = posixClass(name, fold) ?? [];
      const members = candidates.filter((cp) => includes(ranges, cp));
      const pattern = fold ? `(?i:[[:${name}:]])` : `[[:${name}:]]`;
      expect({ pattern, members }).toEqual({ pattern, members: probeMembers(pattern, candidates) });
    }
  }
});

test("folding orbits are RE2's", () => {
  const sample = [0x41, 0x6b, 0x73, 0xb5, 0xc5, 0xdf, 0x131, 0x1c4, 0x3c3, 0x3b8, 0x10d0, 0x1e9e];
  const texts = Array.from({ length: 0x2200 - 0x20 }, (_, i) => i + 0x20);
  for (const cp of sample) {
    const known = (orbitOf(cp) ?? [cp]).filter((member) => member < 0x2200);
    expect(probeMembers(`(?i)\\x{${cp.toString(16)}}`, texts)).toEqual([...known]);
  }
});

function includes(ranges: Ranges, cp: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (cp < (ranges[i] as number)) return false;
    if (cp <= (ranges[i + 1] as number)) return true;
  }
  return false;
}
