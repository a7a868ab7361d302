// Messages whose insides are rewritten, against a model that builds them anew, and the borders of
// length varints.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  bytesField,
  closeMessage,
  FieldCursor,
  varintSize,
  writeVarint,
} from "../../../src/core/protobuf/index.ts";
import { Rewriter } from "../../../src/core/rewriter.ts";
import { bytes, concat, len, tag, varint } from "./pb.ts";

describe("varints", () => {
  test.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [16383, 2],
    [16384, 3],
    [2097151, 3],
    [2097152, 4],
    [268435455, 4],
    [268435456, 5],
    [2 ** 31 - 1, 5],
  ])("%d takes %d bytes", (value, size) => {
    const out = new Uint8Array(8);
    expect(varintSize(value)).toBe(size);
    expect(writeVarint(out, 1, value)).toBe(1 + size);
    expect([...out.subarray(1, 1 + size)]).toEqual([...varint(value)]);
  });

  test("bytesField writes a tag, a length and its parts", () => {
    expect(bytesField(0x0a, bytes(1), bytes(2, 3))).toEqual(bytes(0x0a, 3, 1, 2, 3));
    expect(bytesField(0x7a2, bytes())).toEqual(concat(varint(0x7a2), bytes(0)));
  });
});

/** A message in a message: leaves of raw bytes, each kept, cut, or replaced. */
interface Leaf {
  readonly payload: Uint8Array;
  readonly action: "keep" | "cut" | "replace";
  readonly replacement: Uint8Array;
}
interface Branch {
  readonly leaves: readonly Leaf[];
  readonly cut: boolean;
  /** Padding of the length, which stays as long as the length does. */
  readonly padding: number;
  readonly insertFirst: boolean;
}

function encodeBranch(branch: Branch): Uint8Array {
  const payload = concat(...branch.leaves.map((leaf) => len(2, leaf.payload)));
  return concat(tag(1, 2), varint(payload.length, branch.padding), payload);
}

function expectedBranch(branch: Branch): Uint8Array {
  if (branch.cut) return bytes();
  const parts = branch.leaves.map((leaf) => {
    if (leaf.action === "cut") return bytes();
    return len(2, leaf.action === "keep" ? leaf.payload : leaf.replacement);
  });
  if (branch.insertFirst) parts.unshift(bytes(0x18, 1));
  const before = concat(...branch.leaves.map((leaf) => len(2, leaf.payload)));
  const payload = concat(...parts);
  const padding = payload.length === before.length ? branch.padding : 0;
  return concat(tag(1, 2), varint(payload.length, padding), payload);
}

/** Gives the field at hand another payload. */
function replacePayload(rewriter: Rewriter, { lengthAt, stop }: FieldCursor, payload: Uint8Array) {
  const field = bytesField(0, payload);
  rewriter.replace(lengthAt, stop, field, 1, field.length);
}

function rewriteBranch(rewriter: Rewriter, input: Uint8Array, cursor: FieldCursor, branch: Branch) {
  const inner = new FieldCursor();
  const { fieldAt, lengthAt, start, stop } = cursor;
  const [before, position] = [rewriter.positionOf(fieldAt), rewriter.positionOf(lengthAt)];
  if (branch.insertFirst) rewriter.replace(start, start, bytes(0, 0x18, 1), 1, 3);
  inner.open(input, start, stop);
  for (const leaf of branch.leaves) {
    expect(inner.next()).toBe(true);
    if (leaf.action === "cut") {
      rewriter.cut(inner.fieldAt, inner.stop, rewriter.positionOf(inner.fieldAt));
    }
    if (leaf.action === "replace") replacePayload(rewriter, inner, leaf.replacement);
  }
  if (branch.cut) rewriter.cut(fieldAt, stop, before);
  else closeMessage(rewriter, lengthAt, start, stop, position);
}

describe("a message whose inside is rewritten", () => {
  test("stays as it is when nothing changed", () => {
    const rewriter = new Rewriter();
    rewriter.open(bytes(0x0a, 0x82, 0, 8, 1));
    closeMessage(rewriter, 1, 3, 5, rewriter.positionOf(1));
    expect<Uint8Array>(rewriter.finish()).toEqual(bytes(0x0a, 0x82, 0, 8, 1));
  });

  test.each([
    [127, 128],
    [128, 127],
    [16383, 16384],
    [16384, 16383],
  ])("rewrites the lengths around a payload that goes from %d to %d bytes", (before, after) => {
    const input = len(1, len(1, len(1, new Uint8Array(before))));
    const cursors = [new FieldCursor(), new FieldCursor(), new FieldCursor()] as const;
    const rewriter = new Rewriter();
    const positions: number[] = [];
    rewriter.open(input);
    let [start, end] = [0, input.length];
    for (const cursor of cursors) {
      cursor.open(input, start, end);
      cursor.next();
      ({ start, stop: end } = cursor);
      positions.push(rewriter.positionOf(cursor.lengthAt));
    }
    replacePayload(rewriter, cursors[2], new Uint8Array(after));
    for (const depth of [1, 0] as const) {
      const { lengthAt, start: from, stop } = cursors[depth];
      closeMessage(rewriter, lengthAt, from, stop, positions[depth]!);
    }
    expect<Uint8Array>(rewriter.finish()).toEqual(len(1, len(1, len(1, new Uint8Array(after)))));
  });

  test("agrees with a message that is built anew", () => {
    const size = fc.oneof(fc.nat({ max: 5 }), fc.integer({ min: 60, max: 135 }));
    const payload = size.map((length) => new Uint8Array(length).fill(7) as Uint8Array);
    const leaf: fc.Arbitrary<Leaf> = fc.record({
      payload,
      action: fc.constantFrom("keep", "cut", "replace"),
      replacement: payload,
    });
    const branch: fc.Arbitrary<Branch> = fc.record({
      leaves: fc.array(leaf, { maxLength: 4 }),
      cut: fc.nat({ max: 4 }).map((n) => n === 0),
      padding: fc.constantFrom(0, 0, 3),
      insertFirst: fc.nat({ max: 4 }).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(branch, { maxLength: 30 }), (branches) => {
        const input = concat(...branches.map(encodeBranch));
        const rewriter = new Rewriter();
        const cursor = new FieldCursor();
        rewriter.open(input);
        cursor.open(input, 0, input.length);
        for (const one of branches) {
          expect(cursor.next()).toBe(true);
          rewriteBranch(rewriter, input, cursor, one);
        }
        expect<Uint8Array>(rewriter.finish()).toEqual(concat(...branches.map(expectedBranch)));
      }),
      { numRuns: 300 },
    );
  });
});
