// Byte arrays are compared whole, and arrays are made longer without losing what they hold.

import { expect, test } from "bun:test";
import { grownBytes, grownInts, joinBytes, sameBytes, sameRange } from "../../src/core/bytes.ts";

const bytes = (...all: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(all);

test("bytes are the same when each is, and none is missing or too many", () => {
  const cases: [Uint8Array, Uint8Array, boolean][] = [
    [bytes(), bytes(), true],
    [bytes(1, 2), bytes(1, 2), true],
    [bytes(1, 2), bytes(1, 3), false],
    [bytes(1, 2), bytes(2, 2), false],
    [bytes(1, 2), bytes(1), false],
    [bytes(1), bytes(1, 0), false],
    [bytes(), bytes(0), false],
    [bytes(9, 1, 2).subarray(1), bytes(1, 2), true],
  ];
  expect(cases.map(([a, b]) => sameBytes(a, b))).toEqual(cases.map(([, , same]) => same));
});

test("a longer copy holds what was there and zeros behind it, and the old array is left alone", () => {
  const ints = Int32Array.from([-1, 2]);
  const old = bytes(255, 2);
  const longer = { ints: grownInts(ints, 4), bytes: grownBytes(old, 3) };
  longer.ints[0] = 7;
  longer.bytes[0] = 7;
  expect([[...longer.ints], [...longer.bytes], [...ints], [...old]]).toEqual([
    [7, 2, 0, 0],
    [7, 2, 0],
    [-1, 2],
    [255, 2],
  ]);
});

test("ranges are the same when they hold the same bytes, wherever they stand", () => {
  const a = Uint8Array.of(1, 2, 3, 1, 2, 4);
  const cases = [
    [0, 2, 3, 5, true],
    [0, 3, 3, 6, false],
    [0, 2, 3, 6, false],
    [1, 1, 6, 6, true],
  ] as const;
  expect(
    cases.map(([aStart, aEnd, bStart, bEnd]) => sameRange(a, aStart, aEnd, a, bStart, bEnd)),
  ).toEqual(cases.map(([, , , , same]) => same));
});

test("parts are joined in their order, empty ones and none at all included", () => {
  expect(joinBytes([])).toEqual(bytes());
  expect(joinBytes([bytes(1, 2), bytes(), bytes(3)])).toEqual(bytes(1, 2, 3));
});
