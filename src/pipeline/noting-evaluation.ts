// An evaluation that forwards every call to another one and notes what happened to each record,
// together with its bytes. The notes become final when the request has been decoded to its end.

import {
  type Evaluation,
  type RecordEncoding,
  type RecordFrame,
  type Tried,
  type VerdictIndex,
} from "../policy/index.ts";
import { ForwardingEvaluation } from "./forwarding-evaluation.ts";

const NO_TRIALS: readonly Tried[] = [];

export abstract class NotingEvaluation extends ForwardingEvaluation {
  /** The verdict on the current record; undefined once its bytes were handed over. */
  #verdict: VerdictIndex | undefined;

  readonly forSteps?: () => Evaluation;
  readonly enforcedOnly?: () => Evaluation;

  constructor(inner: Evaluation) {
    super(inner);
    const others = inner.forSteps?.bind(inner);
    if (others !== undefined) this.forSteps = () => this.noting(others());
    const alone = inner.enforcedOnly;
    if (alone !== undefined) this.enforcedOnly = () => this.noting(alone());
  }

  /** Wraps another evaluation in the same way as this one. */
  protected abstract noting(inner: Evaluation): Evaluation;
  /** Notes a record: bytes[start, end), borrowed. */
  protected abstract note(
    verdict: VerdictIndex,
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame: RecordFrame | undefined,
  ): void;
  /** Discards everything that was noted. */
  protected abstract forget(): void;

  lastMatches(): readonly string[] {
    return this.inner.lastMatches?.() ?? [];
  }
  lastTrials(): readonly Tried[] {
    return this.inner.lastTrials?.() ?? NO_TRIALS;
  }
  get isTrial(): boolean {
    return this.inner.isTrial === true;
  }

  override begin(body?: Uint8Array): void {
    this.#verdict = undefined;
    this.forget();
    super.begin(body);
  }

  // There is no `matching`: if it said that nothing matched, a format would skip records like this
  // one.
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
    this.note(verdict, bytes, start, end, encoding, frame);
  }

  override abort(): void {
    super.abort();
    this.#verdict = undefined;
    this.forget();
  }
}
