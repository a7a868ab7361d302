// Budgets with two workers: one budget for both, through reloads and ends of workers, and what is
// cut is told by all of them together, to the byte.

import { expect, test } from "bun:test";
import { budgetPolicies } from "../../../src/policy/index.ts";
import { inParallel, PoolHarness, until } from "./pool-harness.ts";
import { severityPolicy } from "./severity-policy.ts";

const REQUESTS = 60;
const ROUNDS = 3;
const BUDGET = {
  name: "all",
  match: [{ log_field: "severity_text", regex: "." }],
  bytes_per_day: 2_000_000,
};

test("is one for all workers, through reloads and ends of workers", async () => {
  await using pool = await PoolHarness.start({ config: { budgets: [BUDGET] } });
  const { all } = pool.assembly.budgets;
  const asking = all.flatMap(budgetPolicies);
  await pool.load(asking);
  await pool.threads(2);
  let [sent, errors] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await inParallel(REQUESTS, 4, (i) => {
      const severities = Array.from({ length: 40 }, (_, n) => (n === i % 40 ? "ERROR" : "INFO"));
      const logRecords = severities.map((severityText) => ({ severityText }));
      sent += JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }).length;
      errors++;
      // A set is put in force while others are judged.
      const more = severityPolicy(`p${round}`, "DEBUG", { kind: "none" });
      if (i === REQUESTS / 2) void pool.load([...asking, more]);
      return pool.post(severities);
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    for (const worker of pool.pool.serving) worker.terminate();
    await until(() => pool.bus.of("worker.replaced").length === 2 * (round + 1));
  }
  const bodies = pool.upstream.requests.map(({ body }) => body);
  const forwarded = bodies.reduce((sum, { length }) => sum + length, 0);
  const text = bodies.map((body) => new TextDecoder().decode(body)).join("");
  const count = (severity: string): number => text.split(`"${severity}"`).length - 1;
  expect(count("ERROR")).toBe(errors);
  const [one] = (await page(pool, "/_edge/budgets")).budgets;
  const bytesOf = (severity: string): number => `{"severityText":"${severity}"}`.length;
  const kept = count("INFO") * bytesOf("INFO") + errors * bytesOf("ERROR");
  expect([one?.bytes.spent, one?.bytes.exempt]).toEqual([kept, errors * bytesOf("ERROR")]);
  expect(one?.bytes.spent).toBeLessThanOrEqual(Math.max(one?.bytes.limit ?? 0, errors * 30));
  expect(one?.bytes.cut).toBeGreaterThan(0);
  const { bytes, records } = (await page(pool, "/_edge/savings")).totals.start;
  expect([bytes.in, bytes.out, bytes.budgeted]).toEqual([sent, forwarded, sent - forwarded]);
  expect(records.budgeted).toBe(ROUNDS * REQUESTS * 40 - count("INFO") - errors);
  expect(one?.since_start).toEqual({
    records_cut: records.budgeted ?? 0,
    bytes_cut: bytes.budgeted ?? 0,
  });
}, 60_000);

type Numbers = Readonly<Partial<Record<string, number>>>;
interface Page {
  readonly budgets: readonly {
    readonly bytes: Readonly<Record<"spent" | "exempt" | "cut" | "limit", number>>;
    readonly since_start: Numbers;
  }[];
  readonly totals: {
    readonly start: {
      readonly bytes: Readonly<Record<"in" | "out" | "budgeted", number>>;
      readonly records: Readonly<Record<"budgeted", number>>;
    };
  };
}

async function page(pool: PoolHarness, path: string): Promise<Page> {
  // What the pages are documented to hold.
  return JSON.parse((await pool.get(`${path}?format=json`)).text) as Page;
}
