// gRPC as bytes: prefixes, statuses, texts and deadlines, and what is no such thing.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  decodedText,
  encodedText,
  framed,
  GRPC,
  grpcStatusOf,
  httpStatusOf,
  prefixOf,
  readStatusDetails,
  statusDetails,
  timeoutMsOf,
  timeoutText,
} from "../../../src/core/grpc/index.ts";

describe("messages", () => {
  test("a message stands behind its flag and its length", () => {
    expect([...framed(Uint8Array.of(7, 8))]).toEqual([0, 0, 0, 0, 2, 7, 8]);
    expect([...framed(Uint8Array.of(7), true)]).toEqual([1, 0, 0, 0, 1, 7]);
    expect(prefixOf(Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff))).toEqual({
      isCompressed: true,
      length: 0xffffffff,
    });
    expect(prefixOf(Uint8Array.of(2, 0, 0, 0, 0))).toBeUndefined();
  });

  test("a prefix is read as it was written", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), fc.boolean(), (message, isCompressed) => {
        const bytes = framed(message, isCompressed);
        expect(prefixOf(bytes)).toEqual({ isCompressed, length: message.length });
        expect(bytes.subarray(5)).toEqual(message);
      }),
      { numRuns: 50 },
    );
  });
});

describe("timeouts", () => {
  const CASES: readonly (readonly [string, number | undefined])[] = [
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3000],
    ["100m", 100],
    ["500u", 0.5],
    ["7n", 0.000007],
    ["0S", 0],
    ["99999999S", 99_999_999_000],
    ["", undefined],
    ["5", undefined],
    ["5s", undefined],
    ["-5S", undefined],
    ["123456789S", undefined],
    ["1.5S", undefined],
  ];
  for (const [text, ms] of CASES) {
    test(`${JSON.stringify(text)} is ${ms}`, () => expect(timeoutMsOf(text)).toBe(ms));
  }

  test("a timeout is written in milliseconds, and in seconds where those are too many", () => {
    expect([0, 0.4, 1500.9, 99_999_999, 100_000_000].map(timeoutText)).toEqual([
      "1m",
      "1m",
      "1500m",
      "99999999m",
      "100000S",
    ]);
  });
});

describe("texts of a status", () => {
  test("what is no printable ASCII is escaped, and so is the percent sign", () => {
    expect(encodedText("100 % für\nalle")).toBe("100 %25 f%C3%BCr%0Aalle");
    expect(decodedText("100 %25 f%C3%BCr%0Aalle")).toBe("100 % für\nalle");
  });

  test("the first and the last printable character stay, and their neighbours do not", () => {
    expect(encodedText("é ~\u001f\u007f")).toBe("%C3%A9 ~%1F%7F");
  });

  test("an escape that is none stays", () =>
    expect(decodedText("50%, %zz %4")).toBe("50%, %zz %4"));

  test("a long text is cut", () => {
    expect(encodedText("a".repeat(5000))).toHaveLength(1024);
    expect(encodedText("ü".repeat(5000)).length).toBeLessThanOrEqual(3072);
  });

  test("any text comes back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
        const encoded = encodedText(text);
        expect(encoded).toMatch(/^[ -~]*$/);
        expect(decodedText(encoded)).toBe(text);
      }),
    );
  });
});

describe("statuses", () => {
  const RETRYABLE_HTTP = new Set([429, 502, 503, 504]);
  const RETRYABLE = new Set<number>([
    GRPC.cancelled,
    GRPC.deadlineExceeded,
    GRPC.aborted,
    GRPC.outOfRange,
    GRPC.unavailable,
    GRPC.dataLoss,
  ]);

  test("what may be tried again over HTTP may be over gRPC, and nothing else", () => {
    for (let status = 300; status < 600; status++) {
      const code = grpcStatusOf(status);
      // A client that went away hears nothing, and the deadline is its own.
      if (status === 499 || status === 408) continue;
      expect([status, RETRYABLE.has(code)]).toEqual([status, RETRYABLE_HTTP.has(status)]);
    }
  });

  test("what may be tried again over gRPC may be over HTTP, and nothing else", () => {
    for (const code of Object.values(GRPC)) {
      const status = httpStatusOf({ code, message: "" });
      expect([code, RETRYABLE_HTTP.has(status)]).toEqual([code, RETRYABLE.has(code)]);
    }
  });

  test("exhausted resources may be tried again when the server says when", () => {
    const status = { code: GRPC.resourceExhausted, message: "" };
    expect([httpStatusOf(status), httpStatusOf({ ...status, retryAfterS: 0 })]).toEqual([413, 429]);
  });

  test("a code that nobody knows is an error of the server", () => {
    expect(httpStatusOf({ code: 99, message: "" })).toBe(500);
  });
});

describe("details", () => {
  test("a status is read as it was written", () => {
    const status = { code: 14, message: "später", retryAfterS: 30 };
    expect(readStatusDetails(statusDetails(status))).toEqual(status);
    const bare = { code: 3, message: "" };
    expect(readStatusDetails(statusDetails(bare))).toEqual(bare);
  });

  test("a part of a second is waited for as a whole one", () => {
    // RetryInfo with a delay of 250 ms, as other libraries write it.
    const delay = Uint8Array.of(0x0a, 5, 0x10, 0x80, 0xe5, 0x9a, 0x77);
    const url = new TextEncoder().encode("type.googleapis.com/google.rpc.RetryInfo");
    const any = Uint8Array.of(0x0a, url.length, ...url, 0x12, delay.length, ...delay);
    expect(readStatusDetails(Uint8Array.of(0x1a, any.length, ...any))).toEqual({ retryAfterS: 1 });
  });

  test("other details, and bytes that are none, say nothing", () => {
    const other = Uint8Array.of(0x0a, 1, 0x61, 0x12, 0);
    expect(readStatusDetails(Uint8Array.of(0x1a, other.length, ...other))).toEqual({});
    expect(readStatusDetails(Uint8Array.of(0x08))).toEqual({});
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readStatusDetails(bytes)));
  });
});
