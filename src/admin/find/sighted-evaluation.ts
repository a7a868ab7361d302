// An evaluation that notes, of each record, its ids and what became of it, and hands that on when
// the request has been decoded to its end. Made for each request while `admin.find` is on.

import { ForwardingEvaluation } from "../../pipeline/forwarding-evaluation.ts";
import {
  type Evaluation,
  type RecordEncoding,
  type RecordFrame,
  type Settlement,
  type Signal,
  type Tried,
  Verdict,
  type VerdictIndex,
  type Would,
} from "../../policy/index.ts";
import { FIND_SAMPLE_BYTES_MAX } from "../../core/limits.ts";
import { IdHash } from "./id-hash.ts";
import type { SampledRecord, SampleRing } from "./sample-ring.ts";
import { TraceIds } from "./trace-ids.ts";

/** What one request came to: hashes of ids with their salts, and records to keep. */
export interface Sighting {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly salts: readonly number[];
  readonly samples: readonly (Omit<SampledRecord, "timeMs"> & { readonly ring: SampleRing })[];
}

export interface Memory {
  saltOf(signal: Signal, policy: string | undefined, isTried?: boolean): number;
  /** Unix milliseconds. */
  nowMs(): number;
  sampleOf(outcome: "forwarded" | "dropped", nowMs: number): SampleRing | undefined;
  take(sighting: Sighting): void;
}

/** What a policy in shadow would have to do so that a record is dropped. */
const CUTS: readonly Would[] = ["drop", "sample", "limit"];

export class SightedEvaluation extends ForwardingEvaluation {
  readonly #memory: Memory;
  readonly #hash = new IdHash();
  readonly #ids = new TraceIds(this.#hash);
  #a: number[] = [];
  #b: number[] = [];
  #salts: number[] = [];
  #samples: Sighting["samples"][number][] = [];
  /** Of the current record; undefined once its bytes were handed over. */
  #verdict: VerdictIndex | undefined;
  #salt = 0;
  #nowMs = 0;

  readonly forSteps?: () => Evaluation;
  readonly enforcedOnly?: () => Evaluation;

  constructor(inner: Evaluation, memory: Memory) {
    super(inner);
    this.#memory = memory;
    const others = inner.forSteps?.bind(inner);
    if (others !== undefined) this.forSteps = () => new SightedEvaluation(others(), memory);
    const alone = inner.enforcedOnly;
    if (alone !== undefined) this.enforcedOnly = () => new SightedEvaluation(alone(), memory);
  }

  lastMatches(): readonly string[] {
    return this.inner.lastMatches?.() ?? [];
  }

  lastTrials(): readonly Tried[] {
    return this.inner.lastTrials?.() ?? [];
  }
  get isTrial(): boolean {
    return this.inner.isTrial === true;
  }

  override begin(): void {
    this.#forget();
    this.#nowMs = this.#memory.nowMs();
    super.begin();
  }

  // No `matching`: a format that knew that nothing matched would pass over records like this one.
  override decide(recordBytes: number): VerdictIndex {
    return (this.#verdict = super.decide(recordBytes));
  }

  override get offering(): boolean {
    return this.#verdict !== undefined || super.offering;
  }

  override offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    if (super.offering) super.offer(bytes, start, end, encoding, frame);
    const verdict = this.#verdict;
    if (verdict === undefined) return;
    this.#verdict = undefined;
    const { signal } = this.fields;
    const isDropped = verdict === Verdict.drop;
    const policy = isDropped ? this.lastMatches()[0] : undefined;
    this.#salt = this.#memory.saltOf(signal, isDropped ? (policy ?? "") : undefined);
    this.#ids.each(signal, encoding, bytes, start, end, this.#note);
    const wouldDropBy = this.lastTrials().find(({ would }) => CUTS.includes(would))?.policy;
    if (wouldDropBy !== undefined) {
      this.#salt = this.#memory.saltOf(signal, wouldDropBy, true);
      this.#ids.each(signal, encoding, bytes, start, end, this.#note);
    }
    const ring = this.#memory.sampleOf(isDropped ? "dropped" : "forwarded", this.#nowMs);
    if (ring === undefined) return;
    const copy = bytes.slice(start, Math.min(end, start + FIND_SAMPLE_BYTES_MAX));
    this.#samples.push({ ring, signal, policy, wouldDropBy, bytes: copy });
  }

  readonly #note = (): void => {
    this.#a.push(this.#hash.a);
    this.#b.push(this.#hash.b);
    this.#salts.push(this.#salt);
  };

  override commit(before?: Settlement): Settlement | undefined {
    const settlement = super.commit(before);
    this.#memory.take({
      a: this.#a,
      b: this.#b,
      salts: this.#salts,
      samples: this.#samples,
    });
    this.#forget();
    return settlement;
  }

  override abort(): void {
    super.abort();
    this.#forget();
  }

  #forget(): void {
    this.#a = [];
    this.#b = [];
    this.#salts = [];
    this.#samples = [];
    this.#verdict = undefined;
  }
}
