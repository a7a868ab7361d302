// Member names are told apart by their bytes.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { KeyTable } from "../../../src/core/json/index.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";

function idOf(table: KeyTable, key: string): number {
  const bytes = encodeUtf8(`"${key}"`);
  return table.find(bytes, 1, bytes.length - 1);
}

describe("KeyTable", () => {
  const table = new KeyTable({ body: 1, traceId: 2, trace_id: 2, spanId: 3, a: 4 });

  test.each([
    ["body", 1],
    ["traceId", 2],
    ["trace_id", 2],
    ["spanId", 3],
    ["a", 4],
    ["\\u0062ody", 1],
    ["tr\\u0061ceId", 2],
    ["Body", 0],
    ["bodi", 0],
    ["bbdy", 0],
    ["bod", 0],
    ["bodyy", 0],
    ["spamId", 0],
    ["", 0],
    ["b", 0],
    ["\\n", 0],
  ])("finds %j as %i", (key, id) => {
    expect(idOf(table, key)).toBe(id);
  });

  test("finds every one of names that share length, ends and middle", () => {
    const names = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`x${String.fromCharCode(48 + i)}yyyyz`, i + 1]),
    );
    delete names["x\\yyyyz"];
    const similar = new KeyTable(names);
    for (const [name, id] of Object.entries(names)) expect(idOf(similar, name)).toBe(id);
    expect(idOf(similar, "x!yyyyz")).toBe(0);
  });

  test("agrees with a map on random names", () => {
    const name = fc.stringMatching(/^[a-c_]{1,6}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 64 }), name, (names, probe) => {
        const random = new KeyTable(Object.fromEntries(names.map((key, i) => [key, i + 1])));
        for (const [i, key] of names.entries()) expect(idOf(random, key)).toBe(i + 1);
        expect(idOf(random, probe)).toBe(names.indexOf(probe) + 1);
      }),
    );
  });

  test("refuses more names than it can hold apart quickly", () => {
    const names = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, i + 1]));
    expect(() => new KeyTable(names)).toThrow("65 names; at most 64 are allowed");
  });
});
