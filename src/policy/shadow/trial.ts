// Judges records by the policies in shadow, after the enforced ones. What each would do is counted
// and can be asked for, and none of it is done. It has its own matching, time, random draws and
// rate limits, so that enforced policies behave as if it were not there.

import type { Program } from "../compile/program.ts";
import { Count } from "../count-table.ts";
import type { EngineDeps } from "../engine-port.ts";
import type { KeepDecision } from "../evaluate/keep-decision.ts";
import { EditTime } from "../evaluate/edit-time.ts";
import { Matching } from "../evaluate/matching.ts";
import { RequestCounts } from "../evaluate/request-counts.ts";
import { Level, type LevelIndex, type ValueLevelIndex } from "../fields.ts";
import { OTEL_DROP_RANK } from "../keep/compile-keep.ts";
import { Meter } from "../../regex/index.ts";
import { RECORD_MS_MAX_DEFAULT } from "../../core/limits.ts";
import type { RecordEditor, Settlement, Tried, Would } from "../record-port.ts";
import type { Operation } from "../transform/compile-transform.ts";
import type { Toll } from "../transform/redaction.ts";
import { Stage, type StageIndex, STAGES } from "../transform/stage.ts";
import type { ValueStore } from "../value-store.ts";
import { wouldChange } from "./dry-run.ts";
import type { Rollout } from "./rollout.ts";
import { DueTrials } from "./due-trials.ts";
import { type Enforced, TrialDecision } from "./trial-decision.ts";

const NO_OPERATIONS: readonly Operation[] = [];

/** The counts of records that would not stay, and of their bytes. */
const CUTS: Partial<Record<Would, readonly [records: number, bytes: number]>> = {
  drop: [Count.droppedInShadow, Count.droppedBytesInShadow],
  sample: [Count.sampledInShadow, Count.sampledBytesInShadow],
  limit: [Count.limitedInShadow, Count.limitedBytesInShadow],
};

export class Trial {
  readonly matching: Matching;
  private readonly program: Program;
  private readonly counts: RequestCounts;
  private readonly decision: TrialDecision;
  private readonly rollout: Rollout | undefined;
  private readonly toll: Toll;
  private readonly time: EditTime;
  /**
   * Whether the current record was matched already, and whether any of its data points was judged.
   */
  private isMatched = false;
  private isOfPoints = false;
  /** By policy that matched the current record. */
  private readonly outcomes: Would[] = [];
  private readonly due: readonly [record: DueTrials, scope: DueTrials, resource: DueTrials];

  constructor(
    enforced: Program,
    values: ValueStore,
    decision: KeepDecision,
    rollout: Rollout | undefined,
    deps: Pick<EngineDeps, "nowMs" | "recordMsMax">,
  ) {
    if (enforced.shadow === undefined) throw new Error("no policy is in shadow");
    const { shadow } = enforced;
    const { nowMs, recordMsMax = RECORD_MS_MAX_DEFAULT } = deps;
    const meter = new Meter(nowMs, recordMsMax);
    this.time = new EditTime(nowMs, recordMsMax);
    this.program = shadow;
    this.matching = new Matching(shadow, values, meter);
    this.counts = new RequestCounts(shadow);
    this.decision = new TrialDecision(enforced, values, { decision, counts: this.counts, nowMs });
    this.rollout = rollout;
    this.toll = { meter, isUndecided: false, wholeValues: 0 };
    const { size } = shadow;
    this.due = [new DueTrials(size), new DueTrials(size), new DueTrials(size)];
  }

  begin(): void {
    this.toll.meter.beginBody();
    this.counts.begin();
  }

  /** Makes the counts final; `settlement` gives back what rate limits were charged. */
  commit(settlement: Settlement | undefined): Settlement | undefined {
    return this.counts.commitBehind(settlement);
  }

  abort(): void {
    this.counts.abort();
  }

  beginLevel(level: ValueLevelIndex, isReset: boolean): void {
    if (level === Level.record || level === Level.point) this.toll.meter.begin();
    if (level !== Level.point) {
      this.time.begin();
      this.due[level].clear();
    }
    this.matching.beginLevel(level, isReset);
  }

  /** Judges the current record, after the enforced policies have decided about it. */
  judge(enforced: Enforced, recordBytes: number): void {
    const { matching, isMatched, isOfPoints } = this;
    this.isMatched = this.isOfPoints = false;
    if (isMatched) matching.matchedCount = matching.recordCount;
    else {
      matching.match();
      this.leaveEnforced();
    }
    this.count(enforced, recordBytes, -Infinity, isOfPoints ? OTEL_DROP_RANK : Infinity);
  }

  /**
   * For a record whose data points are judged one by one; returns whether any is to be asked for.
   */
  openPoints(): boolean {
    this.isMatched = true;
    this.matching.matchRecord();
    this.leaveEnforced();
    this.matching.recordCount = this.matching.matchedCount;
    return this.matching.mayJudgePoints;
  }

  /** Judges the current data point; `judge` is called for the record after all of its points. */
  judgePoint(enforced: Enforced, pointBytes: number): void {
    this.isOfPoints = true;
    this.matching.matchPoint();
    this.leaveEnforced();
    this.count(enforced, pointBytes, OTEL_DROP_RANK, Infinity);
  }

  /** Keeps only the policies that are not enforced for the record. */
  private leaveEnforced(): void {
    const { matching, program, rollout } = this;
    if (rollout === undefined || matching.matchedCount === 0) return;
    const { matched, matchedCount } = matching;
    matching.matchedCount = rollout.select(program, matched, matchedCount, false);
  }

  /** Counts what the matching policies with ranks in [from, below) would do. */
  private count(enforced: Enforced, bytes: number, from: number, below: number): void {
    const { matched, matchedCount } = this.matching;
    const { ranks } = this.program;
    if (matchedCount === 0) return;
    this.decision.open(enforced);
    for (let i = 0; i < matchedCount; i++) {
      const policy = matched[i] as number;
      const rank = ranks[policy] as number;
      if (rank >= from && rank < below) this.outcomes[i] = this.countOne(policy, enforced, bytes);
    }
  }

  private countOne(policy: number, enforced: Enforced, bytes: number): Would {
    const would = this.decision.of(policy);
    this.counts.count(policy, Count.matchedInShadow);
    const cut = CUTS[would];
    if (cut !== undefined) {
      this.counts.count(policy, cut[0]);
      this.counts.count(policy, cut[1], bytes);
    } else if (would === "keep") this.counts.count(policy, Count.keptInShadow);
    else if (would === "edit") this.counts.count(policy, Count.editedInShadow);
    else if (enforced.kept && this.operationsDue(policy)) return "edit";
    return would;
  }

  get matchedCount(): number {
    return this.matching.matchedCount;
  }

  isDue(level: LevelIndex): boolean {
    return this.due[level].count > 0;
  }

  /** The outcomes for the record that was judged last. */
  outcomesOfLast(): readonly Tried[] {
    const { matched, matchedCount } = this.matching;
    return Array.from(matched.subarray(0, matchedCount), (policy, i) => ({
      policy: this.program.policyId(policy),
      would: this.outcomes[i] ?? "nothing",
    }));
  }

  /**
   * Asks what the policies would edit that are due before the stage of the policy with that number,
   * as long as there is time.
   */
  runUpTo(stage: StageIndex, numberInSet: number, level: LevelIndex, editor: RecordEditor): void {
    const due = this.due[level];
    for (const earlier of STAGES) {
      if (earlier < due.stage || earlier > stage) continue;
      if (due.stage !== earlier) {
        due.stage = earlier;
        due.next = 0;
      }
      const before = earlier < stage ? Number.POSITIVE_INFINITY : numberInSet;
      this.askStage(before, level, editor);
    }
  }

  /** Asks all remaining policies, and counts the outcome of all. */
  finish(level: LevelIndex, editor: RecordEditor): void {
    this.runUpTo(Stage.otelAdd, Number.POSITIVE_INFINITY, level, editor);
    const due = this.due[level];
    for (let i = 0; i < due.count; i++) {
      const policy = due.sorted(i);
      const records = due.recordsOf(policy);
      if (due.isEditing(policy)) this.counts.count(policy, Count.editedInShadow, records);
      else this.pass(policy, level, records);
    }
    due.clear();
  }

  /** Asks the policies of the current stage whose numbers in the set are below this one. */
  private askStage(before: number, level: LevelIndex, editor: RecordEditor): void {
    const { time } = this;
    const due = this.due[level];
    time.goOn(editor.length);
    for (; due.isLeft; due.next++) {
      const policy = due.sorted(due.next);
      if (this.program.numberInSet(policy) >= before) return;
      // As long as the policy would edit nothing, its next operation sees the actual object.
      if (due.isEditing(policy)) continue;
      const operations = this.program.policy(policy).transform?.[level] ?? NO_OPERATIONS;
      const isEdit = operations.some(
        (operation) => operation.stage === due.stage && this.wouldChange(operation, editor),
      );
      if (isEdit) due.noteEdit(policy);
    }
  }

  private wouldChange(operation: Operation, editor: RecordEditor): boolean {
    const { time } = this;
    if (time.isOver) return false;
    const { work } = editor;
    editor.work = time.work;
    let isEdit = false;
    try {
      isEdit = wouldChange(operation, editor, this.toll);
    } catch (error) {
      time.giveUpAt(error);
    }
    editor.work = work;
    time.spend(editor.length);
    return isEdit;
  }

  /** Notes where a policy that keeps the record has something to edit. Returns whether it has. */
  private operationsDue(policy: number): boolean {
    const { transform } = this.program.policy(policy);
    if (transform === undefined) return false;
    if (transform[Level.record].length > 0) this.due[Level.record].add(policy, 1);
    else this.pass(policy, Level.record, 1);
    return transform.some((operations) => operations.length > 0);
  }

  /**
   * If a level leaves records as they are, the scope or resource around them may still be edited.
   */
  private pass(policy: number, level: LevelIndex, records: number): void {
    const transform = this.program.policy(policy).transform;
    if (transform === undefined) return;
    if (level === Level.record && transform[Level.scope].length > 0) {
      this.due[Level.scope].add(policy, records);
    } else if (level !== Level.resource && transform[Level.resource].length > 0) {
      this.due[Level.resource].add(policy, records);
    }
  }
}
