// Types of what the pages below /_edge/ return, as far as the console shows it. The documents
// belong to the pages (docs/admin.md); what older versions of a page lack is optional here.

export interface StatusPage {
  readonly build: { readonly version: string; readonly commit: string; readonly runtime: string };
  readonly started: string;
  readonly uptime_seconds: number;
  readonly ready: boolean;
  readonly threads: number;
  readonly policies: {
    readonly version: number;
    readonly total: number;
    readonly invalid: number;
    readonly missing_providers: readonly string[];
    readonly shadow?: number;
    readonly rollout?: number;
  };
  readonly providers: readonly ProviderRow[];
  readonly switches: { readonly taps: boolean; readonly payloads: boolean };
}

export interface ProviderRow {
  readonly id: string;
  readonly kind: string;
  readonly source: string;
  readonly policies: number;
  readonly last_success: string | null;
  readonly last_error: string | null;
  readonly last_error_at: string | null;
}

export interface SwitchesPage {
  readonly taps: boolean;
  readonly payloads: boolean;
  readonly switchable: boolean;
  readonly until: string | null;
}

export interface PoliciesPage {
  readonly version: number;
  readonly policies: readonly PolicyRow[];
}

export interface PolicyRow {
  readonly id: string;
  readonly name: string;
  readonly signal: string | null;
  readonly enabled: boolean;
  readonly hits: number;
  readonly misses: number;
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
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly mode?: "enforce" | "shadow" | "rollout";
  readonly rollout_percent?: number;
  readonly shadow?: ShadowCounts;
  /** As it is written in a file; of a policy that was asked for by its id. */
  readonly policy?: unknown;
}

/** What a policy that is not enforced would have done. */
export interface ShadowCounts {
  readonly records: number;
  readonly dropped: number;
  readonly sampled: number;
  readonly rate_limited: number;
  readonly dropped_bytes: number;
  readonly sampled_bytes: number;
  readonly rate_limited_bytes: number;
  readonly kept: number;
  readonly edited: number;
}

/** The spans of time over which savings are told. */
export const SPANS = ["1m", "5m", "60m", "start"] as const;
export type SpanName = (typeof SPANS)[number];
type BySpan<T> = Readonly<Record<SpanName, T>>;

export interface SavingsPage {
  readonly since: string;
  readonly at: string;
  readonly currency: string | null;
  readonly totals: BySpan<SavingsSpan>;
  readonly signals: readonly (BySpan<SavingsSpan> & { readonly signal: string })[];
  readonly policies: readonly (BySpan<PolicyCut> & PolicyOfSavings)[];
  readonly services: readonly (BySpan<ServiceVolume> & ServiceOfSavings)[];
  readonly minutes: readonly SavingsMinute[];
}

/** Why records were left out. */
type CutReason = "dropped" | "sampled" | "rate_limited" | "budgeted";

export interface SavingsSpan {
  readonly records: Readonly<Record<"in" | "out" | CutReason, number>>;
  readonly bytes: Readonly<Record<"in" | "out" | CutReason | "removed" | "added", number>>;
  readonly money: { readonly in: number; readonly out: number; readonly saved: number } | null;
}

interface PolicyOfSavings {
  readonly id: string;
  readonly name: string;
  readonly signal: string | null;
}

interface ServiceOfSavings {
  /** null: what is of no service, or of those beyond the ones that are told apart. */
  readonly service: string | null;
  readonly kind: "named" | "none" | "others";
}

export interface PolicyCut {
  readonly records: Readonly<Record<CutReason, number>>;
  readonly bytes: Readonly<Record<CutReason | "removed" | "added", number>>;
  readonly money: { readonly saved: number } | null;
}

export interface ServiceVolume {
  readonly records: { readonly in: number; readonly out: number };
  readonly bytes: { readonly in: number; readonly out: number };
  readonly money: { readonly in: number; readonly out: number; readonly saved: number } | null;
}

export interface SavingsMinute {
  readonly at: string;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly records_in: number;
  readonly records_out: number;
}

export interface BudgetsPage {
  readonly budgets: readonly BudgetRow[];
}

/** Bytes of this day. */
export interface BudgetRow {
  readonly name: string;
  readonly bytes: Readonly<Record<"limit" | "spent" | "exempt" | "left" | "cut", number>>;
  /** At the end of the day: what will be spent, and what will have come. */
  readonly forecast: { readonly spent: number; readonly uncut: number };
  readonly errors: readonly string[];
}

export interface AnalysisPage {
  readonly on: boolean;
  readonly signals: readonly string[];
  readonly since: string | null;
  readonly until: string | null;
  readonly seconds: number;
  readonly sample: { readonly share: number; readonly requests: number; readonly of?: number };
  readonly logs: (Volume & { readonly patterns: readonly LogPattern[] }) | null;
  readonly metrics:
    (Volume & { readonly series_error: number; readonly names: readonly MetricName[] }) | null;
  readonly traces: (Volume & { readonly spans: readonly SpanShape[] }) | null;
}

interface Volume {
  readonly records_per_second: number;
  readonly bytes_per_second: number;
  readonly bytes_error_max: number;
}

interface Part {
  readonly records: number;
  readonly bytes: number;
  readonly records_per_second: number;
  readonly bytes_per_second: number;
  readonly share_records: number;
  readonly share_bytes: number;
}

export type LogPattern = Part & {
  readonly template: string;
  readonly service: string;
  readonly severity: string;
};
export type MetricName = Part & {
  readonly name: string;
  readonly series: number;
  readonly labels: readonly { readonly label: string; readonly values: number }[];
};
export type SpanShape = Part & {
  readonly name: string;
  readonly service: string;
  readonly error_share: number;
};

export interface SuggestionsPage {
  readonly currency: string | null;
  readonly suggestions: readonly Suggestion[];
}

export interface Suggestion {
  readonly id: string;
  readonly signal: string;
  readonly reason: string;
  readonly saving: {
    readonly records_per_second: number;
    readonly bytes_per_second: number;
    readonly share_bytes: number;
    readonly money_per_day: number | null;
  };
  readonly examples: readonly string[];
  readonly yaml: string;
}
