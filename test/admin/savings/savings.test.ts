// The page of savings: what came, what left, what policies saved, in records, bytes and money,
// since the start and by the minute.

import { describe, expect, test } from "bun:test";
import { NO_SERVICE, SavingsBook } from "../../../src/admin/savings/savings-book.ts";
import { savingsPage } from "../../../src/admin/savings/savings-page.ts";
import { OTHERS, Timeline } from "../../../src/admin/savings/timeline.ts";
import { SAVINGS_MINUTES_MAX } from "../../../src/core/limits.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { DISTRIBUTIONS } from "../../../src/distributions.ts";
import { signalOf } from "../../../src/o11y/labels.ts";
import {
  Flow,
  FLOWS,
  type PolicyTotals,
  ServiceLedger,
  ServiceLedgers,
  type Signal,
  type SnapshotSummary,
} from "../../../src/policy/index.ts";
import { COUNTS, countsOf } from "../../../src/policy/count-table.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
} from "../../support/admin-edge.ts";

const MINUTE = 60_000;
const DROP_METRIC = {
  id: "drop-metric",
  name: "drop",
  metric: { match: [{ metric_field: "name", exact: "gone" }], keep: false },
};
const none = { hits: 0, misses: 0 };
const NO_COUNTS = {
  ...countsOf(new Float64Array(COUNTS)),
  errors: [],
  remove: none,
  redact: none,
  rename: none,
  add: none,
  isLoaded: true,
} as const;

function bookOf() {
  const ledgers = new ServiceLedgers();
  const own = {
    nowMs: 10 * MINUTE,
    totals: [] as PolicyTotals[],
    bus: new RecordingBus(),
    ledgers,
  };
  const book = new SavingsBook({
    bus: own.bus,
    services: ledgers,
    nowMs: () => own.nowMs,
    policyTotals: () => own.totals,
  });
  const came = (records: number, bytesIn: number, more: object = {}): void =>
    own.bus.emit("records.evaluated", {
      telemetry: "otlp_logs",
      records,
      dropped: 0,
      edited: 0,
      bytesIn,
      bytesOut: bytesIn,
      ...more,
    });
  const dropped = (id: string, droppedBytes: number, more: Partial<PolicyTotals> = {}) => ({
    ...NO_COUNTS,
    id,
    dropped: 1,
    droppedBytes,
    ...more,
  });
  return { own, book, came, dropped };
}

describe("sums since the start and by the minute", () => {
  const timeline = (): Timeline => new Timeline({ width: 1, keysMax: 3, minuteKeysMax: 2 });
  const entries = (rows: ReadonlyMap<string, Float64Array>): unknown =>
    [...rows].map(([key, row]) => [key, ...row]);

  test("hold whole minutes and the one that runs", () => {
    const own = timeline();
    own.add("a", [1]);
    own.advance(1);
    own.add("a", [10]);
    own.advance(1);
    own.add("b", [100]);
    expect(entries(own.rows(1))).toEqual([
      ["a", 10],
      ["b", 100],
    ]);
    expect(entries(own.rows(5))).toEqual([
      ["a", 11],
      ["b", 100],
    ]);
    own.advance(SAVINGS_MINUTES_MAX);
    expect(entries(own.rows(60))).toEqual([["b", 100]]);
    own.advance(1);
    expect(entries(own.rows(60))).toEqual([]);
    expect(entries(own.rows())).toEqual([
      ["a", 11],
      ["b", 100],
    ]);
    expect(own.minutes().length).toBe(SAVINGS_MINUTES_MAX + 1);
  });

  test("are bounded: keys beyond are one", () => {
    const own = timeline();
    for (const key of ["a", "b", "c", "d", "e"]) own.add(key, [1]);
    expect(entries(own.rows())).toEqual([
      ["a", 1],
      ["b", 1],
      ["c", 1],
      [OTHERS, 2],
    ]);
    expect(entries(own.rows(1))).toEqual([
      ["a", 1],
      ["b", 1],
      [OTHERS, 3],
    ]);
  });
});

describe("the book", () => {
  test("puts bodies into the minute in which they came", () => {
    const { own, book, came } = bookOf();
    came(2, 100);
    own.nowMs += MINUTE;
    came(3, 50);
    own.nowMs += 2 * MINUTE;
    const bytes = (minutes?: number): number | undefined =>
      book.signals().rows(minutes).get("log")?.[5];
    expect([bytes(), bytes(1), bytes(2), bytes(5)]).toEqual([150, undefined, 50, 150]);
    expect(book.minuteStarts()).toEqual([10, 11, 12, 13].map((minute) => minute * MINUTE));
  });

  test("tells of policies what was added since the last look, also of those that are forgotten", () => {
    const { own, book, dropped } = bookOf();
    const bytes = (id: string): number | undefined => book.policies().rows().get(id)?.[4];
    own.totals = [dropped("a", 10), dropped("b", 5)];
    expect([bytes("a"), bytes("b")]).toEqual([10, 5]);
    own.totals = [dropped("a", 12), dropped("", 6, { isLoaded: false, isForgotten: true })];
    expect([bytes("a"), bytes("b"), bytes("")]).toEqual([12, 5, 1]);
    own.totals = [dropped("a", 12), dropped("b", 4), dropped("", 6, { isForgotten: true })];
    expect([bytes("b"), bytes("")]).toEqual([9, 1]);
  });
});

function rowWith(records: number): Float64Array {
  const row = new Float64Array(FLOWS);
  row[Flow.records] = records;
  return row;
}

test("the book brings services up to now by looks, in the minute of each", () => {
  const { own, book } = bookOf();
  const ledger = new ServiceLedger(own.ledgers.open());
  const add = (signal: Signal, name: string, records: number): void => {
    const bytes = encodeUtf8(name);
    ledger.add(signal, ledger.rowOf(bytes, 0, bytes.length), rowWith(records), 0);
  };
  const records = (minutes?: number): unknown =>
    [...book.services("log").rows(minutes)].map(([name, row]) => [name, row[0]]);
  add("log", "shop", 1);
  add("log", "", 2);
  add("metric", "shop", 4);
  expect(records()).toEqual([
    [NO_SERVICE, 2],
    ["shop", 1],
  ]);
  own.nowMs += 2 * MINUTE;
  add("log", "shop", 8);
  // Counted when it was seen first.
  expect(records()).toEqual([
    [NO_SERVICE, 2],
    ["shop", 9],
  ]);
  own.nowMs += 2 * MINUTE;
  expect(records(1)).toEqual([]);
  expect([...book.services("metric").rows()].map(([name, row]) => [name, row[0]])).toEqual([
    ["shop", 4],
  ]);
});

const COST = {
  currency: "EUR",
  log: { perGb: 2, perMillionRecords: 1_000_000 },
  metric: { perGb: 0, perMillionRecords: 0 },
  trace: { perGb: 0, perMillionRecords: 0 },
};

test("the page tells records, bytes and money by signal and by policy", async () => {
  const { own, book, came, dropped } = bookOf();
  came(3, 1e9, { dropped: 2, sampled: 1, bytesOut: 4e8, droppedBytes: 5e8, sampledBytes: 1e8 });
  own.totals = [dropped("p", 5e8)];
  const policy = { id: "p", name: "P", signal: "log", enabled: true, errors: [], warnings: [] };
  const snapshot = { version: 1, policies: [policy], counts: {} } as unknown as SnapshotSummary;
  const page = savingsPage({ book, policies: { snapshot }, cost: COST, nowMs: () => own.nowMs });
  const ask = async (query: string): Promise<Response> =>
    page.serve(new Request("http://edge/_edge/savings"), new URLSearchParams(query));
  const document = (await (await ask("format=json")).json()) as Record<string, unknown>;
  const flow = {
    records: { in: 3, out: 1, dropped: 1, sampled: 1, rate_limited: 0, budgeted: 0 },
    bytes: {
      in: 1e9,
      out: 4e8,
      dropped: 5e8,
      sampled: 1e8,
      rate_limited: 0,
      budgeted: 0,
      removed: 0,
      added: 0,
    },
    money: { in: 5, out: 1.8, saved: 3.2 },
  };
  expect(document).toMatchObject({
    since: "1970-01-01T00:10:00.000Z",
    currency: "EUR",
    prices: { log: { per_gb: 2, per_million_records: 1_000_000 } },
    totals: { start: flow, "1m": flow, "5m": flow, "60m": flow },
    signals: [{ signal: "log", start: flow }, { signal: "metric" }, { signal: "trace" }],
    policies: [
      {
        id: "p",
        name: "P",
        signal: "log",
        loaded: true,
        start: {
          records: { dropped: 1, sampled: 0, rate_limited: 0, budgeted: 0 },
          bytes: { dropped: 5e8, sampled: 0, rate_limited: 0, budgeted: 0, removed: 0, added: 0 },
          money: { saved: 2 },
        },
      },
    ],
    policies_more: 0,
    minutes: [
      {
        at: "1970-01-01T00:10:00.000Z",
        bytes_in: 1e9,
        bytes_out: 4e8,
        records_in: 3,
        records_out: 1,
      },
    ],
  });
  const text = await (await ask("")).text();
  expect(text.split("\n").slice(0, 2)).toEqual([
    "# since=1970-01-01T00:10:00.000Z currency=EUR",
    "span=start records_in=3 records_out=1 bytes_in=1000000000 bytes_out=400000000 money_saved=3.200000",
  ]);
  expect((await ask("format=html")).status).toBe(400);
});

test("a whole proxy tells what its policies saved, and no money without prices", async () => {
  await using edge = await AdminEdge.start({}, [DROP_DEBUG]);
  const body = otlpLogs(logRecord("DEBUG", "noise"), logRecord("INFO", "x"));
  await edge.ask("/v1/logs", { method: "POST", headers: JSON_HEADERS, body });
  const response = await edge.ask("/_edge/savings?format=json");
  const left = edge.upstream.requests[0]?.body.length ?? 0;
  expect(await response.json()).toMatchObject({
    currency: null,
    totals: {
      start: {
        records: { in: 2, out: 1, dropped: 1 },
        bytes: { in: body.length, out: left, dropped: body.length - left },
        money: null,
      },
    },
    policies: [
      { id: "drop-debug", start: { bytes: { dropped: body.length - left }, money: null } },
    ],
  });
});

test("a whole proxy tells it by service, with money by the price of each signal", async () => {
  const cost = { currency: "EUR", logs: { per_gb: 5e8 }, metrics: { per_gb: 1e9 } };
  await using edge = await AdminEdge.start({ cost }, [DROP_DEBUG, DROP_METRIC]);
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  const logRecords = [{ severityText: "DEBUG", body: { stringValue: "noise" } }];
  const logs = JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
  const metrics = JSON.stringify({
    resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: "kept" }] }] }],
  });
  const unnamed = otlpLogs(logRecord("INFO", "x"));
  for (const [path, body] of [
    ["/v1/logs", logs],
    ["/v1/metrics", metrics],
    ["/v1/logs", unnamed],
  ] as const) {
    await edge.ask(path, { method: "POST", headers: JSON_HEADERS, body });
  }
  const response = await edge.ask("/_edge/savings?format=json");
  const document = (await response.json()) as { services: readonly unknown[] };
  const kept = { records: { in: 1, out: 1, dropped: 0 }, bytes: { in: unnamed.length } };
  const money = { in: logs.length / 2 + metrics.length, out: metrics.length };
  expect(document.services).toMatchObject([
    {
      service: "shop",
      kind: "named",
      start: {
        records: { in: 2, out: 1, dropped: 1 },
        bytes: { in: logs.length + metrics.length, out: metrics.length, dropped: logs.length },
        money: { ...money, saved: logs.length / 2 },
      },
    },
    { service: null, kind: "none", start: kept },
  ]);
  const text = await (await edge.ask("/_edge/savings")).text();
  expect(text).toContain(`\nservice="shop" records_in=2 records_out=1 bytes_in=`);
  expect(text).toContain(`\nservices=none records_in=1 records_out=1 bytes_in=`);
});

test("all telemetry is named for its signal, last", () => {
  const all = Object.values(DISTRIBUTIONS).flatMap(({ modules }) =>
    modules.flatMap(({ telemetry = [] }) => telemetry),
  );
  expect(all.length).toBeGreaterThan(5);
  for (const name of all) expect(`${name} ${signalOf(name)}`).toMatch(/_(\w+)s \1$/);
});
