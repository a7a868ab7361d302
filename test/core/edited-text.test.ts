// Patches of one part of an input: in any order, carried out or written in one pass.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { EditedText } from "../../src/core/edited-text.ts";
import { Rewriter } from "../../src/core/rewriter.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { TooMuchWorkError, Work } from "../../src/core/work.ts";

const INPUT = "0123456789".repeat(5);

function open(): EditedText {
  const edits = new EditedText();
  edits.open(encodeUtf8(`<${INPUT}>`), 1, 1 + INPUT.length);
  return edits;
}
function patch(edits: EditedText, start: number, end: number, text: string): void {
  const bytes = encodeUtf8(`-${text}-`);
  edits.replace(edits.start + start, edits.start + end);
  edits.put(bytes, 1, bytes.length - 1);
}
function written(edits: EditedText): string {
  const rewriter = new Rewriter();
  rewriter.open(encodeUtf8(`<${INPUT}>`));
  edits.writeTo(rewriter);
  return decodeUtf8(rewriter.finish());
}

describe("an edited text", () => {
  test("is written as it was when nothing is replaced", () => {
    const edits = open();
    edits.settle();
    expect([edits.changed, edits.length, written(edits)]).toEqual([false, 50, `<${INPUT}>`]);
  });

  test("takes insertions before what is replaced at their place, in their order", () => {
    const edits = open();
    patch(edits, 2, 4, "C");
    patch(edits, 2, 2, "A");
    patch(edits, 2, 2, "B");
    edits.putByte(0x21);
    expect(written(edits)).toBe(`<01AB!C${INPUT.slice(4)}>`);
  });

  test("knows what was patched", () => {
    const edits = open();
    patch(edits, 2, 4, "");
    const at = (start: number, end: number) =>
      edits.isPatched(edits.start + start, edits.start + end);
    expect([at(0, 2), at(0, 3), at(3, 9), at(4, 9), at(2, 2)]).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
    edits.settle();
    expect([at(0, 9), edits.changed]).toEqual([false, true]);
  });

  test("keeps its patches when carrying them out would be too much, and can be replaced", () => {
    const edits = open();
    const work = new Work();
    edits.work = work;
    patch(edits, 2, 4, "abc");
    work.allow(50);
    expect(() => edits.settle()).toThrow(TooMuchWorkError);
    expect([edits.count, written(edits)]).toEqual([1, `<01abc${INPUT.slice(4)}>`]);
    work.allow(51);
    edits.settle();
    expect([edits.count, edits.length]).toEqual([0, 51]);
    patch(edits, 1, 2, "x");
    edits.replaceAll();
    edits.putByte(0x2e);
    work.allow(1);
    expect(written(edits)).toBe("<.>");
  });

  test("is let go of, with what a large text needed", () => {
    const edits = open();
    patch(edits, 0, 0, "x".repeat(2_000_000));
    edits.settle();
    expect(edits.length).toBe(2_000_050);
    edits.release();
    expect([edits.length, edits.changed]).toEqual([0, false]);
  });

  test("comes to what plain strings come to, for patches in any order and any rounds of them", () => {
    const text = fc.constantFrom("", "a", "bc", "d".repeat(40));
    const round = fc.tuple(
      fc.array(fc.record({ gap: fc.nat(9), size: fc.nat(6), text }), { maxLength: 6 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(round, { maxLength: 4 }), (rounds) => {
        const edits = open();
        let want = INPUT;
        for (const [patches, backwards] of rounds) {
          edits.settle();
          let at = 0;
          // No two at one place: the order of those is theirs.
          const ranges = patches.flatMap(({ gap, size, text: put }) => {
            const start = at + gap + 1;
            at = start + size;
            return at <= want.length ? [{ start, end: at, put }] : [];
          });
          for (const { start, end, put } of backwards ? ranges.toReversed() : ranges) {
            patch(edits, start, end, put);
          }
          for (const { start, end, put } of ranges.toReversed()) {
            want = want.slice(0, start) + put + want.slice(end);
          }
          expect(edits.length).toBe(want.length);
        }
        expect(written(edits)).toBe(`<${want}>`);
      }),
    );
  });
});
