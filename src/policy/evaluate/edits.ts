// The transforms that are due: of the record at hand, and of its scope and resource, which are
// edited once after all of their records have been matched, so that no record sees another one's
// changes.

import type { Program } from "../compile/program.ts";
import { Level, type LevelIndex } from "../fields.ts";
import type { RecordEditor } from "../record-port.ts";
import type { Trial } from "../shadow/trial.ts";
import type { Operation } from "../transform/compile-transform.ts";
import type { Toll } from "../transform/redaction.ts";
import { runOperation } from "../transform/run-transform.ts";
import type { EditTime } from "./edit-time.ts";
import type { RequestCounts } from "./request-counts.ts";
import { hides, type Undecided } from "./undecided.ts";

/** How an operation is due: because its policy matches, or because it may. */
const MATCHED = 1;
const UNDECIDED = 2;
const NONE: readonly Operation[] = [];
/** So many policies are sorted where they are, without a view of them. */
const FEW = 16;

/** Policies whose operations on one object are due, each once. */
class Due {
  readonly policies: Int32Array;
  private readonly reasons: Uint8Array;
  count = 0;

  constructor(size: number) {
    this.policies = new Int32Array(size);
    this.reasons = new Uint8Array(size);
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
    for (let i = 0; i < this.count; i++) this.reasons[this.policies[i] as number] = 0;
    this.count = 0;
  }
}

export class Edits {
  private readonly program: Program;
  private readonly requestCounts: RequestCounts;
  private readonly toll: Toll;
  private readonly time: EditTime;
  private readonly due: readonly [record: Due, scope: Due, resource: Due];

  constructor(program: Program, requestCounts: RequestCounts, toll: Toll, time: EditTime) {
    this.program = program;
    this.requestCounts = requestCounts;
    this.toll = toll;
    this.time = time;
    this.due = [new Due(program.size), new Due(program.size), new Due(program.size)];
  }

  /**
   * Notes what the matched policies want of a kept record, and what those hide that may match;
   * whether the record itself is to be edited.
   */
  collect(matched: Int32Array, count: number, undecided?: Undecided): boolean {
    this.due[Level.record].clear();
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

  /**
   * Runs the operations on one object, policy by policy in the order of their ids. `trial`: asks
   * between them what policies in shadow would do. False: there was no time for all of them. What
   * was to be hidden then, goes with all that the object says.
   */
  run(level: LevelIndex, editor: RecordEditor, trial?: Trial): boolean {
    const { time, toll } = this;
    const due = this.due[level];
    due.sort();
    let bytes = editor.length;
    let isEmptied = false;
    time.begin();
    for (let i = 0; i < due.count; i++) {
      const policy = due.policies[i] as number;
      if (trial !== undefined) {
        trial.runUpTo(this.program.numberInSet(policy), level, editor);
        bytes = editor.length;
      }
      time.goOn(bytes);
      toll.isUndecided = due.isUndecided(policy);
      const operations = this.program.policy(policy).transform?.[level] ?? NONE;
      for (let j = 0; j < operations.length; j++) {
        const operation = operations[j] as Operation;
        const { countAt } = operation;
        if ((toll.isUndecided || time.isOver) && !hides(operation)) continue;
        if (time.isOver && !isEmptied) {
          isEmptied = true;
          editor.empty();
          toll.wholeValues++;
        }
        const hit = runOperation(operation, editor, toll);
        this.requestCounts.count(policy, countAt + (hit ? 0 : 1));
        time.spend(bytes);
      }
      const now = editor.length;
      this.requestCounts.resize(policy, now - bytes);
      bytes = now;
    }
    if (trial !== undefined) trial.runUpTo(Number.POSITIVE_INFINITY, level, editor);
    due.clear();
    return !time.isOver;
  }

  private add(policy: number, reason: number): void {
    const transform = this.program.policy(policy).transform;
    if (transform === undefined) return;
    if (transform[Level.record].length > 0) this.due[Level.record].add(policy, reason);
    if (transform[Level.scope].length > 0) this.due[Level.scope].add(policy, reason);
    if (transform[Level.resource].length > 0) this.due[Level.resource].add(policy, reason);
  }
}
