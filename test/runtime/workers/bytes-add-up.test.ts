// Where the bytes went, with two workers: through reloads and ends of workers, what policies took
// away and added is what was sent less what was forwarded, to the byte.

import { expect, test } from "bun:test";
import { BYTE_COUNTS, type FieldRef, type Policy } from "../../../src/policy/index.ts";
import { policyOf } from "../../support/engine.ts";
import { inParallel, PoolHarness, until } from "./pool-harness.ts";
import { rate, severityPolicy } from "./severity-policy.ts";

const SEVERITIES = ["DEBUG", "INFO", "WARN", "ERROR"];
const ROUNDS = 4;
const REQUESTS = 30;

const SHOP: FieldRef = { kind: "attribute", scope: "record", path: ["team"] };
const ERRORS = severityPolicy("grow", "ERROR", { kind: "all" }).target?.matchers ?? [];
const GROW = policyOf(
  "grow",
  ERRORS,
  { kind: "all" },
  {
    transform: { add: [{ field: SHOP, value: { type: "string", value: "shop" }, upsert: true }] },
  },
);
const SETS: readonly (readonly Policy[])[] = [
  [severityPolicy("none", "DEBUG", { kind: "none" }), GROW],
  [
    severityPolicy("half", "DEBUG", { kind: "percent", percent: 50 }),
    severityPolicy("few", "INFO", rate(7)),
  ],
  [severityPolicy("none", "INFO", { kind: "none" }), severityPolicy("few", "WARN", rate(3)), GROW],
];

/** Of lengths that differ, so that no two mistakes make a right sum. */
function severitiesOf(number: number): string[] {
  return Array.from({ length: 1 + (number % 5) }, (_, i) => {
    return SEVERITIES[(number * 7 + i * 3) % SEVERITIES.length] as string;
  });
}

test("through reloads and ends of workers", async () => {
  await using pool = await PoolHarness.start({ policies: SETS[0] ?? [] });
  await pool.threads(2);
  let sent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await inParallel(REQUESTS, 4, (i) => {
      const severities = severitiesOf(round * REQUESTS + i);
      const logRecords = severities.map((severityText) => ({ severityText }));
      sent += JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }).length;
      // A set is put in force while others are judged.
      if (i === REQUESTS / 2) void pool.load(SETS[(round + 1) % SETS.length] ?? []);
      return pool.post(severities);
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    for (const worker of pool.pool.serving) worker.terminate();
    await until(() => pool.bus.of("worker.replaced").length === 2 * (round + 1));
  }
  const forwarded = pool.upstream.requests.reduce((sum, { body }) => sum + body.length, 0);
  const { engine } = pool.assembly;
  const rows = [...engine.countedTotals(), engine.forgottenTotals()];
  let less = 0;
  for (const row of rows) {
    for (const name of BYTE_COUNTS) less += name === "addedBytes" ? -row[name] : row[name];
  }
  expect(less).toBe(sent - forwarded);
  const page = await pool.get("/_edge/savings?format=json");
  const { bytes, records } = JSON.parse(page.text).totals.start;
  expect([bytes.in, bytes.out]).toEqual([sent, forwarded]);
  const { dropped, sampled, rate_limited: limited, removed, added } = bytes;
  expect(dropped + sampled + limited + removed - added).toBe(sent - forwarded);
  for (const count of [dropped, sampled, limited, added, records.sampled]) {
    expect(count).toBeGreaterThan(0);
  }
}, 60_000);
