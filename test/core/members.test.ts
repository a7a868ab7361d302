// Members of values whose shape is not known.

import { expect, test } from "bun:test";
import { isObject, memberOf } from "../../src/core/members.ts";

test("objects are what JSON calls so: no lists, no null, no scalars", () => {
  const values: unknown[] = [{}, { a: 1 }, [], null, undefined, "a", 1, true];
  expect(values.map(isObject)).toEqual([true, true, false, false, false, false, false, false]);
});

test("a member is the object's own, or there is none", () => {
  expect(memberOf({ a: null }, "a")).toBeNull();
  for (const value of [{ b: 1 }, [1], "text", null]) {
    expect(memberOf(value, "a")).toBeUndefined();
    expect(memberOf(value, "length")).toBeUndefined();
    expect(memberOf(value, "toString")).toBeUndefined();
  }
});
