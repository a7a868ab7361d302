// Bearer tokens of requests.

import { describe, expect, test } from "bun:test";
import { hasBearer } from "../../src/admin/bearer.ts";

const cases: readonly [string | undefined, boolean][] = [
  ["Bearer s3cret", true],
  ["bearer s3cret", true],
  ["BEARER   s3cret", true],
  ["Bearer s3cret  ", true],
  [undefined, false],
  ["", false],
  ["Bearer", false],
  ["Bearer ", false],
  ["Bearer s3cre", false],
  ["Bearer s3crett", false],
  ["Bearer s3creT", false],
  ["Bearer s3cret s3cret", false],
  ["Bearers3cret", false],
  ["Basic s3cret", false],
  ["s3cret", false],
  ["Bearer Bearer s3cret", false],
];

describe("a request shows the token", () => {
  for (const [authorization, want] of cases) {
    test(`${authorization}: ${want}`, () => {
      const headers = new Headers(authorization === undefined ? {} : { authorization });
      expect(hasBearer(headers, "s3cret")).toBe(want);
    });
  }
});

test("a token that is only the beginning of what is wanted, filled up with zeros, is not it", () => {
  expect(hasBearer(new Headers({ authorization: "Bearer ab" }), "ab\u0000")).toBe(false);
});
