// Snappy's frames, by the words of their description; blocks inside of them are tested by
// themselves.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import * as google from "snappy";
import { crc32c } from "../../../src/protocols/snappy/crc32c.ts";
import { eitherSnappy, snappy, snappyFrames } from "../../../src/protocols/snappy/index.ts";
import { finish } from "../../support/steps.ts";

const BEGINNING = Buffer.from("ff060000734e61507059", "hex");
const BYTES_MAX = 1_000_000;
const LINE = "some text, some text\n";

/** A piece of that type. */
function piece(type: number, data: Uint8Array): Buffer {
  const { length } = data;
  return Buffer.concat([Buffer.of(type, length & 0xff, (length >> 8) & 0xff, length >> 16), data]);
}

/** The checksum as the description has it masked. */
function sumOf(clear: Uint8Array): Buffer {
  const crc = BigInt(crc32c(clear, 0, clear.length));
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn));
  return sum;
}

const inClear = (text: string): Buffer =>
  piece(1, Buffer.concat([sumOf(Buffer.from(text)), Buffer.from(text)]));
const asBlock = (text: string): Buffer =>
  piece(0, Buffer.concat([sumOf(Buffer.from(text)), google.compressSync(Buffer.from(text))]));
const framed = (...pieces: Uint8Array[]): Buffer => Buffer.concat([BEGINNING, ...pieces]);

function decoded(coded: Uint8Array, bytesMax = BYTES_MAX): string {
  const answer = finish(snappyFrames.decode(coded, bytesMax));
  if (answer.kind === "ok") return Buffer.from(answer.bytes).toString();
  return answer.kind === "corrupt" ? "corrupt" : "too large";
}

test("the checksum is that of the standard", () => {
  // RFC 3720, appendix B.4, and the check value of the algorithm.
  expect(crc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff), 0, 32)).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from("123456789"), 0, 9)).toBe(0xe3069283);
});

describe("are read:", () => {
  const cases: readonly [string, Uint8Array, string][] = [
    ["nothing but their beginning", framed(), ""],
    ["a piece in clear", framed(inClear("abc")), "abc"],
    ["a block", framed(asBlock(LINE.repeat(50))), LINE.repeat(50)],
    ["several pieces", framed(asBlock(LINE), inClear("b"), asBlock(LINE)), `${LINE}b${LINE}`],
    ["a beginning in the middle", framed(inClear("a"), BEGINNING, inClear("b")), "ab"],
    [
      "padding and what may be skipped",
      framed(piece(0xfe, Buffer.alloc(300)), piece(0x80, Buffer.from("x")), inClear("a")),
      "a",
    ],
    ["an empty piece", framed(inClear(""), asBlock("")), ""],
    ["the largest piece", framed(inClear("x".repeat(65_536))), "x".repeat(65_536)],
  ];
  test.each(cases)("%s", (_, coded, clear) => {
    expect(decoded(coded)).toBe(clear);
    expect(snappyFrames.expectedBytes(coded)).toBe(clear.length);
    expect(decoded(coded, clear.length)).toBe(clear);
    if (clear.length > 0) expect(decoded(coded, clear.length - 1)).toBe("too large");
  });
});

describe("are none:", () => {
  const good = inClear("abc");
  const wrongSum = Buffer.from(good);
  wrongSum[4]! ^= 1;
  const cases: readonly [string, Uint8Array][] = [
    ["nothing", Buffer.alloc(0)],
    ["no beginning", good],
    ["another beginning in the middle", framed(piece(0xff, Buffer.from("sNaPpy")))],
    ["a piece that must not be skipped", framed(piece(2, Buffer.from("x")))],
    ["a piece without a checksum", framed(piece(1, Buffer.from("abc")))],
    ["a wrong checksum", framed(wrongSum)],
    [
      "a wrong checksum of a block",
      framed(piece(0, Buffer.concat([sumOf(Buffer.from("x")), google.compressSync("abc")]))),
    ],
    ["a piece that is too large", framed(inClear("x".repeat(65_537)))],
    ["a block that is too large", framed(asBlock("x".repeat(65_537)))],
    [
      "a block that claims more than it can hold",
      framed(piece(0, Buffer.from("00000000ffff03", "hex"))),
    ],
    ["a block that is none", framed(piece(0, Buffer.from("0000000003ff", "hex")))],
  ];
  test.each(cases)("%s", (_, coded) => {
    expect(decoded(coded)).toBe("corrupt");
  });

  test("what is cut off at any byte but between pieces", () => {
    const pieces = [BEGINNING, asBlock(LINE.repeat(4)), inClear("abc")];
    const whole = Buffer.concat(pieces);
    const ends = new Set([10, 10 + pieces[1]!.length]);
    for (let end = 0; end < whole.length; end++) {
      expect(decoded(whole.subarray(0, end)) === "corrupt").toBe(!ends.has(end));
    }
  });
});

test("whatever is coded comes back, in frames and in blocks, as what it came in", () => {
  const noise = crypto.getRandomValues(new Uint8Array(200_000));
  const bodies = [new Uint8Array(0), Buffer.from(LINE.repeat(9_000)), noise];
  for (const clear of bodies) {
    for (const inner of [snappy, snappyFrames]) {
      const coded = finish(inner.encode(clear));
      const answer = finish(eitherSnappy.decode(coded, BYTES_MAX));
      expect(eitherSnappy.expectedBytes(coded)).toBe(clear.length);
      expect(answer).toEqual({ kind: "ok", bytes: new Uint8Array(clear), inner });
    }
  }
});

test("no bytes are too odd", () => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  const type = fc.constantFrom(0, 1, 2, 0x80, 0xfe, 0xff);
  const pieces = fc.array(fc.tuple(type, bytes).map(([of, data]) => piece(of, data)));
  fc.assert(
    fc.property(pieces, bytes, (some, rest) => {
      const answer = finish(snappyFrames.decode(framed(...some, rest), 1000));
      expect(["ok", "corrupt", "too_large"]).toContain(answer.kind);
    }),
  );
});
