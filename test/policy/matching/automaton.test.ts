// The automaton against String.includes.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { AutomatonBuilder } from "../../../src/policy/matching/automaton.ts";
import { unmetered } from "../../../src/regex/index.ts";
import { finish } from "../../support/steps.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The patterns that the automaton finds in the text, in order of the patterns. */
function found(patterns: readonly string[], text: string, fold = false): string[] {
  const builder = new AutomatonBuilder();
  const numbers = patterns.map((pattern) => builder.add(bytesOf(pattern)));
  const automaton = finish(builder.build(fold));
  const hits = new Int32Array(builder.size);
  const bytes = bytesOf(`<<${text}>>`);
  const seen = new Int32Array(builder.size);
  const count = automaton.search(bytes, 2, bytes.length - 2, hits, seen, 1, unmetered());
  const set = new Set(hits.subarray(0, count));
  expect(set.size).toBe(count);
  return patterns.filter((_, i) => set.has(numbers[i]!));
}

describe("Automaton", () => {
  test("finds patterns that overlap, nest and end together", () => {
    expect(found(["he", "she", "his", "hers"], "ushers")).toEqual(["he", "she", "hers"]);
    expect(found(["aaa", "aa", "a", "aab"], "aaaa")).toEqual(["aaa", "aa", "a"]);
  });

  test("does not look outside of its range", () => {
    expect(found(["<a", "a>", "a"], "a")).toEqual(["a"]);
    expect(found(["<<"], "")).toEqual([]);
  });

  test("tells a near miss from a match", () => {
    expect(found(["payment"], "paymen")).toEqual([]);
    expect(found(["payment"], "Payment")).toEqual([]);
    expect(found(["payment"], "prepayment.")).toEqual(["payment"]);
  });

  test("finds what begins anywhere in a long text, and ends in another piece of it", () => {
    const piece = 1 << 14;
    for (let start = piece - 9; start <= piece + 1; start++) {
      const text = `${"-".repeat(start)}payment!${"-".repeat(piece)}`;
      expect(found(["payment", "!", "ay", "payments"], text)).toEqual(["payment", "!", "ay"]);
    }
    expect(found(["z", "yz"], `${"-".repeat(piece - 1)}yz`)).toEqual(["z", "yz"]);
  });

  test("folds the case of ASCII letters when asked to", () => {
    expect(found(["payment", "x_1"], "PAYMENT X_1", true)).toEqual(["payment", "x_1"]);
    expect(found(["@"], "`", true)).toEqual([]);
    expect(found(["["], "{", true)).toEqual([]);
  });

  test("gives equal patterns one number", () => {
    const builder = new AutomatonBuilder();
    expect([
      builder.add(bytesOf("a")),
      builder.add(bytesOf("b")),
      builder.add(bytesOf("a")),
    ]).toEqual([0, 1, 0]);
  });

  test("agrees with String.includes on random patterns and texts", () => {
    const letters = fc.string({
      unit: fc.constantFrom("a", "b", "c", "é"),
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(letters, { maxLength: 12 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "A"), maxLength: 30 }),
        fc.boolean(),
        (patterns, text, fold) => {
          const subject = fold ? text.replaceAll("A", "a") : text;
          expect(found(patterns, text, fold)).toEqual(patterns.filter((p) => subject.includes(p)));
        },
      ),
      { numRuns: 500 },
    );
  });
});
