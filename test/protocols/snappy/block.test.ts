// Snappy's block format, against Google's own library: what one writes the other reads, and what
// one refuses the other refuses.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import * as google from "snappy";
import { snappy } from "../../../src/protocols/snappy/index.ts";
import { finish } from "../../support/steps.ts";

const BYTES_MAX = 10_000_000;

const decode = (coded: Uint8Array, bytesMax = BYTES_MAX) => finish(snappy.decode(coded, bytesMax));
const encode = (clear: Uint8Array): Uint8Array => finish(snappy.encode(clear));
const ok = (bytes: Uint8Array) => ({ kind: "ok", bytes: new Uint8Array(bytes) }) as const;
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** Google's answer; undefined: it refuses. */
function googleDecode(coded: Uint8Array): Uint8Array | undefined {
  // Its binding has no empty buffers.
  if (coded.length === 1 && coded[0] === 0) return coded.subarray(1).slice();
  try {
    const clear = google.uncompressSync(Buffer.from(coded), { asBuffer: true });
    return new Uint8Array(clear as Buffer);
  } catch {
    return undefined;
  }
}

const LINE = '{"level":"info","msg":"request done","path":"/api/items","status":200}\n';
const CASES: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array(0)],
  ["a byte", Uint8Array.of(7)],
  ["a few bytes", Buffer.from("hello")],
  ["60 bytes", random(60)],
  ["61 bytes", random(61)],
  ["256 bytes", random(256)],
  ["257 bytes", random(257)],
  ["one byte repeated", new Uint8Array(100_000).fill(120)],
  ["two bytes repeated", Buffer.from("ab".repeat(1000))],
  ["lines", Buffer.from(LINE.repeat(5000))],
  ["a block", Buffer.from(LINE.repeat(2000)).subarray(0, 65_536)],
  ["a byte more than a block", Buffer.from(LINE.repeat(2000)).subarray(0, 65_537)],
  ["noise of several blocks", random(200_000)],
  [
    "noise between equal parts",
    Buffer.concat([Buffer.from(LINE), random(70_000), Buffer.from(LINE)]),
  ],
];

describe.each(CASES)("%s", (_, clear) => {
  test("is read by Google's library", () => {
    expect(googleDecode(encode(clear))).toEqual(new Uint8Array(clear));
  });
  test("is read when Google's library wrote it", () => {
    const coded = google.compressSync(Buffer.from(clear));
    expect(snappy.expectedBytes(coded)).toBe(clear.length);
    expect(decode(coded)).toEqual(ok(clear));
  });
});

test("text becomes about as small as Google's library makes it", () => {
  const clear = Buffer.from(
    Array.from({ length: 5000 }, (_, i) => LINE.replace("200", `${i}`)).join(""),
  );
  const theirs = google.compressSync(clear).length;
  expect(encode(clear).length).toBeLessThan(theirs * 1.1);
});

describe("what is no snappy, or too much of it", () => {
  const cases: readonly [string, readonly number[], string][] = [
    ["nothing", [], "no length at byte 0"],
    ["a length without end", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], "no length at byte 0"],
    ["a length of more than 32 bits", [0xff, 0xff, 0xff, 0xff, 0x1f], "no length at byte 0"],
    ["a length that lies", [0x80, 0x80, 0x40, 0, 1], "more is claimed than there can be at byte 0"],
    ["less than was claimed", [2, 0, 1], "less than was claimed at byte 3"],
    ["more than was claimed", [1, 4, 1, 2], "more than was claimed at byte 1"],
    ["a literal that is cut off", [3, 8, 1], "a literal is cut off at byte 1"],
    ["a literal without its length", [3, 60 << 2], "a literal is cut off at byte 1"],
    ["a copy that is cut off", [5, 0, 1, 1], "a copy is cut off at byte 3"],
    ["a copy of nothing", [5, 0, 1, 1, 0], "a copy of what is not there at byte 3"],
    ["a copy from before the beginning", [5, 0, 1, 1, 2], "a copy of what is not there at byte 3"],
    ["a copy of too much", [3, 0, 1, 1, 1], "more than was claimed at byte 3"],
  ];
  test.each(cases)("%s", (_, bytes, detail) => {
    expect(decode(Uint8Array.from(bytes))).toEqual({
      kind: "corrupt",
      detail: `snappy: ${detail}`,
    });
    expect(googleDecode(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("a byte more than the bound", () => {
    const coded = encode(new Uint8Array(1000));
    expect(decode(coded, 1000)).toEqual(ok(new Uint8Array(1000)));
    expect(decode(coded, 999)).toEqual({ kind: "too_large" });
  });
});

test("any bytes are read as Google's library reads them", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc
      .constantFrom([0], [1, 1], [0x0e, 1, 0], [8, 1, 2, 3], [0xf0, 3, 9, 9, 9, 9])
      .map((bytes) => Uint8Array.from(bytes)),
  );
  fc.assert(
    fc.property(fc.nat({ max: 300 }), fc.array(piece, { maxLength: 12 }), (length, pieces) => {
      const head = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
      const coded = Uint8Array.of(...head, ...pieces.flatMap((one) => [...one]));
      const read = decode(coded);
      const theirs = googleDecode(coded);
      expect(read.kind === "ok" ? read.bytes : undefined).toEqual(theirs as Uint8Array);
    }),
    { numRuns: 2000 },
  );
});

test("whatever is coded comes back, and is cut off at any byte without harm", () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom("aaaa", LINE).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const clear = Buffer.concat(parts);
      const coded = encode(clear);
      expect(decode(coded)).toEqual(ok(clear));
      expect(googleDecode(coded)).toEqual(new Uint8Array(clear));
      for (let cut = 0; cut < coded.length; cut++) {
        expect(decode(coded.subarray(0, cut)).kind).toBe("corrupt");
      }
    }),
  );
});

test("large bodies go in steps", () => {
  const clear = Buffer.from(LINE.repeat(10_000));
  const steps = (generator: Generator<undefined, unknown>): number => {
    let count = 0;
    while (generator.next().done !== true) count++;
    return count;
  };
  const blocks = Math.ceil(clear.length / 65_536);
  expect(steps(snappy.encode(clear))).toBe(blocks - 1);
  expect(steps(snappy.decode(encode(clear), BYTES_MAX))).toBeGreaterThanOrEqual(blocks - 2);
});
