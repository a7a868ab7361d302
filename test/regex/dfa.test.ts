// The memory of state caches: bounded alone and together, and without effect on answers.

import { expect, test } from "bun:test";
import { compileSearch } from "../../src/regex/compile.ts";
import { DEAD, StateCache, type CachePool } from "../../src/regex/dfa.ts";
import { compileRegex } from "../../src/regex/index.ts";
import { parseRegex } from "../../src/regex/syntax/parse.ts";
import { Stepper } from "../../src/regex/stepper.ts";

/** Its states are the sets of the last 20 positions with an `a`: about a million. */
const EXPLOSIVE = "a.{20}b";

function randomText(length: number): Uint8Array {
  let seed = 7;
  return Uint8Array.from({ length }, () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return 0x61 + ((seed >>> 16) % 3);
  });
}

/** Reads a text as the search does, as far as memory is concerned. */
function read(cache: StateCache, text: Uint8Array): void {
  const { classOf, beginContext } = cache.stepper.program;
  let state = cache.start(beginContext);
  text.forEach((byte, at) => {
    const next = cache.compute(Math.abs(state), classOf[byte]!, at);
    state = next === DEAD ? cache.start(beginContext) : next;
  });
}

function cacheOf(pattern: string, bytesMax: number, pool?: CachePool): StateCache {
  const program = compileSearch([parseRegex(pattern, false).root]);
  return new StateCache(new Stepper(program), bytesMax, pool);
}

for (const bytesMax of [4_096, 65_536, 262_144]) {
  test(`a cache of ${bytesMax} bytes stays within them`, () => {
    const cache = cacheOf(EXPLOSIVE, bytesMax);
    const text = randomText(300);
    for (let i = 0; i < 40; i++) {
      read(cache, text.subarray(i));
      expect(cache.bytesHeld()).toBeLessThanOrEqual(bytesMax);
    }
  });
}

test("a cache that explodes asks for simulation for a while, then is tried again", () => {
  const cache = cacheOf(EXPLOSIVE, 8_192);
  read(cache, randomText(2_000));
  expect(cache.simulates).toBe(true);
  cache.account(1_000_000);
  expect(cache.simulates).toBe(true);
  cache.account(100_000);
  expect(cache.simulates).toBe(false);
});

test("a cache whose states are few never asks for simulation", () => {
  const cache = cacheOf("user \\d+ (in|out)$", 8_192);
  for (let i = 0; i < 20; i++) read(cache, randomText(2_000));
  expect(cache.simulates).toBe(false);
});

test("caches that share a pool take no more than it has, beyond what each needs at least", () => {
  const pool = { freeBytes: 100_000 };
  const caches = Array.from({ length: 4 }, () => cacheOf(EXPLOSIVE, 1 << 20, pool));
  const least = 100_000 - pool.freeBytes;
  for (const cache of caches) read(cache, randomText(5_000));
  const held = caches.reduce((sum, cache) => sum + cache.bytesHeld(), 0);
  expect(held).toBe(100_000 - pool.freeBytes);
  expect(held).toBeLessThanOrEqual(100_000 + least);
});

test("answers do not depend on the memory", () => {
  const text = randomText(3_000);
  const pools = [undefined, { freeBytes: 0 }, { freeBytes: 20_000 }];
  for (const pattern of [EXPLOSIVE, "c.{9}c$", "^[ab]{30}", "(a|b)*c{12}"]) {
    const answers = pools.flatMap((pool) =>
      [1, 10_000, 1 << 22].map((cacheBytesMax) =>
        [0, 500, 1_000].map((start) =>
          compileRegex(pattern, {
            caseInsensitive: false,
            cacheBytesMax,
            ...(pool === undefined ? {} : { pool }),
          }).test(text, start, text.length),
        ),
      ),
    );
    expect(new Set(answers.map(String)).size).toBe(1);
  }
});
