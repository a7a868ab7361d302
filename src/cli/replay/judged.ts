// What one set of policies does with each record of a body. Time is that of the records, so that
// rates are what they were.

import { KeepEverything } from "../../admin/tap/tap-evaluation.ts";
import { ForwardingEvaluation } from "../../pipeline/forwarding-evaluation.ts";
import { type Engine, type Evaluation, Verdict, type VerdictIndex } from "../../policy/index.ts";
import { PolicyStreamingFilter } from "../../protocols/prometheus/format/index.ts";
import { formatOf } from "../policies/formats.ts";
import type { RecordBody } from "../policies/records.ts";

export interface JudgedRecord {
  readonly verdict: VerdictIndex;
  /** The policy that decided; undefined: none matches. */
  readonly policy: string | undefined;
  /** Where it is in the body. */
  readonly start: number;
  readonly end: number;
}

const NOWHERE = { write: () => undefined };

/** In the order of the body; records that cannot be read are not in it. */
export function judgeBody(engine: Engine, body: RecordBody): JudgedRecord[] {
  const { signal } = body;
  const noting = new NotingEvaluation(engine.evaluation(signal) ?? new KeepEverything(signal));
  walkBody(body, noting);
  return noting.records;
}

/** @throws what is wrong with the body */
export function walkBody(
  { kind, signal, bytes, format }: RecordBody,
  evaluation: Evaluation,
): void {
  if (kind === "prometheus") {
    const filter = new PolicyStreamingFilter({ evaluation, sink: NOWHERE });
    filter.push(bytes);
    filter.end();
    if (filter.fault !== undefined) throw filter.fault;
  } else (format ?? formatOf(kind, signal)).filter(bytes, evaluation);
}

/** The first time that a record of the body names, in Unix milliseconds. */
export function timeOf({ bytes }: RecordBody): number | undefined {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = body.indexOf(NAME_OF_TIME);
  if (at < 0) return undefined;
  const text = body.toString("latin1", at, at + LOOK_BYTES);
  const digits = /^"timeUnixNano"\s*:\s*"?(\d{13,})/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(BigInt(digits) / 1_000_000n);
}

const NAME_OF_TIME = '"timeUnixNano"';
/** Enough for the member with its value. */
const LOOK_BYTES = 64;

class NotingEvaluation extends ForwardingEvaluation {
  readonly records: JudgedRecord[] = [];
  #verdict: VerdictIndex = Verdict.keep;

  override decide(recordBytes: number): VerdictIndex {
    const verdict = super.decide(recordBytes);
    const stays = verdict === Verdict.edit && this.inner.isTrial === true;
    this.#verdict = stays ? Verdict.keep : verdict;
    return verdict;
  }

  override get offering(): boolean {
    return true;
  }

  override offer(_bytes: Uint8Array, start: number, end: number): void {
    const [policy] = this.inner.lastMatches?.() ?? [];
    this.records.push({ verdict: this.#verdict, policy, start, end });
  }
}
