// Rows of policies in the console: what they saved, in order, searched.

import { expect, test } from "bun:test";
import type { PolicyRow } from "../../src/console/model/pages.ts";
import { filtered, modeOf, savedBytesOf, sorted } from "../../src/console/model/policies.ts";

const row = (id: string, more: Partial<PolicyRow> = {}): PolicyRow => ({
  id,
  name: id.toUpperCase(),
  signal: "log",
  enabled: true,
  hits: 0,
  misses: 0,
  dropped: 0,
  sampled: 0,
  rate_limited: 0,
  budgeted: 0,
  dropped_bytes: 0,
  sampled_bytes: 0,
  rate_limited_bytes: 0,
  budgeted_bytes: 0,
  removed_bytes: 0,
  added_bytes: 0,
  errors: [],
  warnings: [],
  ...more,
});
const ROWS = [
  row("a", { hits: 9, errors: ["log: match[0]: bad"] }),
  row("b", { sampled_bytes: 7, mode: "rollout", rollout_percent: 10 }),
  row("c", { dropped_bytes: 5, rate_limited_bytes: 1, mode: "shadow" }),
  row("d", { removed_bytes: 9, added_bytes: 11 }),
];
const ids = (rows: readonly PolicyRow[]): string => rows.map(({ id }) => id).join("");

test("what a policy saved is all that it kept from leaving, less what it added", () => {
  expect(ROWS.map(savedBytesOf)).toEqual([0, 7, 6, -2]);
});

test("policies come in each of their orders", () => {
  expect(
    (["bytes", "hits", "errors", "name"] as const).map((order) => ids(sorted(ROWS, order))),
  ).toEqual(["bcad", "abcd", "abcd", "abcd"]);
});

test("all words of a search are in a policy, its mode or its errors", () => {
  expect(
    ["", "BAD", "shadow", "b rollout", "b shadow", "zz"].map((text) => ids(filtered(ROWS, text))),
  ).toEqual(["abcd", "a", "c", "b", "", ""]);
});

test("modes are told in words", () => {
  expect(ROWS.map(modeOf)).toEqual(["enforced", "rollout 10 %", "shadow", "enforced"]);
});
