// Evaluations that look over a format's shoulder: one passes everything on to the engine's and
// notes what became of each record; one stands in where no policy looks at a signal. Both are made
// only while a tap is open.

import { NO_PUTS } from "../../policy/no-puts.ts";
import {
  type Evaluation,
  type FieldTable,
  type FieldValues,
  FIELD_COUNT,
  type RecordEncoding,
  type RecordFrame,
  type Settlement,
  type Signal,
  type Tried,
  Verdict,
  type VerdictIndex,
} from "../../policy/index.ts";
import { ForwardingEvaluation } from "../../pipeline/forwarding-evaluation.ts";
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

const NO_TRIALS: readonly Tried[] = [];

/** Passes everything on, and notes. */
export class TappedEvaluation extends ForwardingEvaluation {
  readonly #watcher: RecordWatcher;
  #records: NotedRecord[] = [];
  #losses = new Map<number, number>();
  #copied = 0;
  #kept = 0;
  #isHeld = false;
  /** What was decided on the current record; undefined once its bytes were handed over. */
  #decision: TapDecision | undefined;

  readonly forSteps?: () => Evaluation;
  readonly enforcedOnly?: () => Evaluation;

  constructor(inner: Evaluation, watcher: RecordWatcher) {
    super(inner);
    this.#watcher = watcher;
    const others = inner.forSteps?.bind(inner);
    if (others !== undefined) this.forSteps = () => new TappedEvaluation(others(), watcher);
    const alone = inner.enforcedOnly;
    if (alone !== undefined) this.enforcedOnly = () => new TappedEvaluation(alone(), watcher);
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

  override begin(): void {
    this.#forget();
    super.begin();
  }

  // No `matching`: a format that knew that nothing matched would pass over records like this one.
  override decide(recordBytes: number): VerdictIndex {
    const verdict = super.decide(recordBytes);
    const stays = verdict === Verdict.edit && this.inner.isTrial === true;
    this.#decision = stays ? "keep" : DECISIONS[verdict];
    return verdict;
  }

  override get offering(): boolean {
    return this.#decision !== undefined || super.offering;
  }

  override offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    if (super.offering) super.offer(bytes, start, end, encoding, frame);
    const decision = this.#decision;
    if (decision === undefined) return;
    this.#decision = undefined;
    const keptIndex = decision === "drop" ? -1 : this.#kept++;
    const { signal } = this.fields;
    const policies = this.inner.lastMatches?.() ?? [];
    const trials = this.inner.lastTrials?.() ?? NO_TRIALS;
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

  override abort(): void {
    super.abort();
    this.#forget();
  }

  #tell(outgoing?: ReadonlyMap<number, OutgoingRecord>): void {
    const [records, losses] = [this.#records, this.#losses];
    this.#forget();
    if (records.length + losses.size > 0) this.#watcher.noted(records, losses, outgoing);
  }

  #forget(): void {
    this.#records = [];
    this.#losses = new Map();
    this.#copied = 0;
    this.#kept = 0;
    this.#decision = undefined;
  }
}

/** Asks for no field and keeps every record. */
export class KeepEverything implements Evaluation {
  readonly fields: FieldTable;
  readonly values: FieldValues = NO_VALUES;
  readonly offering: boolean = false;

  constructor(signal: Signal) {
    this.fields = noFields(signal);
  }

  /** It knows nothing of one body that another could take for its own. */
  forSteps(): Evaluation {
    return this;
  }
  begin(): void {}
  beginResource(): void {}
  beginScope(): void {}
  beginRecord(): void {}
  decide(): VerdictIndex {
    return Verdict.keep;
  }
  offer(_bytes: Uint8Array, _start: number, _end: number, _encoding: RecordEncoding): void {}
  editRecord(): void {}
  endScope(): boolean {
    return false;
  }
  editScope(): void {}
  endResource(): boolean {
    return false;
  }
  editResource(): void {}
  commit(): undefined {}
  abort(): void {}
}

const NO_VALUES: FieldValues = {
  ...NO_PUTS,
  has: () => false,
  addString: () => undefined,
  elements: NO_PUTS,
};

function noFields(signal: Signal): FieldTable {
  return {
    signal,
    fieldSlots: new Int32Array(FIELD_COUNT).fill(-1),
    paths: {
      root: () => -1,
      child: () => -1,
      slot: () => -1,
      hasChildren: () => false,
      lists: () => -1,
    },
    refs: [],
    holding: new Uint8Array(0),
    asks: () => false,
  };
}
