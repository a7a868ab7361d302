// Adds up what would change: records, bytes and examples, by policy and by service. Memory is
// bounded: policies and services beyond the bound share one row. Pure.

import { TALLY_ROWS_MAX } from "../../core/limits.ts";
import { type Signal, Verdict } from "../../policy/index.ts";
import type { Cost } from "./cost.ts";
import type { JudgedRecord } from "./judged.ts";
import type { SeverityWord } from "./facts.ts";

export const CHANGES = ["newly-dropped", "newly-kept", "newly-edited", "no-longer-edited"] as const;
export type Change = (typeof CHANGES)[number];

export interface Sum {
  records: number;
  bytes: number;
  /** In money; 0 when nothing has a price. */
  cost: number;
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
  readonly all: Sum = noSum();
  readonly droppedBefore: Sum = noSum();
  readonly droppedAfter: Sum = noSum();
  readonly changes: ReadonlyMap<Change, ChangeTally>;
  private readonly examplesMax: number;
  private readonly cost: Cost | undefined;

  /** `examplesMax`: of each policy of each kind of change. */
  constructor(examplesMax: number, cost: Cost | undefined) {
    this.examplesMax = examplesMax;
    this.cost = cost;
    this.changes = new Map(
      CHANGES.map((change) => [
        change,
        {
          ...noSum(),
          byPolicy: new Map(),
          byService: new Map(),
          bySeverity: new Map(),
          examples: [],
        },
      ]),
    );
  }

  /** Counts a record; what kind of change it is, if any. */
  count(signal: Signal, before: JudgedRecord, after: JudgedRecord): Change | undefined {
    const one = this.sumOf(signal, after);
    add(this.all, one);
    if (before.verdict === Verdict.drop) add(this.droppedBefore, one);
    if (after.verdict === Verdict.drop) add(this.droppedAfter, one);
    return changeOf(before, after);
  }

  /** Notes what changed about a record. */
  note(
    change: Change,
    before: JudgedRecord,
    after: JudgedRecord,
    facts: {
      readonly signal: Signal;
      readonly service: string;
      readonly severity: SeverityWord;
      readonly text: () => string;
    },
  ): void {
    const tally = this.changes.get(change);
    if (tally === undefined) return;
    const one = this.sumOf(facts.signal, after);
    const decides = change === "newly-dropped" || change === "newly-edited" ? after : before;
    const policy = decides.policy ?? NOBODY;
    add(tally, one);
    const row = rowOf(tally.byPolicy, policy);
    add(row, one);
    add(rowOf(tally.byService, facts.service === "" ? NOBODY : facts.service), one);
    tally.bySeverity.set(facts.severity, (tally.bySeverity.get(facts.severity) ?? 0) + 1);
    if (row.records <= this.examplesMax) tally.examples.push({ policy, text: facts.text() });
  }

  private sumOf(signal: Signal, { start, end }: JudgedRecord): Readonly<Sum> {
    const bytes = end - start;
    return { records: 1, bytes, cost: this.cost?.of(signal, bytes) ?? 0 };
  }
}

function noSum(): Sum {
  return { records: 0, bytes: 0, cost: 0 };
}

function changeOf(before: JudgedRecord, after: JudgedRecord): Change | undefined {
  if (before.verdict === after.verdict) return undefined;
  if (after.verdict === Verdict.drop) return "newly-dropped";
  if (before.verdict === Verdict.drop) return "newly-kept";
  return after.verdict === Verdict.edit ? "newly-edited" : "no-longer-edited";
}

function add(sum: Sum, { records, bytes, cost }: Readonly<Sum>): void {
  sum.records += records;
  sum.bytes += bytes;
  sum.cost += cost;
}

function rowOf(rows: Map<string, Sum>, name: string): Sum {
  const key = rows.has(name) || rows.size < TALLY_ROWS_MAX ? name : OTHERS;
  let row = rows.get(key);
  if (row === undefined) rows.set(key, (row = noSum()));
  return row;
}
