// Times as logs spell them, held against Date.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { Timestamp } from "../../../src/protocols/lines/index.ts";

const time = new Timestamp();

/** Nanoseconds since 1970, or undefined. */
function read(text: string): bigint | undefined {
  const bytes = encodeUtf8(`x${text}x`);
  if (!time.read(bytes, 1, bytes.length - 1)) return undefined;
  return BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos);
}

const NOW = 1_767_323_045n * 1_000_000_000n;

describe("dates", () => {
  test.each<[string, bigint]>([
    ["2026-01-02T03:04:05Z", NOW],
    ["2026-01-02t03:04:05z", NOW],
    ["2026-01-02 03:04:05", NOW],
    ["2026-01-02T03:04:05.1Z", NOW + 100_000_000n],
    ["2026-01-02T03:04:05,123", NOW + 123_000_000n],
    ["2026-01-02T03:04:05.123456789Z", NOW + 123_456_789n],
    ["2026-01-02T03:04:05.1234567899Z", NOW + 123_456_789n],
    ["2026-01-02T04:04:05+01:00", NOW],
    ["2026-01-02T04:04:05+0100", NOW],
    ["2026-01-02T04:04:05+01", NOW],
    ["2026-01-01T21:34:05-05:30", NOW],
    ["1969-12-31T23:59:59.5Z", -500_000_000n],
    ["2016-12-31T23:59:60Z", 1_483_228_800n * 1_000_000_000n],
    ["2024-02-29T00:00:00Z", 1_709_164_800n * 1_000_000_000n],
  ])("%s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each([
    "2026-13-02T03:04:05Z",
    "2026-00-02T03:04:05Z",
    "2026-02-29T03:04:05Z",
    "2026-01-32T03:04:05Z",
    "2026-01-02T24:04:05Z",
    "2026-01-02T03:60:05Z",
    "2026-01-02T03:04:61Z",
    "2026-01-02T03:04",
    "2026-01-02T03:04:05ZZ",
    "2026-01-02T03:04:05+1",
    "2026-01-02T03:04:05+01:0",
    "2026-01-02T03:04:05+24:00",
    "2026/01/02 03:04:05",
    "2026-01-02x03:04:05",
    "2026-0a-02T03:04:05Z",
    "Fri Jan 2 03:04:05 2026",
    "",
  ])("%j is none", (text) => {
    expect(read(text)).toBeUndefined();
  });

  test("any time is what Date says", () => {
    const when = fc.date({
      min: new Date(0),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(when, (date) => {
        expect(read(date.toISOString())).toBe(BigInt(date.getTime()) * 1_000_000n);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("numbers since 1970", () => {
  test.each<[string, bigint]>([
    ["1767323045", NOW],
    ["1767323045.25", NOW + 250_000_000n],
    ["1767323045.123456789", NOW + 123_456_789n],
    ["1767323045123", NOW + 123_000_000n],
    ["1767323045123456", NOW + 123_456_000n],
    ["1767323045123456789", NOW + 123_456_789n],
    ["99999999999", 99_999_999_999n * 1_000_000_000n],
    ["100000000000", 100_000_000n * 1_000_000_000n],
  ])("%s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each(["0", "-1", "1e9", "12a", "1767323045123.5", "1".repeat(25)])("%s is none", (text) => {
    expect(read(text)).toBeUndefined();
  });
});
