// Names with dots: found whole, and part by part.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { NameTable } from "../../../src/protocols/dotted/index.ts";

const find = (names: NameTable, prefix: number, key: string): number => {
  const bytes = encodeUtf8(`"${key}"`);
  return names.findKey(prefix, bytes, 1, bytes.length - 1);
};

describe("NameTable", () => {
  test("finds a name by its whole key, and by its parts one below the other", () => {
    const names = new NameTable([encodeUtf8("http.request.method"), encodeUtf8("http")]);
    const http = find(names, -1, "http");
    const request = find(names, http, "request");
    const method = find(names, request, "method");
    expect([http, request, method].every((node) => node >= 0)).toBe(true);
    expect(new Set([http, request, method]).size).toBe(3);
    expect(find(names, -1, "http.request.method")).toBe(method);
    expect(find(names, -1, "http.request")).toBe(request);
    expect(find(names, http, "request.method")).toBe(method);
  });

  test("finds no part where it does not belong, and nothing like a name", () => {
    const names = new NameTable([encodeUtf8("http.method"), encodeUtf8("status")]);
    const http = find(names, -1, "http");
    for (const key of ["method", "http.", "htxp", "http.methods", "http.metho", "", "statuss"]) {
      expect([key, find(names, -1, key)]).toEqual([key, -1]);
    }
    for (const key of ["http", "status", "methods", ""]) {
      expect([key, find(names, http, key)]).toEqual([key, -1]);
    }
  });

  test("finds names with empty parts", () => {
    const names = new NameTable(["", "a.", ".b"].map(encodeUtf8));
    const whole = ["", "a", "a.", ".b"].map((key) => find(names, -1, key));
    expect(new Set(whole).size).toBe(4);
    expect(whole.every((node) => node >= 0)).toBe(true);
    expect(find(names, find(names, -1, "a"), "")).toBe(find(names, -1, "a."));
    expect(find(names, find(names, -1, ""), "b")).toBe(find(names, -1, ".b"));
  });

  test("tells names apart that have their length and three bytes in common", () => {
    const names = new NameTable(["abcde", "aXcYe", "x.abcde", "single"].map(encodeUtf8));
    const nodes = ["abcde", "aXcYe", "x.abcde"].map((key) => find(names, -1, key));
    expect(new Set(nodes).size).toBe(3);
    expect(nodes.every((node) => node >= 0)).toBe(true);
    expect(find(names, find(names, -1, "x"), "abcde")).toBe(find(names, -1, "x.abcde"));
    const others = ["aZcZe", "sXnXXe"].map((key) => find(names, -1, key));
    expect([...others, find(names, find(names, -1, "x"), "aXcYe")]).toEqual([-1, -1, -1]);
  });

  test("tells thousands of names apart", () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `labels.team_${i}.cost`);
    const names = new NameTable(texts.map(encodeUtf8));
    const nodes = texts.map((text) => find(names, -1, text));
    expect(new Set(nodes).size).toBe(5000);
    expect(nodes.every((node) => node >= 0)).toBe(true);
    expect(find(names, -1, "labels.team_5000.cost")).toBe(-1);
  });
});
