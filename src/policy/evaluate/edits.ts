// The transforms that are due on the current record and on its scope and resource. Scopes and
// resources are edited once, after all of their records have been matched, so that no record sees a
// change that another one caused.

import type { Program } from "../compile/program.ts";
import { Count } from "../count-table.ts";
import { Level, type LevelIndex } from "../fields.ts";
import { OTEL_PASS_RANK } from "../keep/compile-keep.ts";
import type { Pauses, RecordEditor } from "../record-port.ts";
import type { Trial } from "../shadow/trial.ts";
import type { Operation } from "../transform/compile-transform.ts";
import type { Toll } from "../transform/redaction.ts";
import { runOperation } from "../transform/run-transform.ts";
import { isStaged, Stage, type StageIndex, STAGES } from "../transform/stage.ts";
import type { EditTime } from "./edit-time.ts";
import type { RequestCounts } from "./request-counts.ts";
import { hides, type Undecided } from "./undecided.ts";

/** Why an operation is due: because its policy matches, or because it may match. */
const MATCHED = 1;
const UNDECIDED = 2;
const NONE: readonly Operation[] = [];
const ONE_STAGE: readonly StageIndex[] = [Stage.whole];
/** Up to so many policies are sorted in place, without a view of them. */
const FEW = 16;

/** Policies whose operations on one object are due; each is listed once. */
class Due {
  readonly policies: Int32Array;
  private readonly reasons: Uint8Array;
  count = 0;
  /** Whether some of them have operations that are done stage by stage. */
  isStaged = false;
  /**
   * By policy, for staged policies until they are done: for how many records, and what they did.
   */
  readonly records: Float64Array;
  readonly changed: Uint8Array;

  /** `staged`: the same as `size`, or 0 if no policy is done stage by stage. */
  constructor(size: number, staged: number) {
    this.policies = new Int32Array(size);
    this.reasons = new Uint8Array(size);
    this.records = new Float64Array(staged);
    this.changed = new Uint8Array(staged);
  }

  add(policy: number, reason: number): void {
    const known = this.reasons[policy] as number;
    if (known === 0) this.policies[this.count++] = policy;
    this.reasons[policy] = known | reason;
  }

  /** Whether the policy is due only because it may match. */
  isUndecided(policy: number): boolean {
    return this.reasons[policy] === UNDECIDED;
  }

  /** Puts the policies in the order of their ids. */
  sort(): void {
    const { count, policies } = this;
    if (count > FEW) {
      policies.subarray(0, count).sort();
      return;
    }
    for (let i = 1; i < count; i++) {
      const policy = policies[i] as number;
      let at = i;
      for (; at > 0 && (policies[at - 1] as number) > policy; at--) {
        policies[at] = policies[at - 1] as number;
      }
      policies[at] = policy;
    }
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) {
      const policy = this.policies[i] as number;
      this.reasons[policy] = 0;
      if (!this.isStaged) continue;
      this.records[policy] = 0;
      this.changed[policy] = 0;
    }
    this.count = 0;
    this.isStaged = false;
  }
}

export class Edits {
  private readonly program: Program;
  private readonly requestCounts: RequestCounts;
  private readonly toll: Toll;
  private readonly time: EditTime;
  /** Whether the current object was emptied because there was no time. */
  private isEmptied = false;
  /**
   * Whether the operations on an object were interrupted by a pause; the next `run` continues them.
   */
  isPaused = false;
  /**
   * Where it continues: in the stages, in the policies that are due, in the operations of one
   * policy.
   */
  private stageAt = 0;
  private policyAt = 0;
  private operationAt = 0;
  /** Bytes of the object before the current policy. */
  private bytesBefore = 0;
  private readonly due: readonly [record: Due, scope: Due, resource: Due];

  constructor(program: Program, requestCounts: RequestCounts, toll: Toll, time: EditTime) {
    const { ranks, size } = program;
    this.program = program;
    this.requestCounts = requestCounts;
    this.toll = toll;
    this.time = time;
    const staged = ranks.includes(OTEL_PASS_RANK) ? size : 0;
    this.due = [new Due(size, staged), new Due(size, staged), new Due(size, staged)];
  }

  /**
   * Notes the operations that the matched policies want on a kept record, and those that hide
   * something and belong to policies that may match. Returns whether the record itself is to be
   * edited.
   */
  collect(matched: Int32Array, count: number, undecided?: Undecided): boolean {
    this.due[Level.record].clear();
    this.isPaused = false;
    for (let i = 0; i < count; i++) this.add(matched[i] as number, MATCHED);
    const open = undecided?.count ?? 0;
    for (let i = 0; i < open; i++) this.add(undecided?.policies[i] as number, UNDECIDED);
    return this.due[Level.record].count > 0;
  }

  has(level: LevelIndex): boolean {
    return this.due[level].count > 0;
  }

  clear(level: LevelIndex): void {
    this.due[level].clear();
  }

  /** Whether there was no time for some of the operations on the last object. */
  areCutShort = false;

  /**
   * Runs the operations on one object, stage by stage, and within a stage in the order of the
   * policies' ids. `trial`: asked between operations what policies in shadow would do. If there is
   * no time to hide what should be hidden, the whole object is emptied. False: a pause is due
   * before the rest of the operations.
   */
  run(level: LevelIndex, editor: RecordEditor, trial?: Trial, pauses?: Pauses): boolean {
    const due = this.due[level];
    if (!this.isPaused) {
      due.sort();
      this.isEmptied = this.areCutShort = false;
      this.stageAt = 0;
      this.time.begin();
    }
    editor.work = this.time.work;
    const stages = due.isStaged ? STAGES : ONE_STAGE;
    for (; this.stageAt < stages.length; this.stageAt++) {
      const stage = stages[this.stageAt] as StageIndex;
      if (!this.runStage(stage, level, editor, trial, pauses)) return false;
    }
    if (trial !== undefined) trial.finish(level, editor);
    this.time.end();
    if (due.isStaged) this.countStaged(level);
    due.clear();
    return true;
  }

  private runStage(
    stage: StageIndex,
    level: LevelIndex,
    editor: RecordEditor,
    trial: Trial | undefined,
    pauses: Pauses | undefined,
  ): boolean {
    const { program, requestCounts, time, toll } = this;
    const due = this.due[level];
    let isResumed = this.isPaused;
    this.isPaused = false;
    let bytes = isResumed ? this.bytesBefore : editor.length;
    for (let i = isResumed ? this.policyAt : 0; i < due.count; i++) {
      const policy = due.policies[i] as number;
      const operations = program.policy(policy).transform?.[level] ?? NONE;
      if (trial !== undefined && !isResumed) {
        trial.runUpTo(stage, program.numberInSet(policy), level, editor);
        bytes = editor.length;
      }
      time.goOn(bytes);
      toll.isUndecided = due.isUndecided(policy);
      let isDone = isResumed;
      for (let j = isResumed ? this.operationAt : 0; j < operations.length; j++) {
        const operation = operations[j] as Operation;
        if (operation.stage !== stage) continue;
        if (toll.isUndecided && !hides(operation)) continue;
        if (time.isOver && !hides(operation)) {
          this.areCutShort = true;
          continue;
        }
        if (pauses !== undefined && !isResumed && time.isCounted && pauses.isDue()) {
          this.pauseAt(i, j, bytes);
          return false;
        }
        isResumed = false;
        isDone = true;
        const hit = this.runOperation(operation, editor);
        requestCounts.count(policy, operation.countAt + (hit ? 0 : 1));
        if (hit && stage !== Stage.whole) due.changed[policy] = 1;
        time.spend(bytes);
      }
      if (!isDone) continue;
      const now = editor.length;
      requestCounts.resize(policy, now - bytes);
      bytes = now;
    }
    return true;
  }

  private pauseAt(policy: number, operation: number, bytes: number): void {
    this.isPaused = true;
    this.policyAt = policy;
    this.operationAt = operation;
    this.bytesBefore = bytes;
  }

  /**
   * Whether it changed something. If there is no time for an operation that hides something, the
   * object is emptied.
   */
  private runOperation(operation: Operation, editor: RecordEditor): boolean {
    const { time, toll } = this;
    try {
      if (!time.isOver || this.isEmptied) return runOperation(operation, editor, toll);
    } catch (error) {
      time.giveUpAt(error);
    }
    this.areCutShort = true;
    if (!hides(operation)) return false;
    this.isEmptied = true;
    time.end();
    editor.empty();
    toll.wholeValues++;
    return runOperation(operation, editor, toll);
  }

  /**
   * Policies with stages that changed nothing in the record, nor in its scope and resource, count
   * as matched in vain.
   */
  private countStaged(level: LevelIndex): void {
    const due = this.due[level];
    for (let i = 0; i < due.count; i++) {
      const policy = due.policies[i] as number;
      const records = due.records[policy] as number;
      if (records === 0) continue;
      if (due.changed[policy] === 1) this.requestCounts.count(policy, Count.hits, records);
      else this.passOn(policy, level, records);
    }
  }

  /**
   * Keeps the records of a policy waiting for the result of the next level that it edits, if any.
   */
  private passOn(policy: number, level: LevelIndex, records: number): void {
    const transform = this.program.policy(policy).transform;
    for (let next = level + 1; next <= Level.resource; next++) {
      if (transform === undefined || transform[next as LevelIndex].length === 0) continue;
      const waiting = this.due[next as LevelIndex].records;
      waiting[policy] = (waiting[policy] as number) + records;
      return;
    }
    this.requestCounts.count(policy, Count.misses, records);
  }

  private add(policy: number, reason: number): void {
    const transform = this.program.policy(policy).transform;
    if (transform === undefined) return;
    let first: Operation | undefined;
    for (let level = 0; level <= Level.resource; level++) {
      const operations = transform[level as LevelIndex];
      if (operations.length === 0) continue;
      const due = this.due[level as LevelIndex];
      due.add(policy, reason);
      const operation = operations[0] as Operation;
      if (!isStaged(operation)) continue;
      due.isStaged = true;
      if (first === undefined && reason === MATCHED) {
        due.records[policy] = (due.records[policy] as number) + 1;
      }
      first ??= operation;
    }
  }
}
