// Where the data path learns which taps are open, and where it leaves what they want to see: an
// engine whose evaluations note records, and formats that read what policies left of them. With no
// tap open, both are the real ones. What is left is plain data, so that taps may be in another
// thread.

import type {
  Evaluation,
  FilterOutcome,
  PolicyEngine,
  RecordFormat,
  Signal,
} from "../../policy/index.ts";
import { TAP_POLICIES_MAX } from "../../core/limits.ts";
import {
  KeepEverything,
  type NotedRecord,
  type OutgoingRecord,
  type RecordWatcher,
  type TapLosses,
  TappedEvaluation,
} from "./tap-evaluation.ts";
import { outgoingRecords } from "./tap-output.ts";
import {
  type JudgedRecord,
  type TapFilter,
  type TapStage,
  wantsRecord,
  wantsSignal,
} from "./tap-record.ts";

/** What an open tap wants to see. */
export interface TapSubscription {
  /** No other tap of this run ever had it. */
  readonly id: number;
  readonly stage: TapStage;
  readonly filter: TapFilter;
}

/** What one request left for taps. */
export interface TapBatch {
  readonly records: readonly NotedRecord[];
  /** Wanted, but one too many to copy. */
  readonly losses: TapLosses;
  /** Records as they go out, by `keptIndex`; those that are not there go out as they came in. */
  readonly outgoing: ReadonlyMap<number, OutgoingRecord> | undefined;
}

type OutgoingRecords = ReadonlyMap<number, OutgoingRecord>;
type Evaluations = Pick<PolicyEngine, "evaluation">;

export class TapSubscriptions {
  readonly #standIns = new Map<Signal, KeepEverything>();
  readonly #watcher: RecordWatcher;
  #subscriptions: readonly TapSubscription[] = [];

  /** `leave` must return at once. */
  constructor(leave: (batch: TapBatch) => void) {
    this.#watcher = {
      wants: (record) => this.#subscriptions.some((subscription) => mayWant(subscription, record)),
      named: (policies) => this.#named(policies),
      miss: (record, losses) => countWanting(this.#subscriptions, record, losses),
      noted: (records, losses, outgoing) => leave({ records, losses, outgoing }),
    };
  }

  /** The taps that are open from now on. */
  show(subscriptions: readonly TapSubscription[]): void {
    this.#subscriptions = subscriptions;
  }

  /**
   * `engine`, but evaluations of a signal that a tap is open for note their records. Where no
   * policy looks at that signal, there is an evaluation that keeps everything, so that taps see it.
   */
  watching(engine: Evaluations): Evaluations {
    return { evaluation: (signal) => this.#watched(signal, engine.evaluation(signal)) };
  }

  /** The format, or one that also leaves what policies made of the records. */
  format(signal: Signal, format: RecordFormat): RecordFormat {
    if (this.#subscriptions.length === 0) return format;
    const isAsked = this.#subscriptions.some(
      ({ stage, filter }) => stage === "post" && wantsSignal(filter, signal),
    );
    return isAsked ? showingOutput(signal, format) : format;
  }

  #named(policies: readonly string[]): readonly string[] {
    if (policies.length <= TAP_POLICIES_MAX) return policies;
    const isAsked = (id: string): boolean =>
      this.#subscriptions.some(({ filter }) => filter.policies.includes(id));
    return policies.filter((id, i) => i < TAP_POLICIES_MAX || isAsked(id));
  }

  #watched(signal: Signal, evaluation: Evaluation | undefined): Evaluation | undefined {
    if (this.#subscriptions.length === 0) return evaluation;
    if (!this.#subscriptions.some(({ filter }) => wantsSignal(filter, signal))) return evaluation;
    return new TappedEvaluation(evaluation ?? this.#standIn(signal), this.#watcher);
  }

  #standIn(signal: Signal): KeepEverything {
    const known = this.#standIns.get(signal);
    if (known !== undefined) return known;
    const fresh = new KeepEverything(signal);
    this.#standIns.set(signal, fresh);
    return fresh;
  }
}

/** Adds a record to the losses of all taps that want it. */
export function countWanting(
  subscriptions: readonly TapSubscription[],
  record: JudgedRecord,
  losses: Map<number, number>,
): void {
  for (const subscription of subscriptions) {
    if (mayWant(subscription, record))
      losses.set(subscription.id, (losses.get(subscription.id) ?? 0) + 1);
  }
}

/** Before its edits are seen, a record that stays may turn out kept or edited. */
function mayWant({ stage, filter }: TapSubscription, record: JudgedRecord): boolean {
  if (stage === "pre" || record.decision === "drop") return wantsRecord(filter, record);
  const stays = filter.decisions.length === 0 || filter.decisions.some((one) => one !== "drop");
  return stays && wantsRecord({ ...filter, decisions: [] }, record);
}

function showingOutput(signal: Signal, format: RecordFormat): RecordFormat {
  const shownOf = (evaluation: TappedEvaluation, { body }: FilterOutcome) => {
    const wanted = evaluation.keptNumbers();
    if (body === undefined || wanted.size === 0) return undefined;
    return outgoingRecords(format, signal, body, wanted);
  };
  const showing: RecordFormat = {
    filter(body, evaluation, options) {
      if (!(evaluation instanceof TappedEvaluation)) {
        return format.filter(body, evaluation, options);
      }
      let outgoing: OutgoingRecords | undefined;
      evaluation.hold();
      try {
        const outcome = format.filter(body, evaluation, options);
        outgoing = shownOf(evaluation, outcome);
        return outcome;
      } finally {
        evaluation.release(outgoing);
      }
    },
  };
  const steps = format.filterSteps?.bind(format);
  if (steps === undefined) return showing;
  return {
    ...showing,
    *filterSteps(body, evaluation, pauses, options) {
      if (!(evaluation instanceof TappedEvaluation)) {
        return yield* steps(body, evaluation, pauses, options);
      }
      let outgoing: OutgoingRecords | undefined;
      evaluation.hold();
      try {
        const outcome = yield* steps(body, evaluation, pauses, options);
        outgoing = shownOf(evaluation, outcome);
        return outcome;
      } finally {
        evaluation.release(outgoing);
      }
    },
  };
}
