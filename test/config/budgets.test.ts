// Budgets of a configuration: what they come to, and what is said of wrong ones.

import { describe, expect, test } from "bun:test";
import { BUDGET_BYTES_MAX, BUDGETS_MAX } from "../../src/core/limits.ts";
import { load, problems } from "./support.ts";

test("budgets have names, signals and what they spare", () => {
  const match = [{ log_field: "body", contains: "x" }];
  const budgets = [
    { match, bytes_per_day: 21, keep: "Rare" },
    {
      name: "shop",
      match: [{ resource_attribute: "service.name", equals: "shop" }],
      signals: ["traces", "LOGS"],
      bytes_per_day: BUDGET_BYTES_MAX,
      time_zone: "Europe/Berlin",
      keep: [],
    },
    { match: [{ log_attribute: ["a", "b"], exists: true }], bytes_per_day: 1 },
    { match, bytes_per_day: 5, keep: ["errors", "rare"] },
  ];
  const both = { keepsErrors: true, keepsRare: true };
  expect(load(JSON.stringify({ budgets })).config.budgets).toEqual([
    {
      name: "1",
      match,
      signals: [],
      bytesPerDay: 21,
      timeZone: "UTC",
      keepsErrors: false,
      keepsRare: true,
    },
    {
      name: "shop",
      match: [{ resource_attribute: "service.name", equals: "shop" }],
      signals: ["log", "trace"],
      bytesPerDay: BUDGET_BYTES_MAX,
      timeZone: "Europe/Berlin",
      keepsErrors: false,
      keepsRare: false,
    },
    {
      name: "3",
      match: [{ log_attribute: ["a", "b"], exists: true }],
      signals: [],
      bytesPerDay: 1,
      timeZone: "UTC",
      ...both,
    },
    { name: "4", match, signals: [], bytesPerDay: 5, timeZone: "UTC", ...both },
  ]);
});

describe("a wrong budget is told with what is allowed", () => {
  const ALLOWED_BYTES = "allowed: 1 to 1000000000000000 bytes.";
  const CASES: readonly (readonly [budgets: unknown, ...messages: string[]])[] = [
    [[{ match: [] }], `budgets[0].bytes_per_day: is missing; ${ALLOWED_BYTES}`],
    [[{ bytes_per_day: 0 }], `budgets[0].bytes_per_day: 0 is too small; ${ALLOWED_BYTES}`],
    [[{ bytes_per_day: -5 }], `budgets[0].bytes_per_day: -5 is too small; ${ALLOWED_BYTES}`],
    [[{ bytes_per_day: 1e30 }], `budgets[0].bytes_per_day: 1e+30 is too large; ${ALLOWED_BYTES}`],
    [
      [{ bytes_per_day: 1.5 }],
      `budgets[0].bytes_per_day: 1.5 is not a whole number; ${ALLOWED_BYTES}`,
    ],
    [
      [{ bytes_per_day: "5GB" }],
      `budgets[0].bytes_per_day: "5GB" is text, not a number; ${ALLOWED_BYTES}`,
    ],
    [
      [{ bytes_per_day: 1, keep: "error" }],
      'budgets[0].keep: "error" does not fit; allowed: errors, rare, or a list of them.',
    ],
    [
      [{ bytes_per_day: 1, keep: ["rare", 5] }],
      "budgets[0].keep: a list is not text; allowed: errors, rare, or a list of them.",
    ],
    [
      [{ bytes_per_day: 1, time_zone: "Mars" }],
      'budgets[0].time_zone: "Mars" is not known; allowed: a name of the IANA time zone database, as UTC and Europe/Berlin.',
    ],
    [
      [{ bytes_per_day: 1, signals: ["spans"] }],
      'budgets[0].signals[0]: "spans" is not known; allowed: logs, metrics, traces; in any case.',
    ],
    [
      [{ bytes_per_day: 1, match: ["x"] }],
      "budgets[0].match[0]: the text is not an object; allowed: an object as in the `match` of policies.",
    ],
    [
      [{ bytes_per_day: 1, byte_per_day: 1 }],
      'budgets[0].byte_per_day: unknown key; did you mean "bytes_per_day"?',
    ],
    [
      [
        { name: "a", bytes_per_day: 1 },
        { name: "b", bytes_per_day: 1 },
        { name: "a", bytes_per_day: 1 },
      ],
      'budgets[2].name: "a" is the name of budgets[0] as well; give each its own.',
    ],
    [
      [{ name: "2", bytes_per_day: 1 }, { bytes_per_day: 1 }],
      'budgets[1].name: "2" is the name of budgets[0] as well; give each its own.',
    ],
    [
      [{ name: "a\nb", bytes_per_day: 1 }],
      'budgets[0].name: "a\\nb" has characters no name has; allowed: 1 to 100 printable ASCII characters.',
    ],
    [
      Array.from({ length: BUDGETS_MAX + 1 }, () => ({ bytes_per_day: 1 })),
      `budgets: a list is too large; allowed: a list of up to ${BUDGETS_MAX} objects with match and bytes_per_day.`,
    ],
    [Array.from({ length: BUDGETS_MAX }, () => ({ bytes_per_day: 1 }))],
    [
      {},
      "budgets: an object is not a list; allowed: a list of up to 100 objects with match and bytes_per_day.",
    ],
  ];
  for (const [budgets, ...messages] of CASES) {
    test(JSON.stringify(budgets).slice(0, 80), () => {
      const found = problems(JSON.stringify({ budgets }));
      expect(found.map((line) => line.replace(/^c\.json:\d+:\d+ /, ""))).toEqual(messages);
    });
  }
});
