// Hashes against their definitions.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Fnv64, fnv32 } from "../../src/core/hash.ts";

const MASK = (1n << 64n) - 1n;

test("FNV-1a 64 agrees with the definition, whole and in its low 56 bits", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      let want = 0xcbf29ce484222325n;
      for (const byte of bytes) want = ((want ^ BigInt(byte)) * 0x100000001b3n) & MASK;
      const hash = new Fnv64();
      hash.reset();
      hash.add(bytes, 0, bytes.length);
      expect(hash.toBigInt()).toBe(want);
      expect((BigInt(hash.high28()) << 28n) | BigInt(hash.low28())).toBe(want & ((1n << 56n) - 1n));
    }),
  );
});

test("fmix64 behind FNV-1a 64 agrees with the definition", () => {
  const mixed = (hash: bigint): bigint => {
    let h = hash;
    h = ((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
    h = ((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
    return h ^ (h >> 33n);
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const hash = new Fnv64();
      hash.reset();
      hash.add(bytes, 0, bytes.length);
      const want = mixed(hash.toBigInt());
      hash.finish();
      expect(hash.toBigInt()).toBe(want);
      expect((BigInt(hash.high28()) << 28n) | BigInt(hash.low28())).toBe(want & ((1n << 56n) - 1n));
    }),
  );
});

test("FNV-1a 32 gives the published values", () => {
  const of = (text: string): number => {
    const bytes = new TextEncoder().encode(text);
    return fnv32(bytes, 0, bytes.length) >>> 0;
  };
  expect([of(""), of("a"), of("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});
