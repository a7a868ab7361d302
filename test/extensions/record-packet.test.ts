// Records of a body as they go to another thread: whatever is between them, and beside copies of
// what is no part of it.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { PacketReader, PacketWriter } from "../../src/extensions/record-packet.ts";
import { OfferedRecords, type OfferSource, Outcome } from "../../src/policy/index.ts";

const BODY = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const SOURCE: OfferSource = {
  policy: "p",
  signal: "log",
  use: { type: "t", version: "1.0.0", mode: "dropped", config: new Uint8Array([1, 2]) },
};

type Range = readonly [from: number, to: number];

/** Takes ranges of the body, or, as others, of a buffer that is filled with something else then. */
function offered(ranges: readonly (Range & { readonly isOther?: boolean })[]): OfferedRecords {
  const records = new OfferedRecords([SOURCE, { ...SOURCE, policy: "q" }]);
  records.open(BODY);
  for (const range of ranges) {
    const other = range.isOther === true ? BODY.slice() : undefined;
    records.take(other ?? BODY, range[0], range[1]);
    other?.fill(0xff);
    records.add(0, undefined, "otlp_json", Outcome.matched);
  }
  return records;
}

function packet(records: OfferedRecords): Uint8Array<ArrayBuffer> {
  const words = new Int32Array(8192);
  const bytes = new Uint8Array(words.buffer);
  const written = new PacketWriter().write(records, { words, bytes, reserve: () => 0 });
  return bytes.slice(0, written * 4);
}

const received = (records: OfferedRecords): Uint8Array<ArrayBuffer>[] =>
  new PacketReader().read(packet(records)).map(({ bytes }) => bytes.slice());
const expected = (ranges: readonly Range[]): Uint8Array<ArrayBuffer>[] =>
  ranges.map(([from, to]) => BODY.slice(from, to));

describe("a packet of records of a body", () => {
  test("holds each record, with much, little and nothing between them", () => {
    const ranges: Range[] = [
      [0, 10],
      [10, 300],
      [310, 311],
      [1500, 2600],
      [3999, 4000],
    ];
    expect(received(offered(ranges))).toEqual(expected(ranges));
  });

  test("holds a record once for all who want it", () => {
    const records = offered([]);
    records.take(BODY, 100, 2100);
    records.add(0, undefined, "otlp_json", Outcome.matched);
    records.add(1, undefined, "otlp_json", Outcome.kept);
    const one = offered([[100, 2100]]);
    expect(packet(records).length - packet(one).length).toBeLessThan(500);
    const read = new PacketReader().read(packet(records));
    expect(read.map(({ source, matched, kept }) => [source.policy, matched, kept])).toEqual([
      ["p", true, false],
      ["q", false, true],
    ]);
    for (const { bytes } of read) expect(bytes).toEqual(BODY.slice(100, 2100));
  });

  test("is not read from bytes that are none", () => {
    const good = new Int32Array(packet(offered([[1, 5]])).buffer);
    for (const [at, value] of [
      [0, -1],
      [0, 1000],
      [1, 1_000_000_000],
      [2, -1],
      [3, 0x7fff_ffff],
    ] as const) {
      const bytes = new Uint8Array(good.with(at, value).buffer);
      expect(() => new PacketReader().read(bytes)).toThrow("it is no packet of records");
    }
    expect(() => new PacketReader().read(new Uint8Array(8))).toThrow();
  });

  test("is about as large as its records", () => {
    const ranges = [0, 1, 2, 3].map((i): Range => [i * 1200, i * 1200 + 20]);
    expect(packet(offered(ranges)).length).toBeLessThan(500);
  });

  test("holds what was copied, because it does not last, as it was then", () => {
    const [first, second]: Range[] = [
      [5, 50],
      [60, 90],
    ];
    const other = Object.assign([5, 50] as const, { isOther: true });
    const records = offered([other, first!, other, second!]);
    expect(received(records)).toEqual(expected([first!, first!, first!, second!]));
    expect(records.records().map(({ bytes }) => bytes.slice())).toEqual(received(records));
  });

  test("agrees with the ranges on any of them, in order or not, with copies among them", () => {
    const range = fc
      .tuple(fc.nat(BODY.length), fc.nat(300), fc.boolean())
      .map(([from, length, isOther]) =>
        Object.assign([from, Math.min(BODY.length, from + length)] as const, { isOther }),
      );
    const check = (ranges: readonly (Range & { isOther: boolean })[]): void => {
      expect(received(offered(ranges))).toEqual(expected(ranges));
    };
    fc.assert(fc.property(fc.array(range, { maxLength: 40 }), check));
    const inOrder = fc
      .array(range, { maxLength: 80 })
      .map((all) => all.sort((a, b) => a[0] - b[0]));
    fc.assert(fc.property(inOrder, check));
  });
});
