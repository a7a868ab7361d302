// 64-bit integers as halves against BigInt.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  compareInt64,
  compareInt64Double,
  int64ToNumber,
  parseInt64,
} from "../../src/core/int64.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
function parse(text: string): bigint | undefined {
  const out = new Int32Array(2);
  const bytes = bytesOf(`[${text}]`);
  if (!parseInt64(bytes, 1, bytes.length - 1, out)) return undefined;
  return (BigInt(out[0]!) << 32n) | BigInt(out[1]! >>> 0);
}
const any = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 1n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n),
);
const halves = (value: bigint): [number, number] => [
  Number(value >> 32n),
  Number(BigInt.asIntN(32, value)),
];

describe("64-bit integers", () => {
  test("are read exactly", () => {
    fc.assert(fc.property(any, (value) => expect(parse(value.toString())).toBe(value)));
  });

  test.each([
    ["0", 0n],
    ["-0", 0n],
    ["00012", 12n],
    [`${"0".repeat(40)}9223372036854775807`, 2n ** 63n - 1n],
    [`-${"0".repeat(40)}1`, -1n],
    ["0".repeat(40), 0n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["9223372036854775808", undefined],
    ["-9223372036854775809", undefined],
    ["99999999999999999999", undefined],
    ["", undefined],
    ["-", undefined],
    ["+1", undefined],
    ["1.0", undefined],
    ["1 ", undefined],
  ])("read %p as %p", (text, value) => {
    expect(parse(text)).toBe(value);
  });

  test("compare with doubles that no integer of 64 bits is", () => {
    const most = halves(2n ** 63n - 1n);
    const least = halves(-(2n ** 63n));
    for (const above of [2 ** 63, 1e300, Number.POSITIVE_INFINITY]) {
      expect([compareInt64Double(...most, above), compareInt64Double(...least, above)]).toEqual([
        -1, -1,
      ]);
    }
    for (const below of [-(2 ** 63) - 2048, -1e300, Number.NEGATIVE_INFINITY]) {
      expect([compareInt64Double(...most, below), compareInt64Double(...least, below)]).toEqual([
        1, 1,
      ]);
    }
    expect(compareInt64Double(...least, -(2 ** 63))).toBe(0);
  });

  test("compare exactly with each other and with doubles", () => {
    const double = fc.oneof(
      fc.double({ noNaN: true }),
      any.map(Number),
      any.map((n) => Number(n) + 0.5),
    );
    const sign = (order: boolean, equal: boolean): number => (equal ? 0 : order ? -1 : 1);
    fc.assert(
      fc.property(any, any, double, (a, b, d) => {
        expect(compareInt64(...halves(a), ...halves(b))).toBe(sign(a < b, a === b));
        // JavaScript compares bigints with doubles exactly.
        expect(compareInt64Double(...halves(a), d)).toBe(sign(a < d, !(a < d) && !(a > d)));
        expect(int64ToNumber(...halves(a))).toBeCloseTo(Number(a), -3);
      }),
      { numRuns: 2000 },
    );
    expect(compareInt64Double(0, 0, Number.NaN)).toBeNaN();
  });
});
