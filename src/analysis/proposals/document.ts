// Proposals as the JSON document that the page and the command print.

import type { Analyser } from "../analyser.ts";
import type { Signal } from "../../policy/model.ts";
import { perSecond, shareOf } from "../report.ts";
import type { Counted } from "../tally.ts";
import { policyLines, yamlOf } from "./authoring.ts";
import { proposeForLogs } from "./logs.ts";
import { proposeForMetrics } from "./metrics.ts";
import type { Proposal, ProposalOptions } from "./proposal.ts";
import { percentOf } from "./saving.ts";
import { proposeForSpans } from "./spans.ts";

export interface SuggestionOptions extends ProposalOptions {
  /** Undefined: nothing has a price. */
  readonly price: Price | undefined;
}

/** What telemetry costs. */
export interface Price {
  readonly currency: string;
  of(signal: Signal, bytes: number, records: number): number;
}

const DAY_SECONDS = 86_400;

export type SuggestionsDocument = ReturnType<typeof suggestionsOf>;

/** What would save most comes first. */
export function suggestionsOf(analyser: Analyser | undefined, options: SuggestionOptions) {
  const { logs, metrics, traces } = analyser ?? {};
  const totals = { log: logs?.total, metric: metrics?.total, trace: traces?.total };
  const proposals = [
    ...(logs === undefined ? [] : proposeForLogs(logs, options)),
    ...(metrics === undefined ? [] : proposeForMetrics(metrics, options)),
    ...(traces === undefined ? [] : proposeForSpans(traces, options)),
  ].toSorted((a, b) => b.saving.bytes - a.saving.bytes);
  return {
    seconds: options.seconds,
    signals: analyser?.spec.signals ?? [],
    currency: options.price?.currency ?? null,
    suggestions: proposals.map((one) => documentOf(one, totals[one.signal], options)),
  };
}

function documentOf(proposal: Proposal, total: Counted | undefined, options: SuggestionOptions) {
  const { kind, signal, reason, saving, examples, policy } = proposal;
  const { records, bytes, error } = saving;
  const { seconds, price } = options;
  const perDay = seconds > 0 ? DAY_SECONDS / seconds : 0;
  const money = price?.of(signal, bytes * perDay, records * perDay);
  return {
    id: policy.id,
    kind,
    signal,
    reason,
    saving: {
      records: Math.round(records),
      bytes: Math.round(bytes),
      records_per_second: perSecond(records, seconds),
      bytes_per_second: perSecond(bytes, seconds),
      share_records: shareOf(records, total?.records ?? 0),
      share_bytes: shareOf(bytes, total?.bytes ?? 0),
      error: Math.round(error * 10_000) / 10_000,
      money_per_day: perDay === 0 || money === undefined ? null : Math.round(money * 100) / 100,
    },
    examples,
    policy,
    yaml: yamlOf([policy]),
  };
}

/** A policy file, with what there is to know of each policy in comments. */
export function suggestionsYaml({ currency, suggestions }: SuggestionsDocument): string {
  if (suggestions.length === 0) {
    return "# Nothing that was seen is much of it, and can go.\npolicies: []\n";
  }
  const parts = suggestions.map(({ reason, saving, examples, policy }) => {
    const { bytes_per_second: rate, share_bytes: share, error, money_per_day: money } = saving;
    const paid = money === null ? "" : `, ${money} ${currency ?? ""} a day`;
    const amount = rate > 0 ? `${rate} B/s` : `${saving.bytes} B`;
    const off = `${percentOf(error, 1)} more or less`;
    const comments = [
      reason,
      `saves ${amount}, ${percentOf(share, 1)} of bytes${paid}, ${off}`,
      ...examples.map((example) => `as in: ${example}`),
    ];
    const lines = comments.map((comment) => `  # ${comment.replaceAll(/\s+/g, " ")}`);
    return [...lines, ...policyLines(policy)].join("\n");
  });
  return `policies:\n${parts.join("\n")}\n`;
}
