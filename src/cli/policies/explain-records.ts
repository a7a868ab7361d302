// Explains records. Each explanation contains the record's text and the values that policies saw in
// it. It also runs in browsers, so nothing here may use the runtime or the system.

import { decodeUtf8 } from "../../core/utf8.ts";
import { ForwardingEvaluation } from "../../pipeline/forwarding-evaluation.ts";
import type {
  Engine,
  Evaluation,
  ExplainingEvaluation,
  PolicyExplanation,
  RecordExplanation,
  Signal,
} from "../../policy/index.ts";
import { PolicyStreamingFilter } from "../../protocols/prometheus/format/index.ts";
import { formatOf } from "./formats.ts";
import type { RecordBody } from "./records.ts";

export interface Explained extends RecordExplanation {
  /** As it came in. */
  readonly text: string;
  readonly policies: readonly PolicyExplanation[];
}

export interface ExplainedBody {
  readonly records: readonly Explained[];
  /** That no policy had to look at, or that cannot be read. */
  readonly unexplained: number;
}

const NOWHERE = { write: () => undefined };

/** @throws {UndecodableError} for what is no body of its kind */
export function explainRecords(
  engine: Pick<Engine, "explaining">,
  { kind, signal, bytes, format }: RecordBody,
): ExplainedBody {
  return explainedBy(engine, signal, (evaluation) => {
    if (kind !== "prometheus") {
      return (format ?? formatOf(kind, signal)).filter(bytes, evaluation).records;
    }
    const filter = new PolicyStreamingFilter({ evaluation, sink: NOWHERE });
    filter.push(bytes);
    filter.end();
    if (filter.fault !== undefined) throw filter.fault;
    return filter.counts.samples + filter.counts.unreadable;
  });
}

/** `judge` has records judged, and answers how many there were. */
export function explainedBy(
  engine: Pick<Engine, "explaining">,
  signal: Signal,
  judge: (evaluation: Evaluation) => number,
): ExplainedBody {
  const explaining = engine.explaining(signal);
  if (explaining === undefined) return { records: [], unexplained: 0 };
  const noted = new NotedExplaining(explaining);
  const count = judge(noted);
  const records = explaining.explanations.map((explanation, i) => ({
    ...explanation,
    text: noted.texts[i] ?? "",
    policies: noted.policies[i] ?? [],
  }));
  return { records, unexplained: Math.max(0, count - records.length) };
}

class NotedExplaining extends ForwardingEvaluation {
  readonly texts: string[] = [];
  readonly policies: (readonly PolicyExplanation[])[] = [];
  readonly #explaining: ExplainingEvaluation;

  constructor(explaining: ExplainingEvaluation) {
    super(explaining);
    this.#explaining = explaining;
  }

  override decide(recordBytes: number): ReturnType<ForwardingEvaluation["decide"]> {
    const verdict = super.decide(recordBytes);
    this.policies.push(this.#explaining.lastPolicies);
    return verdict;
  }

  override get offering(): boolean {
    return true;
  }

  override offer(bytes: Uint8Array, start: number, end: number): void {
    this.texts.push(decodeUtf8(bytes.subarray(start, end)));
  }
}
