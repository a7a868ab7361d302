// Waits between attempts, and what an answer asks for.

import { describe, expect, test } from "bun:test";
import { backOffMs, retryAfterMs } from "../../src/system/index.ts";

const BACK_OFF = { firstMs: 100, ceilingMs: 1000, askedMsMax: 5000 };

describe("a wait", () => {
  test.each([
    ["doubles", [1, 2, 3, 4], [100, 200, 400, 800]],
    ["up to the ceiling", [5, 6, 100, 5000], [1000, 1000, 1000, 1000]],
  ])("%s", (_, failures, expected) => {
    expect(failures.map((one) => backOffMs(BACK_OFF, one, 0, 0))).toEqual(expected);
  });

  test("is shorter by a random part, a half at the most", () => {
    expect([0, 0.5, 1].map((random) => backOffMs(BACK_OFF, 1, 0, random))).toEqual([100, 75, 50]);
  });

  test("is as long as was asked for, up to a bound", () => {
    const asked = [0, 99, 101, 5000, 5001, 1e12];
    expect(asked.map((one) => backOffMs(BACK_OFF, 1, one, 0))).toEqual([
      100, 100, 101, 5000, 5000, 5000,
    ]);
  });
});

describe("Retry-After", () => {
  test.each([
    ["seconds", { "retry-after": "3" }, 3000],
    ["zero", { "retry-after": "0" }, 0],
    ["none", {}, 0],
    ["nonsense", { "retry-after": "soon" }, 0],
    ["negative", { "retry-after": "-1" }, 0],
    ["too many digits", { "retry-after": "1234567890" }, 0],
    [
      "a date, held against the answer's own",
      {
        "retry-after": "Fri, 02 Jan 2026 03:04:07 GMT",
        date: "Fri, 02 Jan 2026 03:04:05 GMT",
      },
      2000,
    ],
    ["a date, held against the clock", { "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }, 8000],
    ["a date that has passed", { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, 0],
    ["another form of date", { "retry-after": "2026-01-02" }, 0],
  ])("%s", (_, headers, expected) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>), () => 1000)).toBe(expected);
  });
});
