// An evaluation that observes for taps: it forwards every call to the engine's evaluation and notes
// what became of each record. Made only while a tap is open.

import {
  type Evaluation,
  type RecordEncoding,
  type RecordFrame,
  type Settlement,
  Verdict,
  type VerdictIndex,
} from "../../policy/index.ts";
import { NotingEvaluation } from "../../pipeline/noting-evaluation.ts";
import {
  TAP_POLICIES_MAX,
  TAP_RECORD_BYTES_MAX,
  TAP_RECORD_OVERHEAD_BYTES,
  TAP_REQUEST_BYTES_MAX,
} from "../../core/limits.ts";
import type { JudgedRecord, TapDecision } from "./tap-record.ts";

/** A record of the request at hand. */
export interface NotedRecord extends JudgedRecord {
  /** As it came in. */
  readonly length: number;
  readonly bytes: Uint8Array;
  /** Its number among the records that stay, from 0; -1 when it was dropped. */
  readonly keptIndex: number;
  /** Ids of the taps that want it; undefined: whose filters it fits. */
  readonly taps?: readonly number[];
  /** What stands around it, when a tap asks for whole documents. */
  readonly frame?: RecordFrame | undefined;
}

/** A record as it goes out. */
export interface OutgoingRecord {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly frame?: RecordFrame | undefined;
}

/** Records that taps did not get, by the id of the tap. */
export type TapLosses = ReadonlyMap<number, number>;

/** Receives a request's records once the request has been decoded to its end. */
export interface RecordWatcher {
  /** Ids of the taps that want the record bytes[start, end): only for them is it copied. */
  takers(record: JudgedRecord, bytes: Uint8Array, start: number, end: number): readonly number[];
  /** Whether one of them wants what stands around it. */
  wantsFrames(takers: readonly number[]): boolean;
  /** Which of many ids to keep. */
  named(policies: readonly string[]): readonly string[];
  /** Counts a wanted record that was one too many to copy. */
  miss(takers: readonly number[], losses: Map<number, number>): void;
  /**
   * `outgoing`: the records that policies
   * changed or may have changed, by number; undefined: each left as it came in.
   */
  noted(
    records: readonly NotedRecord[],
    losses: TapLosses,
    outgoing?: ReadonlyMap<number, OutgoingRecord>,
  ): void;
}

const DECISIONS: Readonly<Record<VerdictIndex, TapDecision>> = {
  [Verdict.keep]: "keep",
  [Verdict.drop]: "drop",
  [Verdict.edit]: "edit",
  [Verdict.prune]: "edit",
};

/** Passes everything on, and notes. */
export class TappedEvaluation extends NotingEvaluation {
  readonly #watcher: RecordWatcher;
  #records: NotedRecord[] = [];
  #losses = new Map<number, number>();
  #copied = 0;
  #kept = 0;
  #isHeld = false;

  constructor(inner: Evaluation, watcher: RecordWatcher) {
    super(inner);
    this.#watcher = watcher;
  }

  protected override noting(inner: Evaluation): Evaluation {
    return new TappedEvaluation(inner, this.#watcher);
  }

  /** From here on the watcher is told when `release` is called, not when the request is decoded. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Numbers of the noted records that stayed. */
  keptNumbers(): ReadonlySet<number> {
    const kept = this.#records.filter(({ keptIndex }) => keptIndex >= 0);
    return new Set(kept.map(({ keptIndex }) => keptIndex));
  }

  release(outgoing?: ReadonlyMap<number, OutgoingRecord>): void {
    this.#isHeld = false;
    this.#tell(outgoing);
  }

  protected override note(
    verdict: VerdictIndex,
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame: RecordFrame | undefined,
  ): void {
    const stays = verdict === Verdict.edit && this.isTrial;
    const decision = stays ? "keep" : DECISIONS[verdict];
    const keptIndex = decision === "drop" ? -1 : this.#kept++;
    const { signal } = this.fields;
    const policies = this.lastMatches();
    const trials = this.lastTrials();
    const policyCount = policies.length;
    const tried = trials.length === 0 ? {} : { trials: trials.slice(0, TAP_POLICIES_MAX) };
    const judged = { signal, encoding, decision, policies, policyCount, ...tried };
    const taps = this.#watcher.takers(judged, bytes, start, end);
    if (taps.length === 0) return;
    const copy = Math.min(end - start, TAP_RECORD_BYTES_MAX);
    const cost = copy + TAP_RECORD_OVERHEAD_BYTES;
    if (this.#copied + cost > TAP_REQUEST_BYTES_MAX) {
      this.#watcher.miss(taps, this.#losses);
      return;
    }
    this.#copied += cost;
    this.#records.push({
      ...judged,
      policies: this.#watcher.named(policies),
      length: end - start,
      bytes: bytes.slice(start, start + copy),
      keptIndex,
      taps,
      ...(frame !== undefined && this.#watcher.wantsFrames(taps) ? { frame } : {}),
    });
  }

  override commit(before?: Settlement): Settlement | undefined {
    const settlement = super.commit(before);
    if (!this.#isHeld) this.#tell();
    return settlement;
  }

  #tell(outgoing?: ReadonlyMap<number, OutgoingRecord>): void {
    const [records, losses] = [this.#records, this.#losses];
    this.forget();
    if (records.length + losses.size > 0) this.#watcher.noted(records, losses, outgoing);
  }

  protected override forget(): void {
    this.#records = [];
    this.#losses = new Map();
    this.#copied = 0;
    this.#kept = 0;
  }
}
