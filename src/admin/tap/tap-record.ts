// What a tap knows of one record, and which records a tap wants. No I/O.

import type { RecordEncoding, RecordFrame, Signal, Tried } from "../../policy/index.ts";

export type TapStage = "pre" | "post";
export type TapDecision = "keep" | "edit" | "drop";
/** What taps can be asked for: also what would become of a record by a policy in shadow. */
export type TapOutcome = TapDecision | "would_keep" | "would_edit" | "would_drop";

/** What is known of a record once it was judged. */
export interface JudgedRecord {
  readonly signal: Signal;
  readonly encoding: RecordEncoding;
  readonly decision: TapDecision;
  /**
   * Ids of matching policies, the one that decided first; of many, the first ones and those that a
   * tap asks for.
   */
  readonly policies: readonly string[];
  readonly policyCount: number;
  /** What matching policies that are not enforced would do; left out: there are none. */
  readonly trials?: readonly Tried[];
}

/** What looks for a text in records. */
export type TextSearch = (bytes: Uint8Array, start: number, end: number) => boolean;

/** A record as one stage shows it. */
export interface TapRecord extends JudgedRecord {
  /** Whole length in bytes. */
  readonly length: number;
  /** A copy, perhaps of its beginning only; undefined: none, because it was dropped. */
  readonly bytes: Uint8Array | undefined;
  /** What stands around it, where that is shown. */
  readonly frame?: RecordFrame | undefined;
}

/** Empty lists want everything. */
export interface TapFilter {
  readonly signals: readonly Signal[];
  readonly policies: readonly string[];
  readonly decisions: readonly TapOutcome[];
}

export function wantsSignal({ signals }: TapFilter, signal: Signal): boolean {
  return signals.length === 0 || signals.includes(signal);
}

export function wantsRecord(filter: TapFilter, record: JudgedRecord): boolean {
  const { policies, decisions } = filter;
  if (!wantsSignal(filter, record.signal)) return false;
  const { trials = [] } = record;
  const outcomes = [record.decision, ...trials.map(({ would }) => TRIED_OUTCOMES[would])];
  if (decisions.length > 0 && !outcomes.some((one) => one && decisions.includes(one))) return false;
  if (policies.length === 0) return true;
  return [...record.policies, ...trials.map(({ policy }) => policy)].some((id) =>
    policies.includes(id),
  );
}

const TRIED_OUTCOMES: Readonly<Record<Tried["would"], TapOutcome | undefined>> = {
  nothing: undefined,
  drop: "would_drop",
  sample: "would_drop",
  limit: "would_drop",
  keep: "would_keep",
  edit: "would_edit",
};
