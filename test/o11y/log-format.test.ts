// One line per event: names, escapes, both formats.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { formatLine } from "../../src/o11y/index.ts";
import { quoteText } from "../../src/o11y/log-format.ts";

const QUOTED = /^"(?:[^"\\\p{Cc}\u2028\u2029]|\\["\\nrt]|\\u[0-9a-f]{4})*"$/u;
const TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe("text lines", () => {
  const text = (fields: Record<string, unknown>): string =>
    formatLine("text", TIME, "info", "server.ready", fields);

  test("time in UTC with milliseconds, level, event, fields in snake_case", () => {
    expect(text({ url: "http://127.0.0.1:8080", timeoutMs: 5000, drained: true })).toBe(
      '2026-01-02T03:04:05.678Z [INFO] server.ready url="http://127.0.0.1:8080" timeout_ms=5000 drained=true',
    );
  });

  test("each level has its word", () => {
    const levels = ["trace", "debug", "info", "warn", "err"] as const;
    expect(levels.map((level) => formatLine("text", TIME, level, "x", {}).slice(25))).toEqual([
      "[TRACE] x",
      "[DEBUG] x",
      "[INFO] x",
      "[WARN] x",
      "[ERROR] x",
    ]);
  });

  test("nested records are flattened, lists joined, absent values left out", () => {
    const fields = { counts: { log: 3, metric: 0 }, errors: ["a", 'b "c"'], none: undefined };
    expect(text(fields).slice(45)).toBe('counts_log=3 counts_metric=0 errors="a; b \\"c\\""');
  });

  test("numbers have at most three decimals; those that are none are words", () => {
    const fields = { a: 1.23456, b: 0.0004, c: Number.NaN, d: Infinity, e: 2 ** 53, f: 5n };
    expect(text(fields).slice(45)).toBe(
      'a=1.235 b=0 c="NaN" d="Infinity" e=9007199254740992 f="5"',
    );
  });

  test("an error is its message", () => {
    expect(text({ error: new TypeError("at https://u:p@h/?q") }).slice(45)).toBe(
      'error="at https://***@h/?***"',
    );
  });

  const escapes: [string, string][] = [
    ['say "hi"', '"say \\"hi\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["line\nfeed\r\ttab", '"line\\nfeed\\r\\ttab"'],
    ["\u0000\u001b[31mred\u007f", '"\\u0000\\u001b[31mred\\u007f"'],
    ["c1 \u009b2J", '"c1 \\u009b2J"'],
    ["\u2028\u2029", '"\\u2028\\u2029"'],
    ["\u202etxt.exe\u2066", '"\\u202etxt.exe\\u2066"'],
    ["grün 日本 🙂", '"grün 日本 🙂"'],
    ["\ud800lone", '"\ufffdlone"'],
    ["", '""'],
  ];
  for (const [value, quoted] of escapes)
    test(`${JSON.stringify(value)} is written ${quoted}`, () => {
      expect(quoteText(value)).toBe(quoted);
    });

  test("no value can end its quotes or its line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (value) => {
        expect(quoteText(value)).toMatch(QUOTED);
      }),
      { numRuns: 300 },
    );
  });
});

describe("JSON lines", () => {
  test("hold the same fields, with lists as lists", () => {
    const fields = { provider: "p", errors: ['x "y"', "http://u:p@h?k"], counts: { log: 1 } };
    const line = formatLine("json", TIME, "warn", "policy.invalid", fields);
    expect(line).toBe(
      '{"time":"2026-01-02T03:04:05.678Z","level":"warn","event":"policy.invalid",' +
        '"provider":"p","errors":["x \\"y\\"","http://***@h?***"],"counts_log":1}',
    );
  });

  test("are one valid document on one line whatever the values are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (value) => {
        const line = formatLine("json", TIME, "info", "x", { value: `v ${value}` });
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(JSON.parse(line)).toMatchObject({ level: "info", value: `v ${value}` });
      }),
      { numRuns: 500 },
    );
  });

  test("tell a terminal nothing", () => {
    const line = formatLine("json", TIME, "info", "x", { value: "\u009b2J\u202etxt.exe\u007f" });
    expect(line).toEndWith('"value":"\\u009b2J\\u202etxt.exe\\u007f"}');
  });
});

describe("long values are cut, in both formats", () => {
  const values: [string, string | Error | string[], string | string[]][] = [
    ["2,000 characters are whole", "x".repeat(2_000), "x".repeat(2_000)],
    ["one more is cut", "x".repeat(2_001), `${"x".repeat(2_000)}…`],
    ["no character is torn", `x${"🙂".repeat(1_000)}`, `x${"🙂".repeat(999)}\ufffd…`],
    ["an error's message, too", new Error("x".repeat(2_001)), `${"x".repeat(2_000)}…`],
    ["a list of 2,000 is whole", ["a".repeat(1_999), "b"], ["a".repeat(1_999), "b"]],
    ["one more is cut", ["a".repeat(1_999), "bc"], ["a".repeat(1_999), "b…"]],
    ["what comes behind is left out", ["a".repeat(2_000), "b", "c"], ["a".repeat(2_000), "…"]],
  ];
  for (const [name, value, shown] of values)
    test(name, () => {
      const line = formatLine("json", TIME, "info", "x", { value });
      expect(JSON.parse(line)).toMatchObject({ value: shown });
      const text = Array.isArray(shown) ? shown.join("; ") : shown;
      expect(formatLine("text", TIME, "info", "x", { value })).toEndWith(` x value="${text}"`);
    });
});

test("secrets that are known are shown nowhere", () => {
  const fields = {
    reason: "header hunter22 was refused",
    list: ["hunter22"],
    e: new Error("hunter22"),
  };
  for (const format of ["text", "json"] as const) {
    expect(formatLine(format, TIME, "warn", "x", fields, ["hunter22"])).not.toContain("hunter22");
  }
});
