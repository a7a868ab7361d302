// Numbers of members: a new field must not take the number of another member, nor one that is no
// bit of the masks.

import { expect, test } from "bun:test";
import { Field } from "../../../../../src/policy/fields.ts";
import { Member, MEMBER_COUNT } from "../../../../../src/protocols/otlp/format/json/names.ts";

const { attributes, status, events, links, ...ofMetrics } = Member;
const ofFields = Object.values(Field).map((index) => index + 1);

test.each([
  ["spans", [attributes, status, events, links]],
  ["metrics", [attributes, ...Object.values(ofMetrics)]],
])("every member of %s has a number of its own, below the count of all and not 0", (_, ids) => {
  const all = [...ofFields, ...ids].toSorted((a, b) => a - b);
  expect(all).toEqual(Array.from(all, (_id, i) => i + 1));
  expect(all.at(-1)).toBeLessThan(MEMBER_COUNT);
});

test("the numbers are bits of a mask", () => {
  expect(MEMBER_COUNT).toBeLessThanOrEqual(32);
});
