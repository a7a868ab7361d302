// Where the bytes went, with two workers: through reloads and ends of workers, what policies took
// away and added is what was sent less what was forwarded, to the byte, in all and by service.

import { expect, test } from "bun:test";
import { BYTE_COUNTS, type FieldRef, type Policy } from "../../../src/policy/index.ts";
import { policyOf } from "../../support/engine.ts";
import { inParallel, PoolHarness, request, until } from "./pool-harness.ts";
import { rate, severityPolicy } from "./severity-policy.ts";

const SERVICES = ["shop", "cart", undefined];
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

/** Two resources, so that each body is of two services; one of three names none. */
function bodyOf(number: number): string {
  const severities = severitiesOf(number);
  const resourceLogs = [0, 1].map((i) => {
    const service = SERVICES[(number + i) % SERVICES.length];
    const attributes = service && [{ key: "service.name", value: { stringValue: service } }];
    const logRecords = severities.map((severityText) => ({ severityText }));
    return { resource: { attributes }, scopeLogs: [{ logRecords }] };
  });
  return JSON.stringify({ resourceLogs });
}

interface Flow {
  readonly records: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
}
interface SavingsDocument {
  readonly totals: { readonly start: Flow };
  readonly services: readonly { readonly service: string | null; readonly start: Flow }[];
}

test("through reloads and ends of workers", async () => {
  await using pool = await PoolHarness.start({ policies: SETS[0] ?? [] });
  await pool.threads(2);
  let sent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await inParallel(REQUESTS, 4, (i) => {
      const body = bodyOf(round * REQUESTS + i);
      sent += body.length;
      // A set is put in force while others are judged.
      if (i === REQUESTS / 2) void pool.load(SETS[(round + 1) % SETS.length] ?? []);
      const headers = { "content-type": "application/json" };
      return request(`${pool.url}/v1/logs`, { method: "POST", headers }, body);
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
  // As the page writes it.
  const { totals, services } = JSON.parse(page.text) as SavingsDocument;
  const { bytes, records } = totals.start;
  expect([bytes["in"], bytes["out"]]).toEqual([sent, forwarded]);
  expect(lessOf(bytes)).toBe(sent - forwarded);
  expect(new Set(services.map(({ service }) => service))).toEqual(new Set(["cart", null, "shop"]));
  for (const { start } of services) {
    expect(lessOf(start.bytes)).toBe((start.bytes["in"] ?? 0) - (start.bytes["out"] ?? 0));
  }
  for (const part of ["records", "bytes"] as const) {
    for (const [name, count] of Object.entries(totals.start[part])) {
      const sum = services.reduce((all, { start }) => all + (start[part][name] ?? 0), 0);
      expect([part, name, sum]).toEqual([part, name, count]);
    }
  }
  const { dropped, sampled, rate_limited: limited, added } = bytes;
  for (const count of [dropped, sampled, limited, added, records["sampled"]]) {
    expect(count).toBeGreaterThan(0);
  }
}, 60_000);

/** What policies took away, less what they added. */
function lessOf(bytes: Flow["bytes"]): number {
  const { dropped = 0, sampled = 0, rate_limited: limited = 0, removed = 0, added = 0 } = bytes;
  return dropped + sampled + limited + removed - added;
}
