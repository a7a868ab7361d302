// An evaluation that notes each record's ids and what became of it, and passes this on when the
// request has been decoded to its end. Made for each request while `admin.find` is on.

import { NotingEvaluation } from "../../pipeline/noting-evaluation.ts";
import {
  type Evaluation,
  type RecordEncoding,
  type Settlement,
  type Signal,
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

export class SightedEvaluation extends NotingEvaluation {
  readonly #memory: Memory;
  readonly #hash = new IdHash();
  readonly #ids = new TraceIds(this.#hash);
  #a: number[] = [];
  #b: number[] = [];
  #salts: number[] = [];
  #samples: Sighting["samples"][number][] = [];
  #salt = 0;
  #nowMs = 0;

  constructor(inner: Evaluation, memory: Memory) {
    super(inner);
    this.#memory = memory;
  }

  protected override noting(inner: Evaluation): Evaluation {
    return new SightedEvaluation(inner, this.#memory);
  }

  override begin(): void {
    this.#nowMs = this.#memory.nowMs();
    super.begin();
  }

  protected override note(
    verdict: VerdictIndex,
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
  ): void {
    const { signal } = this.fields;
    const isDropped = verdict === Verdict.drop;
    const policy = isDropped ? this.lastMatches()[0] : undefined;
    this.#salt = this.#memory.saltOf(signal, isDropped ? (policy ?? "") : undefined);
    this.#ids.each(signal, encoding, bytes, start, end, this.#noteId);
    const wouldDropBy = this.lastTrials().find(({ would }) => CUTS.includes(would))?.policy;
    if (wouldDropBy !== undefined) {
      this.#salt = this.#memory.saltOf(signal, wouldDropBy, true);
      this.#ids.each(signal, encoding, bytes, start, end, this.#noteId);
    }
    const ring = this.#memory.sampleOf(isDropped ? "dropped" : "forwarded", this.#nowMs);
    if (ring === undefined) return;
    const copy = bytes.slice(start, Math.min(end, start + FIND_SAMPLE_BYTES_MAX));
    this.#samples.push({ ring, signal, policy, wouldDropBy, bytes: copy });
  }

  readonly #noteId = (): void => {
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
    this.forget();
    return settlement;
  }

  protected override forget(): void {
    this.#a = [];
    this.#b = [];
    this.#salts = [];
    this.#samples = [];
  }
}
