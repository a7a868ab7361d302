// The field cursor: every wire type, every way to be malformed, and that nothing else is ever
// thrown.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../src/core/errors.ts";
import {
  FieldCursor,
  GROUP_DEPTH_MAX,
  joinPayloads,
  tagOf,
  WireType,
} from "../../../src/core/protobuf/index.ts";
import {
  bytes,
  concat,
  double,
  fixed32,
  fixed64,
  group,
  int,
  len,
  tag,
  text,
  varint,
} from "./pb.ts";

interface Seen {
  field: number;
  type: number;
  at: number;
  start: number;
  stop: number;
}

function walk(input: Uint8Array, start = 0, end = input.length): Seen[] {
  const cursor = new FieldCursor();
  const seen: Seen[] = [];
  cursor.open(input, start, end);
  while (cursor.next()) {
    seen.push({
      field: cursor.tag >>> 3,
      type: cursor.tag & 7,
      at: cursor.fieldAt,
      start: cursor.start,
      stop: cursor.stop,
    });
  }
  cursor.check();
  return seen;
}

function failure(input: Uint8Array): string {
  try {
    walk(input);
  } catch (error) {
    if (error instanceof UndecodableError) return error.message;
    throw error;
  }
  return "";
}

function readInt(input: Uint8Array): bigint {
  const cursor = new FieldCursor();
  cursor.open(input, 0, input.length);
  expect(cursor.next()).toBe(true);
  return (BigInt(cursor.hi) << 32n) | BigInt(cursor.lo >>> 0);
}

describe("FieldCursor", () => {
  test("reports every wire type by offset", () => {
    const input = concat(
      int(1, 300),
      fixed64(2, 1),
      text(3, "abc"),
      group(4, int(1, 1), group(4, text(9, "x"))),
      fixed32(5, 1),
      len(200),
    );
    expect(walk(input)).toEqual([
      { field: 1, type: 0, at: 0, start: 1, stop: 3 },
      { field: 2, type: 1, at: 3, start: 4, stop: 12 },
      { field: 3, type: 2, at: 12, start: 14, stop: 17 },
      { field: 4, type: 3, at: 17, start: 18, stop: 26 },
      { field: 5, type: 5, at: 26, start: 27, stop: 31 },
      { field: 200, type: 2, at: 31, start: 34, stop: 34 },
    ]);
  });

  test("has no fields in an empty message, and stays at its end", () => {
    const cursor = new FieldCursor();
    cursor.open(bytes(8, 1), 1, 1);
    expect([cursor.next(), cursor.next(), cursor.fault]).toEqual([false, false, -1]);
  });

  test.each([
    0n,
    1n,
    127n,
    128n,
    16384n,
    0x7fffffffn,
    0x80000000n,
    0xfffffffffn,
    0x7fffffffffffffffn,
    -1n,
    -(2n ** 63n),
  ])("reads the 64-bit varint %p", (value) => {
    expect(readInt(int(1, value))).toBe(value);
  });

  test("reads varints that are padded to ten bytes", () => {
    expect(readInt(concat(tag(1, 0, 9), varint(5, 9)))).toBe(5n);
    const padded = concat(tag(3, 2, 3), varint(2, 9), bytes(1, 2));
    expect(walk(padded)).toEqual([{ field: 3, type: 2, at: 0, start: 14, stop: 16 }]);
  });

  test("knows the largest field number", () => {
    expect(walk(int(2 ** 29 - 1, 0))).toEqual([
      { field: 2 ** 29 - 1, type: 0, at: 0, start: 5, stop: 6 },
    ]);
  });

  const eleven = new Uint8Array(11).fill(0x80);
  test.each([
    ["a tag that is cut off", bytes(0x80), "varint is cut off at byte 0"],
    ["a tag of eleven bytes", eleven, "varint is longer than 10 bytes at byte 0"],
    ["a field number of 30 bits", varint(2n ** 32n), "field number out of range at byte 0"],
    ["field number 0", bytes(8, 1, 0), "field number 0 at byte 2"],
    ["a value that is missing", bytes(8), "varint is cut off at byte 1"],
    [
      "a value of eleven bytes",
      concat(bytes(8), eleven),
      "varint is longer than 10 bytes at byte 1",
    ],
    ["a length that is missing", bytes(0x0a), "length is missing at byte 1"],
    ["a length that is cut off", bytes(0x0a, 0x80), "varint is cut off at byte 1"],
    [
      "a length one too long",
      bytes(0x0a, 2, 0),
      "length runs past the end of the message at byte 1",
    ],
    [
      "a length of 32 bits",
      concat(bytes(0x0a), varint(0xffffffffn)),
      "length runs past the end of the message at byte 1",
    ],
    [
      "a length of 64 bits",
      concat(bytes(0x0a), varint(2n ** 32n)),
      "length runs past the end of the message at byte 1",
    ],
    [
      "a fixed64 that is cut off",
      bytes(9, 1, 2, 3, 4, 5, 6, 7),
      "fixed-size value is cut off at byte 1",
    ],
    ["a fixed32 that is cut off", bytes(0x0d, 1, 2, 3), "fixed-size value is cut off at byte 1"],
    ["wire type 6", bytes(8, 1, 0x0e), "wire type 6 does not exist at byte 2"],
    ["wire type 7", bytes(0x0f), "wire type 7 does not exist at byte 0"],
    ["an end of no group", bytes(0x0c), "group ends that did not begin at byte 0"],
    ["a group without end", bytes(8, 1, 0x0b, 8, 1), "group does not end at byte 2"],
    [
      "another group's end",
      concat(tag(1, 3), tag(2, 4)),
      "group ends that did not begin at byte 1",
    ],
    [
      "field number 0 in a group",
      concat(tag(1, 3), bytes(3)),
      "field number out of range at byte 1",
    ],
    [
      "a broken field in a group",
      concat(tag(1, 3), bytes(0x0a, 5)),
      "length runs past the end of the message at byte 2",
    ],
  ])("rejects %s", (_name, input, message) => {
    expect(failure(input)).toBe(`protobuf: ${message}`);
  });

  function nested(depth: number): Uint8Array {
    const begin = Array.from({ length: depth }, () => tag(1, 3));
    const end = Array.from({ length: depth }, () => tag(1, 4));
    return concat(...begin, ...end);
  }
  test("skips groups nested up to the limit and rejects deeper ones", () => {
    expect(walk(nested(GROUP_DEPTH_MAX))).toHaveLength(1);
    const message = `protobuf: groups nested deeper than 100 at byte ${GROUP_DEPTH_MAX}`;
    expect(failure(nested(GROUP_DEPTH_MAX + 1))).toBe(message);
    expect(failure(nested(50_000))).toBe(message);
  });

  test("never looks past the end of its message", () => {
    const input = concat(text(1, "abc"), text(2, "def"));
    expect(walk(input, 0, 5)).toHaveLength(1);
    for (const end of [1, 2, 3, 4]) expect(() => walk(input, 0, end)).toThrow(UndecodableError);
  });

  test("fields that were walked tile the message exactly, whatever the bytes", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.nat({ max: 300 }).map((n) => int((n % 20) + 1, n)),
      fc.uint8Array({ maxLength: 6 }).map((payload) => len((payload.length % 5) + 1, payload)),
      fc.nat({ max: 6 }).map((n) => nested(n)),
      fc.double().map((value) => double(3, value)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const input = concat(...pieces);
        let seen: Seen[];
        try {
          seen = walk(input);
        } catch (error) {
          if (!(error instanceof UndecodableError)) throw error;
          expect(error.offset).toBeGreaterThanOrEqual(0);
          expect(error.offset).toBeLessThanOrEqual(input.length);
          return;
        }
        let at = 0;
        for (const field of seen) {
          expect(field.at).toBe(at);
          expect(field.start).toBeGreaterThan(at);
          expect(field.stop).toBeGreaterThanOrEqual(field.start);
          at = field.stop;
        }
        expect(at).toBe(input.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe("joinPayloads", () => {
  const inner = (value: number): Uint8Array => int(1, value);
  const joined = (input: Uint8Array) =>
    joinPayloads(input, 0, input.length, tagOf(1, WireType.bytes));
  test("joins the payloads of one tag and skips all other fields", () => {
    const input = concat(len(1, inner(5)), text(2, "no"), int(1, 7), len(1), len(1, inner(6)));
    expect(joined(input)).toEqual(concat(inner(5), inner(6)));
    expect(joined(text(2, "no"))).toEqual(bytes());
  });
  test("joins no malformed message with another, whose first bytes would complete it", () => {
    const cut = len(1, bytes(0x0a, 3));
    expect(joined(concat(cut, len(1, inner(5))))).toBeUndefined();
    expect(joined(concat(len(1, inner(5)), cut))).toBeUndefined();
    expect(joined(cut)).toEqual(bytes(0x0a, 3));
  });
});
