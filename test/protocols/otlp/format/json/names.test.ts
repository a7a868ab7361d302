// Numbers of members: a new field must not take the number of another member, nor one that is no
// bit of the masks.

import { expect, test } from "bun:test";
import { Field } from "../../../../../src/policy/fields.ts";
import { Member, MEMBER_COUNT } from "../../../../../src/protocols/otlp/format/json/names.ts";

const IDS = [...Object.values(Field).map((index) => index + 1), ...Object.values(Member)];

test("every member has a number of its own, below the count of all and not 0", () => {
  expect(IDS.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: MEMBER_COUNT - 1 }, (_, i) => i + 1),
  );
});

test("the numbers are bits of a mask", () => {
  expect(MEMBER_COUNT).toBeLessThanOrEqual(32);
});
