// Explains bodies of any kind, including lines of text.

import type { Engine } from "../../policy/index.ts";
import { type ExplainedBody, explainedBy, explainRecords } from "./explain-records.ts";
import type { RecordBody } from "./records.ts";
import { filterText, type TextBody } from "./text-lines.ts";

export type { Explained } from "./explain-records.ts";

/** @throws {UndecodableError} for what is no body of its kind */
export function explainBody(engine: Engine, body: RecordBody | TextBody): ExplainedBody {
  return body.kind === "text"
    ? explainedBy(engine, body.signal, (evaluation) => filterText(body, evaluation).records)
    : explainRecords(engine, body);
}
