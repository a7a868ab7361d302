// What is said of prices, each case with a configuration and exactly what is said about it.

import { expect, test } from "bun:test";
import { load, problems } from "./support.ts";

const CASES: readonly (readonly [file: string, ...messages: string[]])[] = [
  ['{"cost": {"per_gb": 0, "logs": {"per_gb": 0.125, "per_million_records": 1000000000}}}'],
  [
    '{"cost": {"per_gb": -0.1}}',
    "c.json:1:21 cost.per_gb: -0.1 is too small; allowed: a number from 0 to 1000000000.",
  ],
  [
    '{"cost": {"per_million_records": 1000000001}}',
    "c.json:1:34 cost.per_million_records: 1000000001 is too large; allowed: a number from 0 to 1000000000.",
  ],
  [
    '{"cost": {"traces": {"per_gb": "0.1"}}}',
    'c.json:1:32 cost.traces.per_gb: "0.1" is text, not a number; allowed: a number from 0 to 1000000000.',
  ],
  [
    '{"cost": {"currency": "euro"}}',
    'c.json:1:23 cost.currency: "euro" is not the code of a currency; allowed: three capital letters, as USD and EUR (ISO 4217).',
  ],
  ['{"cost": {"log": {}}}', 'c.json:1:11 cost.log: unknown key; did you mean "logs"?'],
  [
    '{"cost": {"logs": {"currency": "EUR"}}}',
    'c.json:1:20 cost.logs.currency: unknown key; did you mean "cost.currency"?',
  ],
];
for (const [text, ...messages] of CASES) {
  test(text, () => expect(problems(text)).toEqual(messages));
}

test("a currency without prices is no cost, and a price of 0 is one", () => {
  expect(load('{"cost": {"currency": "EUR"}}').config.cost).toBeUndefined();
  const free = { perGb: 0, perMillionRecords: 0 };
  expect(load('{"cost": {"logs": {"per_gb": 0}}}').config.cost).toEqual({
    currency: "USD",
    log: free,
    metric: free,
    trace: free,
  });
});
