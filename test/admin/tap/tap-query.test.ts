// Queries of taps.

import { describe, expect, test } from "bun:test";
import { QueryError } from "../../../src/admin/admin-query.ts";
import { tapRequest } from "../../../src/admin/tap/tap-query.ts";

const request = (query: string) => tapRequest("pre", new URLSearchParams(query));

test("without a query, a tap shows everything for a minute or a thousand records, as JSON", () => {
  expect(request("")).toEqual({
    stage: "pre",
    filter: { signals: [], policies: [], decisions: [] },
    format: "json",
    recordsMax: 1000,
    secondsMax: 60,
  });
});

test("filters may be given more than once, and signals in the plural", () => {
  const query =
    "signal=logs&signal=trace&policy=a&policy=b%20c&decision=drop&decision=edit&n=1&seconds=3600&format=text";
  expect(request(query)).toEqual({
    stage: "pre",
    filter: {
      signals: ["log", "trace"],
      policies: ["a", "b c"],
      decisions: ["drop", "edit"],
    },
    format: "text",
    recordsMax: 1,
    secondsMax: 3600,
  });
});

test("the bounds themselves are allowed", () => {
  expect(request("n=1000000&seconds=1")).toMatchObject({ recordsMax: 1_000_000, secondsMax: 1 });
});

describe("what is refused says what is allowed", () => {
  const cases: readonly [string, string][] = [
    ["n=0", "n=0: use a whole number from 1 to 1000000"],
    ["n=1000001", "n=1000001: use a whole number from 1 to 1000000"],
    ["n=-1", "n=-1: use a whole number from 1 to 1000000"],
    ["n=1.5", "n=1.5: use a whole number from 1 to 1000000"],
    ["n=", "n=: use a whole number from 1 to 1000000"],
    ["n=1e3", "n=1e3: use a whole number from 1 to 1000000"],
    ["seconds=3601", "seconds=3601: use a whole number from 1 to 3600"],
    ["seconds=0", "seconds=0: use a whole number from 1 to 3600"],
    ["signal=span", "signal=span: use log, metric, trace"],
    ["signal=logss", "signal=logss: use log, metric, trace"],
    [
      "decision=dropped",
      "decision=dropped: use keep, edit, drop, would_keep, would_edit, would_drop",
    ],
    ["format=xml", "format=xml: use json, text, capture"],
    [
      "limit=3",
      '"limit" is no parameter of this page; use signal, policy, decision, text, n, seconds, per_second, format',
    ],
  ];
  for (const [query, message] of cases) {
    test(query, () => {
      expect(() => request(query)).toThrow(new QueryError(message));
    });
  }
});
