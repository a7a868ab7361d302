// What is saved, and by which policies, from the savings page; for a build without that page, from
// the counters of policies, which only cover the time since the start. Pure.

import type { Looks } from "./looks.ts";
import { money, shareText, sizeText } from "./numbers.ts";
import type { PolicyRow, SpanName } from "./pages.ts";
import { savedBytesOf } from "./policies.ts";

export const SPAN_NAMES: Readonly<Record<SpanName, string>> = {
  "1m": "last minute",
  "5m": "last 5 minutes",
  "60m": "last hour",
  start: "since start",
};

export interface Saved {
  readonly share: string;
  readonly bytes: string;
  readonly money: string | undefined;
}

export function savedOf({ savings, history }: Looks, span: SpanName): Saved {
  if (savings.kind === "ok") {
    const { bytes, money: sums } = savings.data.totals[span];
    const saved = Math.max(0, bytes.in - bytes.out);
    return {
      share: shareText(saved, bytes.in),
      bytes: sizeText(saved),
      money: sums === null ? undefined : money(sums.saved, savings.data.currency),
    };
  }
  const now = history.at(-1);
  const saved = now === undefined ? 0 : Math.max(0, now.bytesIn - now.bytesOut);
  return { share: shareText(saved, now?.bytesIn ?? 0), bytes: sizeText(saved), money: undefined };
}

/** What one policy left out. */
export interface Cut {
  readonly id: string;
  readonly name: string;
  readonly signal: string;
  readonly dropped: number;
  readonly sampled: number;
  readonly limited: number;
  readonly budgeted: number;
  readonly bytes: number;
}

/** The most bytes first. */
export function cutsOf({ savings, policies }: Looks, span: SpanName): readonly Cut[] {
  const cuts: Cut[] =
    savings.kind === "ok"
      ? savings.data.policies.map((policy) => {
          const { records, bytes } = policy[span];
          const { dropped, sampled, rate_limited: limited, budgeted } = records;
          const left = bytes.dropped + bytes.sampled + bytes.rate_limited + bytes.budgeted;
          const { id, name, signal } = policy;
          return {
            id,
            name: id === "" ? "policies that are gone" : name,
            signal: signal ?? "",
            dropped,
            sampled,
            limited,
            budgeted,
            bytes: left + bytes.removed - bytes.added,
          };
        })
      : policies.kind === "ok"
        ? policies.data.policies.map(cutOfRow)
        : [];
  return cuts
    .filter((cut) => cut.dropped + cut.sampled + cut.limited + cut.budgeted + cut.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

function cutOfRow(row: PolicyRow): Cut {
  const { id, name, dropped, sampled, rate_limited: limited, budgeted } = row;
  const signal = row.signal ?? "";
  return { id, name, signal, dropped, sampled, limited, budgeted, bytes: savedBytesOf(row) };
}
