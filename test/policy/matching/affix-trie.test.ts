// Prefixes and suffixes against startsWith and endsWith.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { AffixTrie } from "../../../src/policy/matching/affix-trie.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function walk(affixes: readonly string[], text: string, backwards: boolean): string[] {
  const trie = new AffixTrie(backwards);
  const numbers = affixes.map((affix) => trie.add(bytesOf(affix)));
  const hits = new Int32Array(trie.size);
  const bytes = bytesOf(`a${text}a`);
  const count = trie.walk(bytes, 1, bytes.length - 1, hits);
  const set = new Set(hits.subarray(0, count));
  return affixes.filter((_, i) => set.has(numbers[i]!));
}

describe("AffixTrie", () => {
  test("finds every prefix of a text, the whole text and the empty one included", () => {
    expect(walk(["GET /", "GET /health", "GET", "ET", ""], "GET /health", false)).toEqual([
      "GET /",
      "GET /health",
      "GET",
      "",
    ]);
  });

  test("finds every suffix of a text", () => {
    expect(walk(["ok", " ok", "o", "heartbeat ok"], "heartbeat ok", true)).toEqual([
      "ok",
      " ok",
      "heartbeat ok",
    ]);
  });

  test("does not read beyond the text", () => {
    expect(walk(["ba", "ab"], "b", false)).toEqual([]);
    expect(walk(["ba", "ab"], "b", true)).toEqual([]);
  });

  test("agrees with startsWith and endsWith for thousands of affixes", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "ü"), maxLength: 6 });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { maxLength: 60 }),
        word,
        fc.boolean(),
        (all, text, back) => {
          const want = all.filter((affix) =>
            back ? text.endsWith(affix) : text.startsWith(affix),
          );
          expect(walk(all, text, back)).toEqual(want);
        },
      ),
      { numRuns: 300 },
    );
  });
});
