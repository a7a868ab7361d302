// The engine as the rest of the program sees it: replace the policies, evaluate, hand out counts.

import type { PolicyCount } from "./count-table.ts";
import type { ExtensionHandlers } from "./extension-handler.ts";
import type { DayBudget } from "./budget/day-budget.ts";
import type { RateLimiter } from "./keep/rate-limiter.ts";
import type { RateKeep } from "./keep/rate-limiter-shared.ts";
import type { Policy, Signal } from "./model.ts";
import type { PolicyMode } from "./shadow/mode.ts";
import type { RegexValidator } from "../regex/port.ts";
import type { ServiceLedger } from "./services/service-ledger.ts";
import type { Evaluation } from "./record-port.ts";

/** What the engine cannot provide itself, because it is pure. */
export interface EngineDeps {
  readonly validateRegex: RegexValidator;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Time for matching and redacting one record. Default: RECORD_MS_MAX_DEFAULT. */
  readonly recordMsMax?: number;
  /** Handlers of extensions by type; uses of other types are skipped and reported. */
  readonly extensions?: ExtensionHandlers | undefined;
  /** Called when a handler has thrown; the record is not affected. */
  readonly onExtensionError?: (policy: string, type: string, reason: unknown) => void;
  /**
   * The limiter of a policy with a rate, for engines that share their limits; asked once for each
   * set. Default: the engine makes its own.
   */
  readonly rateLimiterOf?: (policy: string, keep: RateKeep) => RateLimiter | undefined;
  /** The budget of a name. Default: there is none, and policies with a budget keep everything. */
  readonly budgetOf?: ((name: string) => DayBudget | undefined) | undefined;
  /** Counts by service what comes in and what leaves. Default: not counted. */
  readonly services?: ServiceLedger | undefined;
  /** Others judge by what this engine compiles, so it makes no evaluations in advance. */
  readonly judgesElsewhere?: boolean;
  /** Called before counts are handed out: brings in what was counted elsewhere, with `credit`. */
  readonly collectCounts?: () => void;
}

/** How often the operations of one kind did something, and how often they had nothing to do. */
export interface TransformCount {
  readonly hits: number;
  readonly misses: number;
}

/** Counts of one policy since the last acknowledged delta, and its errors and warnings. */
export interface PolicyStatus {
  readonly id: string;
  readonly hits: number;
  readonly misses: number;
  readonly errors: readonly string[];
  readonly remove: TransformCount;
  readonly redact: TransformCount;
  readonly rename: TransformCount;
  readonly add: TransformCount;
}

/**
 * Everything that was counted for a policy. `dropped`, `sampled`, `limited`, `budgeted`: records
 * that did not stay because of it: by `keep: none`, left out by a percentage, above a rate, cut by
 * a budget. A span that sampling drops because it has no trace id (`fail_closed`) counts as
 * sampled. `droppedBytes` and so on: decoded bytes of these records, which did not leave.
 * `removedBytes`, `addedBytes`: by how much its transforms made records smaller and larger
 * (settlement.ts).
 */
export interface PolicyTotals extends PolicyStatus, Readonly<Record<PolicyCount, number>> {
  /** Whether it is in the current set; others are shown as long as their counts are remembered. */
  readonly isLoaded: boolean;
  /** This is the sum of all policies that are no longer shown; it has no id. */
  readonly isForgotten?: true;
}

/**
 * Counts handed out and not yet acknowledged. `acknowledge` forgets exactly what was handed out;
 * without it the next delta holds it again. Only one delta is open at a time: taking another one
 * closes the last unacknowledged.
 */
export interface StatusDelta {
  /** In the byte order of their ids. */
  readonly statuses: readonly PolicyStatus[];
  acknowledge(): void;
}

/** One loaded policy for pages and logs. */
export interface PolicySummary {
  readonly id: string;
  readonly name: string;
  readonly signal: Signal | undefined;
  readonly enabled: boolean;
  readonly mode: PolicyMode;
  /** Written in OpenTelemetry's own dialect. */
  readonly dialect?: "otel";
  /** For a policy in rollout: the percentage of records that it is enforced for. */
  readonly enforcedPercent?: number;
  readonly errors: readonly string[];
  /**
   * What does not work although the policy does: extensions without a handler, matchers that can
   * never match, operations that do nothing.
   */
  readonly warnings: readonly string[];
}

/** The set that is in force. */
export interface SnapshotSummary {
  /** Grows by one with each replacement; 0 is the empty set at start. */
  readonly version: number;
  readonly policies: readonly PolicySummary[];
  /** Working, enabled policies by signal. */
  readonly counts: Readonly<Record<Signal, number>>;
}

/** An engine as programs use it: policies in, evaluations and counts out. */
export interface PolicyEngine {
  readonly snapshot: SnapshotSummary;
  /**
   * Compiles a new set in steps of a few milliseconds: each `next()` does one; the last one swaps
   * the set in and returns its summary. Counters and rate windows of policies that stay are kept.
   */
  replace(policies: readonly Policy[]): Generator<undefined, SnapshotSummary>;
  /** The evaluation of the set in force, or undefined when no policy looks at this signal. */
  evaluation(signal: Signal): Evaluation | undefined;
  /** The counts of the policies that have any to report. */
  takePending(): StatusDelta;
  /** Counts since start, for pages and metrics. */
  totals(): readonly PolicyTotals[];
}
