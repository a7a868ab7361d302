// A set of policies while somebody types it: it is read, checked and compiled in this page, and
// tried on records. Pure, except for the clock and the randomness that it is given.

import { explainRecords, type Explained } from "../../cli/policies/explain-records.ts";
import { bodiesOf, kindOf, type RecordBody } from "../../cli/policies/records.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Engine,
  errorPath,
  policyPath,
  putInForce,
} from "../../policy/index.ts";
import {
  parsePolicyDocument,
  type PolicyDocument,
  PolicyDocumentError,
} from "../../providers/file/policy-document.ts";
import { UndecodableError } from "../../core/errors.ts";
import { compileRegex, RegexSyntaxError } from "../../regex/index.ts";
import { isCommonPattern } from "../../re2/common-pattern.ts";

export interface DraftFault {
  /** Undefined: of the document. */
  readonly policy: string | undefined;
  readonly message: string;
  /** Lines and columns count from 1. */
  readonly line: number;
  readonly column: number;
}

export interface Draft {
  readonly engine: Engine;
  /** Of the policies that work. */
  readonly ids: readonly string[];
  readonly faults: readonly DraftFault[];
  /** Patterns that only RE2 itself could pronounce valid. */
  readonly unchecked: readonly string[];
}

export interface DraftDeps {
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** `text`: JSON or YAML, a set or one policy. Never throws for what somebody wrote. */
export function draftOf(text: string, deps: DraftDeps): Draft {
  const unchecked = new Set<string>();
  const validateRegex = (pattern: string): string | undefined => {
    if (isCommonPattern(pattern)) return undefined;
    const reason = regexFault(pattern);
    if (reason === undefined) unchecked.add(pattern);
    return reason;
  };
  const engine = createEngine({ validateRegex, ...deps });
  if (text.trim() === "") return { engine, ids: [], faults: [], unchecked: [] };
  let document: PolicyDocument;
  try {
    document = parsePolicyDocument(text, "policies");
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    const { reason, line, column } = error;
    return {
      engine,
      ids: [],
      faults: [{ policy: undefined, message: reason, line, column }],
      unchecked: [],
    };
  }
  const set = decodePolicySet(document.tree, AUTHORING);
  const { policies } = putInForce(engine, set.policies);
  const faults: DraftFault[] = set.errors.map((message) => ({
    policy: undefined,
    message,
    line: 1,
    column: 1,
  }));
  // Summaries are sorted by id; places are found by where a policy stands in the document.
  for (const { id, errors, warnings } of policies) {
    const index = set.policies.findIndex((policy) => policy.id === id);
    for (const message of [...errors, ...warnings]) {
      const place = document.locate([...policyPath(set, index), ...errorPath(message)]);
      faults.push({ policy: id, message, ...place });
    }
  }
  const ids = policies.filter(({ errors, enabled }) => enabled && errors.length === 0);
  return { engine, ids: ids.map(({ id }) => id), faults, unchecked: [...unchecked] };
}

/** Why the project's own reader of patterns refuses one. */
function regexFault(pattern: string): string | undefined {
  try {
    compileRegex(pattern, { caseInsensitive: false });
    return undefined;
  } catch (error) {
    if (error instanceof RegexSyntaxError) return error.message;
    throw error;
  }
}

export type Outcome = "keep" | "edit" | "drop";

export interface Judged {
  readonly outcome: Outcome;
  readonly bytes: number;
  readonly explained: Explained;
}

export interface JudgedBody {
  readonly judged: readonly Judged[];
  /** Records that no policy of the draft looks at, or that cannot be read. */
  readonly unexplained: number;
}

/** @throws {UndecodableError} */
export function judge(draft: Draft, body: RecordBody): JudgedBody {
  const { records, unexplained } = explainRecords(draft.engine, body);
  const judged = records.map((explained): Judged => {
    return { outcome: outcomeOf(explained), bytes: encodeUtf8(explained.text).length, explained };
  });
  return { judged, unexplained };
}

const LEFT_OUT: readonly string[] = ["drop", "sample", "limit"];

/** With what policies in shadow would do: a draft is tried, whether it is enforced or not. */
function outcomeOf({ verdict, edits, shadow = [] }: Explained): Outcome {
  const would = shadow.map((one) => one.would);
  if (verdict === "drop" || would.some((word) => LEFT_OUT.includes(word))) return "drop";
  return edits.some(({ changed }) => changed) || would.includes("edit") ? "edit" : "keep";
}

export function isMatched({ explained }: Judged): boolean {
  return explained.matched.length > 0 || (explained.shadow?.length ?? 0) > 0;
}

export interface Pasted extends JudgedBody {
  /** What the text was taken for. */
  readonly kind: string;
  readonly fault: string | undefined;
}

const KINDS = {
  otlp: "OTLP in JSON",
  datadog: "Datadog logs",
  loki: "a Loki push",
  prometheus: "a Prometheus exposition",
  lines: "plain lines, as bodies of logs",
} as const;

/** Records as somebody has them at hand. */
export function judgePasted(draft: Draft, text: string): Pasted {
  const bytes = encodeUtf8(text);
  const kind = kindOf(bytes);
  const judged: Judged[] = [];
  let unexplained = 0;
  let fault: string | undefined;
  try {
    for (const body of text.trim() === "" ? [] : bodiesOf(bytes, kind)) {
      const one = judge(draft, body);
      judged.push(...one.judged);
      unexplained += one.unexplained;
    }
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    fault = error.message;
  }
  return { judged, kind: KINDS[kind], unexplained, fault };
}

export interface Tally {
  readonly records: number;
  readonly bytes: number;
  readonly matched: number;
  readonly dropped: number;
  readonly droppedBytes: number;
  readonly edited: number;
}

export function tallyOf(judged: readonly Judged[]): Tally {
  const sum = (where: (one: Judged) => boolean, of: (one: Judged) => number): number =>
    judged.reduce((total, one) => (where(one) ? total + of(one) : total), 0);
  const isDropped = ({ outcome }: Judged): boolean => outcome === "drop";
  return {
    records: judged.length,
    bytes: sum(
      () => true,
      ({ bytes }) => bytes,
    ),
    matched: sum(isMatched, () => 1),
    dropped: sum(isDropped, () => 1),
    droppedBytes: sum(isDropped, ({ bytes }) => bytes),
    edited: sum(
      ({ outcome }) => outcome === "edit",
      () => 1,
    ),
  };
}
