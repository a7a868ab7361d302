// The page /_edge/savings: what came in, what went out and what policies saved, in records, bytes
// and money, since the start and in the last minutes. It shows names and counts, never telemetry.

import type { CostConfig, SignalCost } from "../../config/index.ts";
import { SAVINGS_POLICIES_SHOWN_MAX } from "../../core/limits.ts";
import type { LocalPage } from "../../pipeline/local-pages.ts";
import { FLOW_COUNTS, FLOWS, type PolicyEngine, type Signal, SIGNALS } from "../../policy/index.ts";
import { jsonResponse, page, textResponse } from "../admin-page.ts";
import { parseEnum, rejectUnknownParams } from "../admin-query.ts";
import { priceOf } from "./price.ts";
import { NO_SERVICE, SAVED_COUNTS, type SavingsBook } from "./savings-book.ts";
import { OTHERS, sumOf, type Timeline } from "./timeline.ts";

const FORMATS = ["text", "json"] as const;
/** Whole minutes, to which the one that runs comes. */
const SPANS = { start: undefined, "1m": 1, "5m": 5, "60m": 60 } as const;
type Span = keyof typeof SPANS;
type SpansOf<T> = Readonly<Record<Span, T>>;

export interface SavingsDeps {
  readonly book: SavingsBook;
  readonly policies: Pick<PolicyEngine, "snapshot">;
  readonly cost: CostConfig | undefined;
  /** Wall clock in milliseconds. */
  readonly nowMs?: () => number;
}

/** A document; for people, lines without a format. */
export function savingsPage(deps: SavingsDeps): LocalPage {
  return page("/_edge/savings", (_request, query) => {
    rejectUnknownParams(query, ["format"]);
    const format = parseEnum("format", query.get("format") ?? "text", FORMATS);
    const document = documentOf(deps);
    if (format === "json") return jsonResponse(document);
    return textResponse(`${linesOf(document).join("\n")}\n`);
  });
}

type Document = ReturnType<typeof documentOf>;

function documentOf({ book, policies, cost, nowMs = Date.now }: SavingsDeps) {
  const signals = spansOf((minutes) => book.signals().rows(minutes));
  return {
    since: isoOf(book.sinceMs),
    at: isoOf(nowMs()),
    currency: cost?.currency ?? null,
    prices: cost === undefined ? null : pricesOf(cost),
    totals: mapSpans(signals, (rows) => totalsOf(rows, cost)),
    signals: SIGNALS.map((signal) => ({
      signal,
      ...mapSpans(signals, (rows) => flowOf(rows.get(signal), cost?.[signal])),
    })),
    ...policiesOf(book.policies(), policies.snapshot, cost),
    services: servicesOf(book, cost),
    minutes: minutesOf(book),
  };
}

type Rows = ReadonlyMap<string, Float64Array>;

function policiesOf(
  timeline: Timeline,
  { policies }: SavingsDeps["policies"]["snapshot"],
  cost: CostConfig | undefined,
) {
  const loaded = new Map(policies.map((policy) => [policy.id, policy]));
  const spans = spansOf((minutes) => timeline.rows(minutes));
  const ids = new Set([...spans.start.keys(), ...loaded.keys()]);
  const rows = [...ids].map((id) => {
    const { name = "", signal } = loaded.get(id) ?? {};
    const price = signal && cost?.[signal];
    return {
      id,
      name,
      signal: signal ?? null,
      loaded: loaded.has(id),
      ...mapSpans(spans, (of) => cutOf(of.get(id), price)),
    };
  });
  rows.sort((a, b) => savedOf(b.start.bytes) - savedOf(a.start.bytes));
  const shown = rows.slice(0, SAVINGS_POLICIES_SHOWN_MAX);
  return { policies: shown, policies_more: rows.length - shown.length };
}

/** Those that send most come first. */
function servicesOf(book: SavingsBook, cost: CostConfig | undefined) {
  const spans = spansOf((minutes) =>
    SIGNALS.map((signal) => [signal, book.services(signal).rows(minutes)] as const),
  );
  const keys = new Set(spans.start.flatMap(([, rows]) => [...rows.keys()]));
  const services = Array.from(keys, (key) => ({
    ...serviceOf(key),
    ...mapSpans(spans, (signals) => {
      const own = signals.flatMap(([signal, rows]) => {
        const row = rows.get(key);
        return row === undefined ? [] : [[signal, row] as const];
      });
      return totalsOf(new Map(own), cost);
    }),
  }));
  return services.sort((a, b) => b.start.bytes.in - a.start.bytes.in);
}

/** What has no name: records that say none, or services beyond those that are told apart. */
function serviceOf(key: string) {
  if (key === NO_SERVICE) return { service: null, kind: "none" as const };
  if (key === OTHERS) return { service: null, kind: "others" as const };
  return { service: key, kind: "named" as const };
}

const NO_COUNTS = new Float64Array(0);
type CountNames = readonly string[];
function reader<N extends CountNames>(names: N, row: Float64Array = NO_COUNTS) {
  return (name: N[number]): number => row[names.indexOf(name)] ?? 0;
}

/** What came and what left. `price` undefined: nothing has one. */
function flowOf(row: Float64Array | undefined, price: SignalCost | undefined) {
  const of = reader(FLOW_COUNTS, row);
  const cut = cutRecordsOf(of);
  const left = of("records") - goneOf(cut);
  const records = { in: of("records"), out: left, ...cut };
  const bytes = { in: of("bytesIn"), out: of("bytesOut"), ...bytesOf(of) };
  if (price === undefined) return { records, bytes, money: null };
  const [cameIn, wentOut] = [
    priceOf(price, bytes.in, records.in),
    priceOf(price, bytes.out, records.out),
  ];
  return { records, bytes, money: { in: cameIn, out: wentOut, saved: cameIn - wentOut } };
}

/** What a policy took away and added. Without a price, or a signal that is known, no money. */
function cutOf(row: Float64Array | undefined, price: SignalCost | undefined) {
  const of = reader(SAVED_COUNTS, row);
  const records = cutRecordsOf(of);
  const bytes = bytesOf(of);
  const saved = (of: SignalCost): number => priceOf(of, savedOf(bytes), goneOf(records));
  const money = price === undefined ? null : { saved: saved(price) };
  return { records, bytes, money };
}

function cutRecordsOf(of: (name: "dropped" | "sampled" | "limited" | "budgeted") => number) {
  return {
    dropped: of("dropped"),
    sampled: of("sampled"),
    rate_limited: of("limited"),
    budgeted: of("budgeted"),
  };
}

function goneOf(cut: ReturnType<typeof cutRecordsOf>): number {
  return cut.dropped + cut.sampled + cut.rate_limited + cut.budgeted;
}

function bytesOf(of: (name: (typeof SAVED_COUNTS)[number]) => number) {
  return {
    dropped: of("droppedBytes"),
    sampled: of("sampledBytes"),
    rate_limited: of("limitedBytes"),
    budgeted: of("budgetedBytes"),
    removed: of("removedBytes"),
    added: of("addedBytes"),
  };
}

function savedOf({ added, ...taken }: ReturnType<typeof bytesOf>): number {
  const { dropped, sampled, rate_limited: limited, budgeted, removed } = taken;
  return dropped + sampled + limited + budgeted + removed - added;
}

/** Of all signals; money by the price of each. */
function totalsOf(rows: Rows, cost: CostConfig | undefined) {
  const all = flowOf(sumOf(rows.values(), FLOWS), undefined);
  if (cost === undefined) return all;
  const money = { in: 0, out: 0, saved: 0 };
  for (const signal of SIGNALS) {
    const own = flowOf(rows.get(signal), cost[signal]).money;
    for (const name of ["in", "out", "saved"] as const) money[name] += own?.[name] ?? 0;
  }
  return { ...all, money };
}

function minutesOf(book: SavingsBook) {
  const starts = book.minuteStarts();
  const sums = book.signals().minutes().slice(-starts.length);
  return starts.map((startMs, i) => {
    const { records, bytes } = flowOf(sums[i], undefined);
    const flow = { bytes_in: bytes.in, bytes_out: bytes.out };
    return { at: isoOf(startMs), ...flow, records_in: records.in, records_out: records.out };
  });
}

function pricesOf(cost: CostConfig): Readonly<Record<Signal, object>> {
  const of = ({ perGb: per_gb, perMillionRecords: per_million_records }: SignalCost): object => ({
    per_gb,
    per_million_records,
  });
  return { log: of(cost.log), metric: of(cost.metric), trace: of(cost.trace) };
}

function spansOf<T>(of: (minutes: number | undefined) => T): SpansOf<T> {
  return {
    start: of(SPANS.start),
    "1m": of(SPANS["1m"]),
    "5m": of(SPANS["5m"]),
    "60m": of(SPANS["60m"]),
  };
}

function mapSpans<T, U>(spans: SpansOf<T>, to: (one: T) => U): SpansOf<U> {
  return {
    start: to(spans.start),
    "1m": to(spans["1m"]),
    "5m": to(spans["5m"]),
    "60m": to(spans["60m"]),
  };
}

/** Of totals, signals and services what came and left, of policies what they saved, in all. */
function linesOf({ totals, signals, services, policies, since, currency }: Document): string[] {
  const flow = ({ records, bytes, money }: Document["totals"]["start"]): string =>
    `records_in=${records.in} records_out=${records.out} bytes_in=${bytes.in} bytes_out=${bytes.out}${moneyOf(money?.saved)}`;
  return [
    `# since=${since}${currency === null ? "" : ` currency=${currency}`}`,
    ...(["start", "60m", "5m", "1m"] as const).map((span) => `span=${span} ${flow(totals[span])}`),
    ...signals.map(({ signal, start }) => `signal=${signal} ${flow(start)}`),
    ...services.map(({ service, kind, start }) => {
      const name = service === null ? `services=${kind}` : `service=${JSON.stringify(service)}`;
      return `${name} ${flow(start)}`;
    }),
    ...policies.map(({ id, start: { bytes, money } }) => {
      const { dropped, sampled, rate_limited: limited, budgeted, removed, added } = bytes;
      const left = `dropped_bytes=${dropped} sampled_bytes=${sampled} rate_limited_bytes=${limited}`;
      const cut = `${left} budgeted_bytes=${budgeted}`;
      const edited = `removed_bytes=${removed} added_bytes=${added}`;
      const name = id === OTHERS ? "policies=forgotten" : `policy=${JSON.stringify(id)}`;
      return `${name} ${cut} ${edited}${moneyOf(money?.saved)}`;
    }),
  ];
}

function moneyOf(saved: number | undefined): string {
  return saved === undefined ? "" : ` money_saved=${saved.toFixed(6)}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
