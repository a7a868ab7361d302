// What would change: records, bytes, examples, by policy and by service. Memory is bounded: of
// further policies and services there is one row. Pure.

import { TALLY_ROWS_MAX } from "../../core/limits.ts";
import { Verdict } from "../../policy/index.ts";
import type { JudgedRecord } from "./judged.ts";
import type { SeverityWord } from "./facts.ts";

export const CHANGES = ["newly-dropped", "newly-kept", "newly-edited", "no-longer-edited"] as const;
export type Change = (typeof CHANGES)[number];

export interface Sum {
  records: number;
  bytes: number;
}

export interface ChangeTally extends Sum {
  readonly byPolicy: Map<string, Sum>;
  readonly byService: Map<string, Sum>;
  readonly bySeverity: Map<SeverityWord, number>;
  readonly examples: { readonly policy: string; readonly text: string }[];
}

/** Stands for what has no policy, or no service. */
const NOBODY = "(none)";
const OTHERS = "(others)";

export class Tally {
  readonly all: Sum = { records: 0, bytes: 0 };
  readonly droppedBefore: Sum = { records: 0, bytes: 0 };
  readonly droppedAfter: Sum = { records: 0, bytes: 0 };
  readonly changes: ReadonlyMap<Change, ChangeTally>;
  private readonly examplesMax: number;

  /** `examplesMax`: of each policy of each kind of change. */
  constructor(examplesMax: number) {
    this.examplesMax = examplesMax;
    this.changes = new Map(
      CHANGES.map((change) => [
        change,
        {
          records: 0,
          bytes: 0,
          byPolicy: new Map(),
          byService: new Map(),
          bySeverity: new Map(),
          examples: [],
        },
      ]),
    );
  }

  /** Counts a record; what kind of change it is, if any. */
  count(before: JudgedRecord, after: JudgedRecord): Change | undefined {
    const bytes = after.end - after.start;
    add(this.all, bytes);
    if (before.verdict === Verdict.drop) add(this.droppedBefore, bytes);
    if (after.verdict === Verdict.drop) add(this.droppedAfter, bytes);
    return changeOf(before, after);
  }

  /** Notes what changed about a record. */
  note(
    change: Change,
    before: JudgedRecord,
    after: JudgedRecord,
    facts: {
      readonly service: string;
      readonly severity: SeverityWord;
      readonly text: () => string;
    },
  ): void {
    const tally = this.changes.get(change);
    if (tally === undefined) return;
    const bytes = after.end - after.start;
    const decides = change === "newly-dropped" || change === "newly-edited" ? after : before;
    const policy = decides.policy ?? NOBODY;
    add(tally, bytes);
    const row = rowOf(tally.byPolicy, policy);
    add(row, bytes);
    add(rowOf(tally.byService, facts.service === "" ? NOBODY : facts.service), bytes);
    tally.bySeverity.set(facts.severity, (tally.bySeverity.get(facts.severity) ?? 0) + 1);
    if (row.records <= this.examplesMax) tally.examples.push({ policy, text: facts.text() });
  }
}

function changeOf(before: JudgedRecord, after: JudgedRecord): Change | undefined {
  if (before.verdict === after.verdict) return undefined;
  if (after.verdict === Verdict.drop) return "newly-dropped";
  if (before.verdict === Verdict.drop) return "newly-kept";
  return after.verdict === Verdict.edit ? "newly-edited" : "no-longer-edited";
}

function add(sum: Sum, bytes: number): void {
  sum.records++;
  sum.bytes += bytes;
}

function rowOf(rows: Map<string, Sum>, name: string): Sum {
  const key = rows.has(name) || rows.size < TALLY_ROWS_MAX ? name : OTHERS;
  let row = rows.get(key);
  if (row === undefined) rows.set(key, (row = { records: 0, bytes: 0 }));
  return row;
}
