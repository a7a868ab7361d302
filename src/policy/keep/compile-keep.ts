// Prepares a keep for deciding: its rank among the keeps of all policies that match a record, its
// thresholds, and the slots of its keys.

import { Count } from "../count-table.ts";
import type { SlotTable } from "../compile/slot-table.ts";
import type { DayBudget } from "../budget/day-budget.ts";
import { Field } from "../fields.ts";
import type { FieldName, FieldRef, Keep, Signal } from "../model.ts";
import { type Bits56, thresholdOf } from "./bits56.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { RateKeep } from "./rate-limiter-shared.ts";
import { SpanSampler } from "./span-sampler.ts";
import type { SampleKeep } from "./trace-sampling.ts";

export interface KeySlot {
  readonly slot: number;
  readonly isTraceId: boolean;
}

/** What asks a budget for each record. */
export interface CompiledBudget {
  readonly kind: "budget";
  readonly day: DayBudget;
  readonly keepsErrors: boolean;
  readonly keepsRare: boolean;
}

export type CompiledKeep =
  | CompiledBudget
  | { readonly kind: "all" | "none" | "otel_keep" | "otel_drop" | "otel_pass" }
  | {
      readonly kind: "percent";
      readonly share: number;
      readonly threshold: Bits56;
      readonly key: KeySlot | undefined;
    }
  | { readonly kind: "rate"; readonly limiter: RateLimiter; readonly key: KeySlot | undefined }
  | { readonly kind: "sample"; readonly sampler: SpanSampler }
  | {
      readonly kind: "otel_sample";
      readonly sampler: SpanSampler;
      readonly source: SampleKeep;
    };

/** The rank of rate limits among the keeps; none of them is more restrictive than another. */
export const RATE_RANK = 1000;
/** Budgets come after them, and are asked if all limits have room. */
export const BUDGET_RANK = 1500;

/** After all others: OpenTelemetry's policies are not compared with them. */
export const OTEL_DROP_RANK = 3000;
export const OTEL_KEEP_RANK = 3001;
/** The rank of policies that decide nothing. */
export const OTEL_PASS_RANK = 3002;
/** OpenTelemetry's samplings begin at this rank, ordered by their percentage. */
export const OTEL_SAMPLE_RANK = 4000;

/**
 * Most restrictive first: none, lower percentages, rate limits, budgets, all. Only the order
 * matters.
 */
export function rankOf(keep: Keep): number {
  switch (keep.kind) {
    case "none":
      return 0;
    case "percent":
    case "sample":
      return 1 + keep.percent;
    case "rate":
      return RATE_RANK;
    case "budget":
      return BUDGET_RANK;
    case "all":
      return 2000;
    case "otel_drop":
      return OTEL_DROP_RANK;
    case "otel_keep":
      return OTEL_KEEP_RANK;
    case "otel_pass":
      return OTEL_PASS_RANK;
    case "otel_sample":
      return OTEL_SAMPLE_RANK + keep.percent;
  }
}

/** From where keeps get what they share between threads. */
export interface KeepSources {
  /** The limiter of the policy. */
  readonly limiterOf: (keep: RateKeep) => RateLimiter;
  /** Undefined: this program has no budgets, and policies with one keep everything. */
  readonly budgetOf: (name: string) => DayBudget | undefined;
}

/** The fields that it reads are in `slots` already (reserveKeepSlots). */
export function compileKeep(
  keep: Keep,
  slots: SlotTable,
  { limiterOf, budgetOf }: KeepSources,
): CompiledKeep {
  switch (keep.kind) {
    case "all":
    case "none":
    case "otel_keep":
    case "otel_drop":
    case "otel_pass":
      return { kind: keep.kind };
    case "percent":
      return {
        kind: "percent",
        share: keep.percent / 100,
        threshold: thresholdOf(keep.percent),
        key: keySlot(keep.key, slots),
      };
    case "rate":
      return {
        kind: "rate",
        limiter: limiterOf(keep),
        key: keySlot(keep.key, slots),
      };
    case "budget": {
      const { keepsErrors, keepsRare } = keep;
      const day = budgetOf(keep.budget);
      return day === undefined ? { kind: "all" } : { kind: "budget", day, keepsErrors, keepsRare };
    }
    case "sample":
      return { kind: keep.kind, sampler: new SpanSampler(keep) };
    case "otel_sample":
      return { kind: keep.kind, sampler: new SpanSampler(keep), source: keep };
  }
}

/** Numbers the fields that the keep reads. */
export function reserveKeepSlots(keep: Keep, slots: SlotTable): void {
  if (keep.kind === "sample" || keep.kind === "otel_sample") {
    slots.slotOf({ kind: "field", field: "trace_id" });
    slots.slotOf({ kind: "field", field: "trace_state" });
  } else if (keep.kind === "budget") {
    for (const field of budgetFields(keep, slots.signal)) slots.slotOf({ kind: "field", field });
  } else if ((keep.kind === "percent" || keep.kind === "rate") && keep.key !== undefined) {
    slots.slotOf(keep.key);
  }
}

function budgetFields(
  { keepsErrors, keepsRare }: Extract<Keep, { kind: "budget" }>,
  signal: Signal,
): readonly FieldName[] {
  if (signal === "trace") return keepsErrors ? ["trace_id", "span_status"] : ["trace_id"];
  if (signal === "metric") return keepsRare ? ["name"] : [];
  const severity = ["severity_number", "severity_text"] as const;
  return [...(keepsErrors ? severity : []), ...(keepsRare ? (["body"] as const) : [])];
}

/** The count (count-table.ts) for a record that was dropped because of the keep. */
export function keepReason({ kind }: Keep): number {
  return REASONS[kind];
}

const REASONS: Readonly<Record<Keep["kind"], number>> = {
  all: Count.dropped,
  none: Count.dropped,
  otel_keep: Count.dropped,
  otel_drop: Count.dropped,
  otel_pass: Count.dropped,
  percent: Count.sampled,
  sample: Count.sampled,
  otel_sample: Count.sampled,
  rate: Count.limited,
  budget: Count.budgeted,
};

function keySlot(key: FieldRef | undefined, slots: SlotTable): KeySlot | undefined {
  if (key === undefined) return undefined;
  const isTraceId = key.kind === "field" && key.field === "trace_id";
  return { slot: slots.slotOf(key), isTraceId };
}

/** Slots of the fields that sampling reads; -1 if this program does not sample. */
export function sampleSlots(slots: SlotTable): { traceId: number; tracestate: number } {
  return {
    traceId: slots.fieldSlots[Field.trace_id] as number,
    tracestate: slots.fieldSlots[Field.trace_state] as number,
  };
}
