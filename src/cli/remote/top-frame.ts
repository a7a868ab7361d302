// What happened between two looks at a running program, as numbers and as lines for people. Pure.

import { printable } from "../../core/printable.ts";
import { savedText, type SavingsLook } from "./savings-look.ts";
import type { ServiceShare } from "./service-sample.ts";
import { counted, countText, durationText, shareText, sizeText } from "../terminal/amounts.ts";
import type { Paint } from "../terminal/paint.ts";
import { tableLines } from "../terminal/table.ts";

/** Sums of metrics by name, and counts of policies, as of one look. */
export interface Look {
  readonly atMs: number;
  readonly metrics: ReadonlyMap<string, number>;
  readonly policies: readonly PolicyCounts[];
  readonly savings: SavingsLook;
}

export interface PolicyCounts {
  readonly id: string;
  readonly hits: number;
  readonly dropped: number;
  readonly sampled: number;
  readonly rate_limited: number;
  readonly budgeted: number;
  readonly dropped_bytes: number;
  readonly sampled_bytes: number;
  readonly rate_limited_bytes: number;
  readonly budgeted_bytes: number;
  readonly removed_bytes: number;
  readonly added_bytes: number;
}

/** All rates are per second. */
export interface Frame {
  readonly time: string;
  readonly seconds: number;
  readonly uptime_seconds: number;
  readonly requests: number;
  readonly records: number;
  readonly records_left_out: number;
  readonly bytes_in: number;
  readonly bytes_saved: number;
  readonly failed_open: number;
  readonly lost: number;
  readonly cpu_share: number;
  readonly memory_bytes: number;
  /** Since the start. */
  readonly totals: {
    readonly records: number;
    readonly bytes_in: number;
    readonly bytes_saved: number;
    /** Null: the program knows no prices. */
    readonly money_saved: number | null;
    readonly currency: string | null;
  };
  readonly policies: readonly PolicyRow[];
  readonly services: readonly ServiceShare[];
}

export interface PolicyRow {
  readonly id: string;
  readonly hits: number;
  readonly left_out: number;
  readonly bytes_saved: number;
  /** Since the start. */
  readonly hits_total: number;
}

const ROWS_MAX = 10;

export function frameOf(before: Look, now: Look, services: readonly ServiceShare[]): Frame {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
  const total = (name: string): number => now.metrics.get(name) ?? 0;
  // A program that was started anew counts from zero.
  const rate = (name: string): number =>
    Math.max(0, total(name) - (before.metrics.get(name) ?? 0)) / seconds;
  const leftOut =
    rate("edge_policy_records_dropped_total") +
    rate("edge_policy_records_sampled_total") +
    rate("edge_policy_records_rate_limited_total") +
    rate("edge_policy_records_budgeted_total");
  return {
    time: new Date(now.atMs).toISOString(),
    seconds,
    uptime_seconds: Math.max(0, now.atMs / 1000 - total("process_start_time_seconds")),
    requests: rate("edge_requests_total"),
    records: rate("edge_policy_records_evaluated_total"),
    records_left_out: leftOut,
    bytes_in: rate("edge_policy_bytes_in_total"),
    bytes_saved: rate("edge_policy_bytes_saved_total"),
    failed_open: rate("edge_fail_open_total"),
    lost: rate("edge_lost_total"),
    cpu_share: rate("process_cpu_seconds_total"),
    memory_bytes: total("process_resident_memory_bytes"),
    totals: {
      records: total("edge_policy_records_evaluated_total"),
      bytes_in: now.savings.bytesIn,
      bytes_saved: now.savings.bytesSaved,
      money_saved: now.savings.money ?? null,
      currency: now.savings.currency ?? null,
    },
    policies: policyRows(before, now, seconds),
    services,
  };
}

function policyRows(before: Look, now: Look, seconds: number): readonly PolicyRow[] {
  const old = new Map(before.policies.map((policy) => [policy.id, policy]));
  const rows = now.policies.map((policy) => {
    const then = old.get(policy.id);
    const rate = (of: (counts: PolicyCounts) => number): number =>
      Math.max(0, of(policy) - (then === undefined ? 0 : of(then))) / seconds;
    return {
      id: policy.id,
      hits: rate(({ hits }) => hits),
      left_out: rate((one) => one.dropped + one.sampled + one.rate_limited + one.budgeted),
      bytes_saved: rate(savedBytes),
      hits_total: policy.hits,
    };
  });
  return rows.sort((a, b) => b.hits - a.hits || b.hits_total - a.hits_total).slice(0, ROWS_MAX);
}

function savedOf({ bytes_in, bytes_saved, money_saved, currency }: Frame["totals"]): SavingsLook {
  const money = money_saved ?? undefined;
  return {
    bytesIn: bytes_in,
    bytesSaved: bytes_saved,
    money,
    currency: currency ?? undefined,
  };
}

function savedBytes(one: PolicyCounts): number {
  const limited = one.rate_limited_bytes + one.budgeted_bytes;
  const cut = one.dropped_bytes + one.sampled_bytes + limited;
  return cut + one.removed_bytes - one.added_bytes;
}

/** `hint`: why there are no services. */
export function printFrame(
  frame: Frame,
  where: string,
  hint: string,
  paint: Paint,
): readonly string[] {
  const { totals } = frame;
  const bad = (text: string, isBad: boolean): string => (isBad ? paint("red", text) : text);
  return [
    `${paint("bold", "edge top")} ${printable(where)}  ${frame.time}  up ${durationText(frame.uptime_seconds)}`,
    "",
    `throughput  ${perSecond(frame.requests)} requests/s, ${perSecond(frame.records)} records/s, ${sizeText(frame.bytes_in)}/s`,
    `savings     ${paint("green", `${sizeText(frame.bytes_saved)}/s`)} (${shareText(frame.bytes_saved, frame.bytes_in)}), ${perSecond(frame.records_left_out)} records/s left out`,
    `trouble     ${bad(`${perSecond(frame.failed_open)} passed unjudged/s`, frame.failed_open > 0)}, ${bad(`${perSecond(frame.lost)} lost/s`, frame.lost > 0)}`,
    `process     ${shareText(frame.cpu_share, 1)} CPU, ${sizeText(frame.memory_bytes)} memory`,
    `since start ${counted(totals.records, "record")}, ${sizeText(totals.bytes_in)}, ${savedText(savedOf(totals))}`,
    "",
    ...tableLines([
      ["policy", "hits/s", "left out/s", "saved/s", "hits"],
      ...frame.policies.map((row) => [
        row.id,
        perSecond(row.hits),
        perSecond(row.left_out),
        sizeText(row.bytes_saved),
        countText(row.hits_total),
      ]),
    ]),
    "",
    ...serviceLines(frame.services, hint),
  ];
}

function serviceLines(services: readonly ServiceShare[], hint: string): readonly string[] {
  if (services.length === 0) return [`services: ${hint}`];
  return tableLines([
    ["service (of a sample)", "records", "dropped"],
    ...services.map(({ service, share, dropped }) => [
      service,
      shareText(share, 1),
      shareText(dropped, 1),
    ]),
  ]);
}

function perSecond(rate: number): string {
  return rate >= 100 || rate === 0 ? countText(rate) : rate.toFixed(1);
}
