// The numbering of fields, attribute scopes and levels: places in tables, so that none may be left
// out or given twice.

import { describe, expect, test } from "bun:test";
import {
  Field,
  FIELD_COUNT,
  FIELDS_OF_SIGNAL,
  ID_FIELDS,
  Level,
  LEVEL_COUNT,
  Scope,
  SCOPE_COUNT,
} from "../../src/policy/fields.ts";

describe("numbers are 0, 1, 2 and so on", () => {
  test.each([
    ["fields", Object.values(Field), FIELD_COUNT],
    ["scopes", Object.values(Scope), SCOPE_COUNT],
    ["levels", Object.values(Level), LEVEL_COUNT],
  ] as const)("of %s", (_, numbers, count) => {
    expect([...numbers]).toEqual(Array.from({ length: count }, (_, i) => i) as never);
  });
});

test("every field belongs to a signal", () => {
  const used = new Set<string>(Object.values(FIELDS_OF_SIGNAL).flat());
  expect(Object.keys(Field).filter((field) => !used.has(field))).toEqual([]);
  expect(ID_FIELDS.filter((field) => !used.has(field))).toEqual([]);
});
