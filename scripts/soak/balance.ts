// Whether it all adds up: what clients sent, what the backend has, and what Edge counts of the
// rest.

import type { Report } from "../bench/report/report.ts";
import { type Counters, sumOf } from "../doors/counters.ts";
import type { Door } from "../doors/doors.ts";
import { CLASSES } from "../doors/ledger.ts";

/** What memory may swing by without being said to grow: the last rounds against those before. */
const GROWTH_MB_MAX = 8;
const BALANCE_TABLE = "what the soak came to";

/** Counters of Edge are of all doors that push, as records and as bytes. */
const LOGS = ["otlp_logs", "datadog_logs", "loki_logs"];

export function counted(counters: Counters, metric: string, ...labels: readonly string[]): number {
  return LOGS.reduce(
    (sum, telemetry) => sum + sumOf(counters, metric, `telemetry="${telemetry}"`, ...labels),
    0,
  );
}

/** Bytes of bodies that were judged, but for those that left and those that are counted. */
function bytesLeft(counters: Counters): number {
  const of = (what: string): number => counted(counters, `edge_policy_bytes_${what}_total`);
  const less = of("dropped") + of("sampled") + of("rate_limited") + of("removed") - of("added");
  return of("in") - of("out") - less;
}

export interface Course {
  readonly sizes: readonly number[];
  readonly sets: number;
  readonly perSecond: number;
}

export function reportBalance(
  report: Report,
  doors: readonly Door[],
  counters: Counters,
  { sizes, sets, perSecond }: Course,
): void {
  const table = report.table(BALANCE_TABLE, { measured: "" });
  const row = (name: string, measured: number): void => table.row(name, { measured });
  const balances = doors.map(({ ledger, isPush, name }) => ({ name, isPush, ...ledger.take() }));
  const pushes = balances.filter(({ isPush }) => isPush);
  const sum = (of: (one: (typeof balances)[number]) => number, all = pushes): number =>
    all.reduce((total, one) => total + of(one), 0);
  const records = CLASSES.length;
  const sent = sum(({ requests }) => requests) * records;
  const arrived = sum((one) => one.arrived);
  const of = (what: string): number => counted(counters, `edge_policy_records_${what}_total`);
  const told = counted(counters, "edge_lost_total");
  const judged = ["dropped", "sampled", "rate_limited"].map(of);
  const rest = sent - arrived - told - judged.reduce((a, b) => a + b, 0);
  const cut = sum(({ outcomes }) => outcomes.get("cut") ?? 0) * records;
  // What a worker held when it ended was cut for its clients; more than that may not be missing.
  const missing = rest < 0 ? -rest : Math.max(0, rest - cut);
  const [lost, twice] = [sum((one) => one.lost, balances), sum((one) => one.twice, balances)];
  row("requests a second, asked", Math.round(perSecond));
  row("sets of policies put in force", sets);
  row("workers that ended", sumOf(counters, "edge_worker_failures_total"));
  row(
    "requests, scrapes included",
    sum(({ requests }) => requests, balances),
  );
  row("records sent", sent);
  row("records at the backend", arrived);
  for (const [i, what] of ["dropped", "sampled", "limited"].entries()) {
    row(`records ${what}`, judged[i] ?? 0);
  }
  row("records that the client was told of", told);
  row("records in requests that a worker held when it ended", Math.max(0, rest));
  row("records sent, but for what is counted", missing);
  row("records lost that were told to be taken", lost);
  row("records that came twice", twice);
  row("bytes judged, but for what is counted", bytesLeft(counters));
  row("resident memory, last third over the one before, MB", growth(sizes));
  if (missing > 0) report.fault(`${missing} records are neither at the backend nor counted`);
  if (lost > 0) report.fault(`${lost} records were told to be taken, and are not there`);
  if (twice > 0) report.fault(`${twice} records came twice`);
  if (bytesLeft(counters) !== 0) report.fault(`${bytesLeft(counters)} bytes are not counted`);
  if (growth(sizes) > GROWTH_MB_MAX && !report.isQuick) {
    report.fault(`${growth(sizes)} MB of growth`);
  }
  const outcomes = report.table("how requests of the soak ended", { outcomes: "text" });
  for (const { name, outcomes: of } of balances) {
    const texts = [...of].toSorted(([, a], [, b]) => b - a).map(([how, n]) => `${how} × ${n}`);
    outcomes.row(name, { outcomes: texts.join(", ") });
  }
}

/** The last third against the third before: what came first is warming up. */
function growth(sizes: readonly number[]): number {
  const third = Math.floor(sizes.length / 3);
  const mean = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
  return mean(sizes.slice(-third)) - mean(sizes.slice(-2 * third, -third));
}
