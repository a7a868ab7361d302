// Judges the data points of a record one by one, for the format that asks: from the current record
// to the verdict on it.

import type { Program } from "../compile/program.ts";
import { Level, type ValueLevelIndex } from "../fields.ts";
import type { Meter } from "../../regex/index.ts";
import type { PointEvaluation } from "./point-evaluation.ts";
import type { Rollout } from "../shadow/rollout.ts";
import type { Trial } from "../shadow/trial.ts";
import type { Matching } from "../evaluate/matching.ts";
import type { PointDecision } from "./point-decision.ts";

/** What the evaluation of records provides. */
export interface PointParts {
  readonly program: Program;
  readonly policies: Matching;
  readonly decision: PointDecision;
  readonly meter: Meter;
  readonly rollout: Rollout | undefined;
  readonly trial: Trial | undefined;
  /** Forgets the values of a level. */
  readonly beginLevel: (level: ValueLevelIndex) => void;
  /** Finds the policies that match the record as a whole and are enforced for it. */
  readonly matchRecord: () => void;
}

export class PointJudging implements PointEvaluation {
  /** Whether the points of the current record were asked for. */
  isOpen = false;
  /** After `close`: whether anything about the record or its points was left undecided. */
  isUndecided = false;
  /** Whether the current record was matched. */
  private isMatched = false;
  private readonly parts: PointParts;
  /** By policy: the last record of which it matched a point; and those for the current record. */
  private readonly seenAt: Float64Array;
  private readonly seen: Int32Array;
  private seenCount = 0;
  private recordNumber = 0;

  constructor(parts: PointParts) {
    this.parts = parts;
    this.seenAt = new Float64Array(parts.program.size);
    this.seen = new Int32Array(parts.program.size);
  }

  /** After `close`: whether any of the points is dropped. */
  get droppedAny(): boolean {
    return this.parts.decision.dropped > 0;
  }

  open(): boolean {
    const { policies, decision, trial, matchRecord } = this.parts;
    matchRecord();
    const isTried = trial?.openPoints() === true;
    this.isOpen = policies.mayJudgePoints || isTried;
    this.isMatched = true;
    this.isUndecided = policies.truths.hasOpen;
    this.recordNumber++;
    this.seenCount = 0;
    if (this.isOpen) decision.open(policies.matched, policies.matchedCount);
    return this.isOpen;
  }

  begin(): void {
    this.parts.meter.begin();
    this.parts.beginLevel(Level.point);
  }

  keeps(pointBytes: number): boolean {
    const { program, policies, decision, meter, rollout, trial } = this.parts;
    policies.matchPoint();
    const { matched } = policies;
    if (rollout !== undefined) {
      policies.matchedCount = rollout.select(program, matched, policies.matchedCount, true);
    }
    const count = policies.matchedCount;
    const kept = decision.keeps(matched, count, pointBytes);
    for (let i = policies.recordCount; i < count; i++) this.note(matched[i] as number);
    if (policies.truths.hasOpen) this.isUndecided = true;
    if (trial !== undefined) {
      meter.pause();
      trial.judgePoint({ matched, count, kept }, pointBytes);
      meter.resume();
    }
    return kept;
  }

  /** Whether the current record was matched already; true only once. */
  takeMatched(): boolean {
    const { isMatched } = this;
    this.isMatched = false;
    return isMatched;
  }

  /** To be called for the verdict: whether the record stays, and the policies that match it. */
  close(recordBytes: number): boolean {
    const { policies, decision } = this.parts;
    this.isOpen = this.isMatched = false;
    policies.matchedCount = policies.recordCount;
    const kept = decision.close(policies.matched, policies.matchedCount, recordBytes);
    // Policies that match some of its points match the record as well, for whoever asks.
    for (let i = 0; i < this.seenCount; i++) {
      policies.matched[policies.matchedCount++] = this.seen[i] as number;
    }
    if (kept && policies.matchedCount > 0) decision.nameDecider(policies.matched[0] as number);
    return kept;
  }

  private note(policy: number): void {
    if (this.seenAt[policy] === this.recordNumber) return;
    this.seenAt[policy] = this.recordNumber;
    this.seen[this.seenCount++] = policy;
  }
}
