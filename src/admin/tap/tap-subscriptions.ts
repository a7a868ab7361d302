// Where the data path learns which taps are open, and leaves the records that they want: an engine
// whose evaluations note records, and formats that read what policies left of them. With no tap
// open, both are the real ones. Records are left as plain data, so that taps may be in another
// thread.

import {
  type Evaluation,
  type FilterOutcome,
  keepingAll,
  type PolicyEngine,
  type RecordFormat,
  type Signal,
} from "../../policy/index.ts";
import { TAP_POLICIES_MAX } from "../../core/limits.ts";
import {
  type NotedRecord,
  type OutgoingRecord,
  type RecordWatcher,
  type TapLosses,
  TappedEvaluation,
} from "./tap-evaluation.ts";
import { outgoingRecords } from "./tap-output.ts";
import { textSearch } from "./text-search.ts";
import {
  type JudgedRecord,
  type TapFilter,
  type TapStage,
  type TextSearch,
  wantsRecord,
  wantsSignal,
} from "./tap-record.ts";

/** What an open tap wants to see. */
export interface TapSubscription {
  /** No other tap of this run ever had it. */
  readonly id: number;
  readonly stage: TapStage;
  readonly filter: TapFilter;
  /** Texts of which the record as it came in has to hold one; left out: any. */
  readonly texts?: readonly string[] | undefined;
  /** Whether it shows whole documents. */
  readonly wantsFrames?: boolean | undefined;
  /** Records of one thread in a second; those beyond are passed over. Left out: all. */
  readonly perSecondMax?: number | undefined;
}

/** A subscription with what it looks for, and how many records it had in the second at hand. */
interface OpenTap extends TapSubscription {
  readonly searches: readonly TextSearch[];
  second: number;
  taken: number;
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
  readonly #standIns = new Map<Signal, Evaluation>();
  readonly #watcher: RecordWatcher;
  readonly #nowMs: () => number;
  #subscriptions: readonly OpenTap[] = [];

  /** `leave` must return at once; `nowMs`: monotonic. */
  constructor(leave: (batch: TapBatch) => void, nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#watcher = {
      takers: (record, bytes, start, end) => this.#takers(record, bytes, start, end),
      wantsFrames: (ids) =>
        this.#subscriptions.some(({ id, wantsFrames }) => wantsFrames === true && ids.includes(id)),
      named: (policies) => this.#named(policies),
      miss: count,
      noted: (records, losses, outgoing) => leave({ records, losses, outgoing }),
    };
  }

  /** The taps that are open from now on. */
  show(subscriptions: readonly TapSubscription[]): void {
    this.#subscriptions = subscriptions.map((subscription) => {
      const known = this.#subscriptions.find(({ id }) => id === subscription.id);
      const searches = (subscription.texts ?? []).map(textSearch);
      const { second = 0, taken = 0 } = known ?? {};
      return { ...subscription, searches, second, taken };
    });
  }

  #takers(record: JudgedRecord, bytes: Uint8Array, start: number, end: number): readonly number[] {
    return this.#subscriptions
      .filter((tap) => {
        if (!mayWant(tap, record)) return false;
        const { searches } = tap;
        if (searches.length > 0 && !searches.some((search) => search(bytes, start, end))) {
          return false;
        }
        return this.#isInTime(tap);
      })
      .map(({ id }) => id);
  }

  /** Whether the tap may have one more record in this second. */
  #isInTime(tap: OpenTap): boolean {
    if (tap.perSecondMax === undefined) return true;
    const second = Math.floor(this.#nowMs() / 1000);
    if (second !== tap.second) [tap.second, tap.taken] = [second, 0];
    return tap.taken++ < tap.perSecondMax;
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

  #standIn(signal: Signal): Evaluation {
    const known = this.#standIns.get(signal);
    if (known !== undefined) return known;
    const fresh = keepingAll(signal);
    this.#standIns.set(signal, fresh);
    return fresh;
  }
}

/** Adds a record to the losses of all taps that want it. */
export function countTakers(
  subscriptions: readonly TapSubscription[],
  record: NotedRecord,
  losses: Map<number, number>,
): void {
  const wanting = subscriptions.filter((subscription) => {
    const isTaken = record.taps?.includes(subscription.id) ?? true;
    return isTaken && mayWant(subscription, record);
  });
  count(
    wanting.map(({ id }) => id),
    losses,
  );
}

function count(ids: readonly number[], losses: Map<number, number>): void {
  for (const id of ids) losses.set(id, (losses.get(id) ?? 0) + 1);
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
