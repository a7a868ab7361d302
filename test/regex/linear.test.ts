// Linear time is shown by counting instructions that were looked at: doubling the text may at most
// double them.

import { expect, test } from "bun:test";
import { compileFind, compileSearch } from "../../src/regex/compile.ts";
import { Finder } from "../../src/regex/find.ts";
import { unmetered } from "../../src/regex/meter.ts";
import { parseRegex } from "../../src/regex/syntax/parse.ts";
import { CompiledRegex } from "../../src/regex/regex.ts";
import { simulate } from "../../src/regex/search.ts";
import { Stepper } from "../../src/regex/stepper.ts";

const encoder = new TextEncoder();

/**
 * Instructions looked at to say whether `pattern` matches, as it stands and without a state cache.
 */
function simulationWork(pattern: string, text: Uint8Array): number {
  const { root } = parseRegex(pattern, false);
  const program = compileSearch([root]);
  const stepper = new Stepper(program);
  simulate(stepper, text, 0, text.length, program.beginContext, unmetered(), () => true);
  return stepper.work;
}

/** Instructions looked at to find where `pattern` matches. */
function findWork(pattern: string, text: Uint8Array): number {
  const { root, groupNames } = parseRegex(pattern, false);
  const finder = new Finder(compileFind(root), groupNames.length, 1, unmetered());
  const walk = finder.begin(text, 0, text.length, 0, unmetered());
  walk.next(new Int32Array((groupNames.length + 1) * 2));
  return finder.workInAll;
}

const HOSTILE: readonly [pattern: string, letter: string, bytes: number][] = [
  ["(a*)*b", "a", 100_000],
  ["(a|a)*b", "a", 100_000],
  ["(x+x+)+y", "x", 100_000],
  ["(a|aa)+$", "a", 100_000],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a", 20_000],
  ["(.*)(.*)(.*)(.*)(.*)[^a]x", "a", 20_000],
  ["(?:a?){30}a{30}b", "a", 10_000],
  ["(?:a{10}){10}b", "a", 10_000],
];
for (const [pattern, letter, length] of HOSTILE) {
  test(`/${pattern}/ reads ${length} bytes in linear time`, () => {
    const long = encoder.encode(letter.repeat(length));
    const short = long.subarray(0, length / 2);
    for (const workOf of [simulationWork, findWork]) {
      const half = workOf(pattern, short);
      if (workOf === simulationWork) expect(half).toBeGreaterThan(short.length / 2);
      expect(workOf(pattern, long)).toBeLessThan(half * 2.05);
    }
    // With a state cache, a text that was seen before costs no step at all.
    const cached = new CompiledRegex(pattern, { caseInsensitive: false });
    cached.test(long, 0, long.length);
    const before = cached.work;
    cached.test(long, 0, long.length);
    expect(cached.work).toBe(before);
  });
}

test("a find on 100 KB with a match takes linear time", () => {
  const regex = new CompiledRegex("(a*)*b", { caseInsensitive: false });
  const short = encoder.encode(`${"a".repeat(50_000)}b`);
  const long = encoder.encode(`${"a".repeat(100_000)}b`);
  const captures = new Int32Array(4);
  expect(regex.walk(long, 0, long.length, 0).next(captures)).toBe(true);
  expect([...captures]).toEqual([0, 100_001, 0, 100_000]);
  expect(findWork("(a*)*b", long)).toBeLessThan(findWork("(a*)*b", short) * 2.05);
});

test("states that explode end in a simulation, not in memory or wrong answers", () => {
  const pattern = "a.{60}b$";
  const options = { caseInsensitive: false, cacheBytesMax: 16 * 1024 };
  const regex = new CompiledRegex(pattern, options);
  let seed = 1;
  const text = Uint8Array.from({ length: 60_000 }, () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return 0x61 + ((seed >>> 16) & 1);
  });
  const wanted = text.at(-62) === 0x61 && text.at(-1) === 0x62;
  for (let i = 0; i < 3; i++) expect(regex.test(text, 0, text.length)).toBe(wanted);
  text[text.length - 62] = 0x61;
  text[text.length - 1] = 0x62;
  expect(regex.test(text, 0, text.length)).toBe(true);
});
