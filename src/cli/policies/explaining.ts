// Has records explained, and gives each explanation with the record's text and what all policies
// saw in it.

import { decodeUtf8 } from "../../core/utf8.ts";
import { ForwardingEvaluation } from "../../pipeline/forwarding-evaluation.ts";
import type {
  Engine,
  ExplainingEvaluation,
  PolicyExplanation,
  RecordExplanation,
} from "../../policy/index.ts";
import { PolicyStreamingFilter } from "../../protocols/prometheus/format/index.ts";
import { formatOf } from "./formats.ts";
import type { RecordBody } from "./records.ts";
import { filterText, type TextBody } from "./text-lines.ts";

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
export function explainBody(engine: Engine, body: RecordBody | TextBody): ExplainedBody {
  const { kind, signal, bytes } = body;
  const explaining = engine.explaining(signal);
  if (explaining === undefined) return { records: [], unexplained: 0 };
  const noted = new NotedExplaining(explaining);
  let count = 0;
  if (kind === "prometheus") {
    const filter = new PolicyStreamingFilter({ evaluation: noted, sink: NOWHERE });
    filter.push(bytes);
    filter.end();
    if (filter.fault !== undefined) throw filter.fault;
    count = filter.counts.samples + filter.counts.unreadable;
  } else if (kind === "text") {
    count = filterText(body, noted).records;
  } else {
    count = formatOf(kind, signal).filter(bytes, noted).records;
  }
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
