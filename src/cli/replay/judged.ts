// What one set of policies does with each record of a body. Time is that of the records, so that
// rates are what they were.

import { NotingEvaluation } from "../../pipeline/noting-evaluation.ts";
import {
  type Engine,
  type Evaluation,
  keepingAll,
  Verdict,
  type VerdictIndex,
} from "../../policy/index.ts";
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
  const noting = new ReplayedEvaluation(engine.evaluation(signal) ?? keepingAll(signal));
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

class ReplayedEvaluation extends NotingEvaluation {
  readonly records: JudgedRecord[] = [];

  protected override noting(inner: Evaluation): Evaluation {
    return new ReplayedEvaluation(inner);
  }

  protected override note(
    judged: VerdictIndex,
    _bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const stays = judged === Verdict.edit && this.isTrial;
    const changed = judged === Verdict.prune ? Verdict.edit : judged;
    const [policy] = this.lastMatches();
    this.records.push({ verdict: stays ? Verdict.keep : changed, policy, start, end });
  }

  protected override forget(): void {
    this.records.length = 0;
  }
}
