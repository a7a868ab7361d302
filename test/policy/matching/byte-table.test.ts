// Whole strings: every key and near misses of it.

import { describe, expect, test } from "bun:test";
import { ByteTable } from "../../../src/policy/matching/byte-table.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("ByteTable", () => {
  test("numbers keys in order of insertion and finds exactly them", () => {
    const table = new ByteTable();
    const keys = Array.from({ length: 3000 }, (_, i) => `order-service-${i}`);
    expect(keys.map((key) => table.add(bytesOf(key)))).toEqual(keys.map((_, i) => i));
    expect(keys.map((key) => table.add(bytesOf(key)))).toEqual(keys.map((_, i) => i));
    expect(table.size).toBe(3000);
    const text = bytesOf("[order-service-77]");
    expect(table.find(text, 1, text.length - 1)).toBe(77);
    expect(table.find(text, 1, text.length - 2)).toBe(7);
    expect(table.find(text, 1, text.length)).toBe(-1);
    expect(table.find(text, 1, 1)).toBe(-1);
  });

  test("holds the empty key and long keys", () => {
    const table = new ByteTable();
    const long = bytesOf("x".repeat(400));
    expect([table.add(new Uint8Array(0)), table.add(long)]).toEqual([0, 1]);
    expect(table.find(long, 0, 0)).toBe(0);
    expect(table.find(long, 0, 400)).toBe(1);
    expect(table.find(long, 0, 399)).toBe(-1);
    expect(table.find(bytesOf("x".repeat(300)), 0, 300)).toBe(-1);
  });
});
