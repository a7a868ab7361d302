// Throughput and savings over time, computed per second from successive readings of the counters.
// Pure.

import { type MetricSamples, sumOf } from "./metrics-text.ts";

/** Counters at one time. */
export interface Counters {
  readonly atMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly recordsIn: number;
  readonly recordsLeftOut: number;
  readonly lost: number;
  readonly unjudged: number;
}

/** All per second. */
export interface Rates {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly recordsIn: number;
  readonly recordsLeftOut: number;
  readonly lost: number;
  readonly unjudged: number;
}

/** Looks that are kept: five minutes of them. */
const HISTORY_MS = 300_000;

const LEFT_OUT = [
  "edge_policy_records_dropped_total",
  "edge_policy_records_sampled_total",
  "edge_policy_records_rate_limited_total",
  "edge_policy_records_budgeted_total",
];

export function countersOf(metrics: MetricSamples, atMs: number): Counters {
  return {
    atMs,
    bytesIn: sumOf(metrics, "edge_policy_bytes_in_total"),
    bytesOut: sumOf(metrics, "edge_policy_bytes_out_total"),
    recordsIn: sumOf(metrics, "edge_policy_records_evaluated_total"),
    recordsLeftOut: LEFT_OUT.reduce((sum, name) => sum + sumOf(metrics, name), 0),
    lost: sumOf(metrics, "edge_lost_total"),
    unjudged: sumOf(metrics, "edge_fail_open_total"),
  };
}

/** Forgets what is too old; and everything when the program was started anew. */
export function withLook(history: readonly Counters[], look: Counters): readonly Counters[] {
  const last = history.at(-1);
  if (last !== undefined && look.recordsIn < last.recordsIn) return [look];
  return [...history.filter(({ atMs }) => look.atMs - atMs <= HISTORY_MS), look];
}

/** Between two looks; undefined: there is only one. */
export function ratesOf(history: readonly Counters[], windowMs: number): Rates | undefined {
  const now = history.at(-1);
  if (now === undefined) return undefined;
  const then = history.find(({ atMs }) => now.atMs - atMs <= windowMs && atMs < now.atMs);
  return then === undefined ? undefined : ratesBetween(then, now);
}

function ratesBetween(then: Counters, now: Counters): Rates {
  const seconds = Math.max(0.001, (now.atMs - then.atMs) / 1000);
  const rate = (key: keyof Rates): number => Math.max(0, now[key] - then[key]) / seconds;
  return {
    bytesIn: rate("bytesIn"),
    bytesOut: rate("bytesOut"),
    recordsIn: rate("recordsIn"),
    recordsLeftOut: rate("recordsLeftOut"),
    lost: rate("lost"),
    unjudged: rate("unjudged"),
  };
}

/** For charts: times in seconds, and a list for each of `keys`. */
export function seriesOf(
  history: readonly Counters[],
  keys: readonly (keyof Rates)[],
): readonly (readonly number[])[] {
  const pairs = history.slice(1).map((now, i) => {
    const then = history[i] ?? now;
    return [now.atMs / 1000, ratesBetween(then, now)] as const;
  });
  return [
    pairs.map(([atS]) => atS),
    ...keys.map((key) => pairs.map(([, rates]) => Math.round(rates[key]))),
  ];
}
