// The page of budgets, and what a proxy with budgets says of what they cut everywhere else.

import { describe, expect, test } from "bun:test";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
} from "../../support/admin-edge.ts";
import { rawResponse } from "../../support/recording-upstream.ts";

const EVERYTHING = [{ log_field: "body", regex: "." }];
const TIGHT = { name: "tight", match: EVERYTHING, bytes_per_day: 10 };

async function start(budgets: readonly object[], more: object = {}): Promise<AdminEdge> {
  const edge = await AdminEdge.start({ budgets, ...more });
  edge.assembly.registry.start();
  await edge.assembly.registry.whenComplete;
  return edge;
}

async function post(edge: AdminEdge, records: readonly object[]): Promise<void> {
  const body = otlpLogs(...records);
  await edge.ask("/v1/logs", { method: "POST", headers: JSON_HEADERS, body });
}

type Numbers = Readonly<Record<string, number>>;
interface Page {
  readonly budgets: readonly {
    readonly bytes: Numbers;
    readonly forecast: Numbers;
    readonly day: Readonly<Record<"from" | "until", string>>;
    readonly errors: readonly string[];
  }[];
  readonly policies: readonly object[];
  readonly totals: { readonly start: { readonly records: Numbers; readonly bytes: Numbers } };
}

async function page(edge: AdminEdge, path: string): Promise<Page> {
  // What the page is documented to hold.
  return (await (await edge.ask(`${path}?format=json`)).json()) as Page;
}

describe("/_edge/budgets", () => {
  test("tells what is spent, left and cut, and what the day comes to", async () => {
    const wide = { match: EVERYTHING, bytes_per_day: 1_000_000_000, keep: "errors" };
    await using edge = await start([wide, TIGHT]);
    await post(edge, [logRecord("INFO", "a"), logRecord("ERROR", "b")]);
    const { budgets } = await page(edge, "/_edge/budgets");
    const [kept, cut] = [logRecord("ERROR", "b"), logRecord("INFO", "a")].map(
      (record) => JSON.stringify(record).length,
    );
    expect(budgets).toMatchObject([
      {
        name: "1",
        bytes_per_day: 1_000_000_000,
        keep: ["errors"],
        signals: ["log"],
        bytes: { spent: kept, exempt: kept, cut: 0 },
        since_start: { records_cut: 0, bytes_cut: 0 },
        errors: [],
      },
      {
        name: "tight",
        time_zone: "UTC",
        keep: ["errors", "rare"],
        bytes: { spent: kept, exempt: kept, left: 0, cut },
        since_start: { records_cut: 1 },
        errors: [],
      },
    ]);
    const { from = "", until = "" } = budgets[0]?.day ?? {};
    expect(Date.parse(until) - Date.parse(from)).toBe(86_400_000);
    expect(budgets[1]?.forecast["uncut"]).toBeGreaterThanOrEqual(kept ?? 0);
    const text = await (await edge.ask("/_edge/budgets")).text();
    expect(text.split("\n")[1]).toStartWith('budget="tight" limit_bytes=');
    expect(text).toContain(
      `spent_bytes=${kept} left_bytes=0 exempt_bytes=${kept} cut_bytes=${cut}`,
    );
  });

  test("tells what is wrong with a budget, which does nothing then", async () => {
    const wrong = { name: "typo", match: [{ log_feld: "body", exists: true }], bytes_per_day: 1 };
    await using edge = await start([wrong]);
    await post(edge, [logRecord("INFO", "a")]);
    const { budgets } = await page(edge, "/_edge/budgets");
    expect(budgets[0]?.errors[0]).toContain("log_feld");
    expect(budgets[0]?.bytes).toMatchObject({ spent: 0, cut: 0 });
    expect(edge.upstream.requests).toHaveLength(1);
  });

  test("is empty without budgets, and takes no other parameters", async () => {
    await using edge = await AdminEdge.start();
    expect(await page(edge, "/_edge/budgets")).toMatchObject({ budgets: [] });
    expect(await (await edge.ask("/_edge/budgets")).text()).toBe("");
    expect((await edge.ask("/_edge/budgets?name=x")).status).toBe(400);
  });
});

test("what a budget cuts is told apart on pages and in metrics, and adds up", async () => {
  await using edge = await start([TIGHT]);
  await post(edge, [logRecord("INFO", "a"), logRecord("ERROR", "b")]);
  const { policies } = await page(edge, "/_edge/policies");
  expect(policies).toMatchObject([{ id: "budget:tight:log", budgeted: 1, dropped: 0, hits: 2 }]);
  const { totals } = await page(edge, "/_edge/savings");
  const { records, bytes } = totals.start;
  expect(records).toMatchObject({ in: 2, out: 1, dropped: 0, budgeted: 1 });
  expect((bytes["in"] ?? 0) - (bytes["out"] ?? 0)).toBe(bytes["budgeted"] ?? 0);
  const metrics = await (await edge.ask("/_edge/metrics")).text();
  for (const line of [
    'edge_policy_records_budgeted_total{telemetry="otlp_logs"} 1',
    'edge_policy_records_dropped_total{telemetry="otlp_logs"} 0',
    `edge_policy_bytes_budgeted_total{telemetry="otlp_logs"} ${bytes["budgeted"]}`,
    'edge_policy_budgeted_total{policy="budget:tight:log"} 1',
    `edge_policy_budgeted_bytes_total{policy="budget:tight:log"} ${bytes["budgeted"]}`,
    `edge_budget_cut_bytes{budget="tight"} ${JSON.stringify(logRecord("INFO", "a")).length}`,
  ]) {
    expect(metrics).toContain(`${line}\n`);
  }
});

test("what a policy drops first is not the budget's", async () => {
  await using edge = await start([{ ...TIGHT, name: "b" }]);
  edge.load([DROP_DEBUG]);
  await post(edge, [logRecord("DEBUG", "a")]);
  const { totals } = await page(edge, "/_edge/savings");
  expect(totals.start.records).toMatchObject({ dropped: 1, budgeted: 0 });
});

test("a request that the upstream refuses costs nothing", async () => {
  await using edge = await start([{ ...TIGHT, bytes_per_day: 1_000_000_000 }]);
  edge.upstream.respond = () => rawResponse(503, {}, "");
  await post(edge, [logRecord("ERROR", "b")]);
  const { budgets } = await page(edge, "/_edge/budgets");
  expect(budgets[0]?.bytes).toMatchObject({ spent: 0, exempt: 0 });
});

test("a tap says which budget cut a record", async () => {
  await using edge = await start([TIGHT], { tap_enabled: true });
  const tap = await edge.ask("/_edge/tap/pre?n=1&decision=drop");
  await post(edge, [logRecord("INFO", "a")]);
  const lines = (await tap.text()).split("\n");
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({
    decision: "drop",
    dropped_by: "budget:tight:log",
  });
});
