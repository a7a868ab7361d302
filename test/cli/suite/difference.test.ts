// The first difference of two documents, and its place.

import { expect, test } from "bun:test";
import { describeDifference, firstDifference } from "../../../src/cli/suite/difference.ts";
import { junitOf } from "../../../src/cli/suite/junit.ts";

const told = (expected: unknown, actual: unknown): string | undefined => {
  const found = firstDifference(expected, actual);
  return found && describeDifference(found);
};

test("is told with its place and both values", () => {
  expect(told({ a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1 }, { b: 3 }] })).toBe(
    "a[1].b: expected 2, got 3",
  );
  expect(told({ a: [1] }, { a: [1, { x: "y" }] })).toBe('a[1]: expected nothing, got {"x":"y"}');
  expect(told({ a: 1, b: 2 }, { a: 1 })).toBe("b: expected 2, got nothing");
  expect(told([], {})).toBe("the document: expected [], got {}");
  expect(told("a".repeat(300), "b")).toBe(`the document: expected "${"a".repeat(199)}…, got "b"`);
});

test("there is none of equal documents, whatever the order of their keys", () => {
  expect(told({ a: [1, { b: null }], c: "x" }, { c: "x", a: [1, { b: null }] })).toBeUndefined();
});

test("JUnit's XML escapes what is in it", () => {
  const xml = junitOf([], ['a.yaml: "<&>" \u0000']);
  expect(xml).toContain('tests="1" failures="0" errors="1"');
  expect(xml).toContain("a.yaml: &quot;&lt;&amp;&gt;&quot; \ufffd");
});
