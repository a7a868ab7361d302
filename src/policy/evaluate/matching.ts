// Finds the policies of one program that match the current record. Each value of the record is
// searched once; each predicate that fires makes its groups of matchers candidates, and only the
// remaining matchers of candidates are verified, each at most once per record. A policy matches
// once, even if several of its groups do.

import type { PairTable } from "../compile/pair-table.ts";
import type { Program } from "../compile/program.ts";
import { Level, LEVEL_COUNT, type ValueLevelIndex } from "../fields.ts";
import { OTEL_DROP_RANK } from "../keep/compile-keep.ts";
import type { Meter } from "../../regex/index.ts";
import type { ValueStore } from "../value-store.ts";
import { Truth, Truths } from "./truths.ts";

export class Matching {
  /** After `match`: `matchedCount` policies, in no particular order. */
  readonly matched: Int32Array;
  matchedCount = 0;
  readonly truths: Truths;
  private readonly program: Program;
  private readonly values: ValueStore;
  private readonly meter: Meter;
  private readonly hits: Int32Array;
  /** Candidates whose access predicate belongs to the resource or the scope. */
  private readonly scoped: readonly [Int32Array, Int32Array];
  private readonly scopedCounts = new Int32Array(2);
  private readonly searched = [false, false];
  /** True predicates that are half of a pair: for each level, one list for each role. */
  private readonly halves: readonly (readonly [Int32Array, Int32Array])[];
  private readonly halfCounts = new Int32Array(2 * LEVEL_COUNT);
  private readonly paired: Int32Array;
  /** By policy: the last record that it matched; empty if no policy has several groups. */
  private readonly matchedAt: Float64Array;
  private recordNumber = 0;
  /** Groups whose remaining matchers are to be verified for each data point of the record. */
  private readonly pending: Int32Array;
  private pendingCount = 0;
  private isAtPoint = false;
  /** After `matchRecord`: the number of policies that match the record as a whole. */
  recordCount = 0;
  /** Whether policies may be found by a data point alone. */
  private readonly asksPoints: boolean;

  constructor(program: Program, values: ValueStore, meter: Meter) {
    const { size, groupCount, predicateCount } = program;
    this.program = program;
    this.values = values;
    this.meter = meter;
    this.truths = new Truths(program, values, meter);
    this.hits = new Int32Array(program.hitsMax);
    this.scoped = [new Int32Array(groupCount), new Int32Array(groupCount)];
    this.matched = new Int32Array(size);
    this.matchedAt = new Float64Array(groupCount > size ? size : 0);
    const halves = program.pairs === undefined ? 0 : predicateCount;
    this.halves = Array.from(
      { length: LEVEL_COUNT },
      () => [new Int32Array(halves), new Int32Array(halves)] as const,
    );
    this.paired = new Int32Array(program.pairs?.size ?? 0);
    this.pending = new Int32Array(program.pointwise === undefined ? 0 : groupCount);
    this.asksPoints = program.slots.levels.some(
      (level, slot) => level === Level.point && program.index(slot) !== undefined,
    );
  }

  /**
   * Finds the policies that match the current record, in no particular order. If policies judge
   * data points one by one, it must be the only data point.
   */
  match(): void {
    this.matchRecord();
    if (this.program.pointwise !== undefined) this.matchPoint();
  }

  /** Whether anything is to be asked about the data points of the record. */
  get mayJudgePoints(): boolean {
    if (this.pendingCount > 0 || this.asksPoints) return true;
    const { ranks } = this.program;
    for (let i = 0; i < this.matchedCount; i++) {
      if ((ranks[this.matched[i] as number] as number) >= OTEL_DROP_RANK) return true;
    }
    return false;
  }

  /** Like `match`, but leaves out policies that ask for data points one by one. */
  matchRecord(): void {
    this.matchedCount = this.pendingCount = 0;
    this.recordNumber++;
    this.searchLasting(Level.scope, 0);
    this.searchLasting(Level.resource, 1);
    for (let which = 0; which < 2; which++) {
      const candidates = this.scoped[which] as Int32Array;
      const count = this.scopedCounts[which] as number;
      for (let i = 0; i < count; i++) this.verify(candidates[i] as number);
    }
    const { always } = this.program;
    for (let i = 0; i < always.length; i++) this.verify(always[i] as number);
    this.searchLevel(Level.record, -1);
    if (this.program.pairs !== undefined) this.matchPairs(this.program.pairs, false);
    this.recordCount = this.matchedCount;
  }

  /**
   * Appends the policies that match the current data point to those that match the record; the
   * first `recordCount` entries of the list must not be changed from one point to the next.
   */
  matchPoint(): void {
    this.recordNumber++;
    this.matchedCount = this.recordCount;
    this.isAtPoint = true;
    this.truths.innermost = Level.point;
    for (let i = 0; i < this.pendingCount; i++) this.verify(this.pending[i] as number);
    if (this.asksPoints) this.searchLevel(Level.point, -1);
    if (this.program.pairs !== undefined) this.matchPairs(this.program.pairs, true);
    this.truths.innermost = Level.record;
    this.isAtPoint = false;
  }

  /**
   * Verifies the groups both of whose predicates are true, in whichever levels they are; at a data
   * point, only if one of the two belongs to the point.
   */
  private matchPairs(pairs: PairTable, isAtPoint: boolean): void {
    const { halves, halfCounts, paired } = this;
    for (let first = 0; first < LEVEL_COUNT; first++) {
      const primaries = halfCounts[first * 2] as number;
      if (primaries === 0) continue;
      for (let second = 0; second < LEVEL_COUNT; second++) {
        if ((first === Level.point || second === Level.point) !== isAtPoint) continue;
        const secondaries = halfCounts[second * 2 + 1] as number;
        if (secondaries === 0) continue;
        const count = pairs.collect(
          (halves[first] as readonly [Int32Array, Int32Array])[0],
          primaries,
          (halves[second] as readonly [Int32Array, Int32Array])[1],
          secondaries,
          paired,
        );
        for (let i = 0; i < count; i++) this.verify(paired[i] as number);
      }
    }
  }

  /** Forgets what a level brought. `isReset`: whether the stamps of values were reset. */
  beginLevel(level: ValueLevelIndex, isReset: boolean): void {
    this.halfCounts[level * 2] = 0;
    this.halfCounts[level * 2 + 1] = 0;
    this.truths.beginLevel(level);
    if (level === Level.scope || level === Level.resource) {
      const which = level === Level.scope ? 0 : 1;
      this.scopedCounts[which] = 0;
      this.searched[which] = false;
    }
    if (!isReset) return;
    this.truths.forget();
    this.scopedCounts.fill(0);
    this.halfCounts.fill(0);
    this.searched.fill(false);
  }

  private searchLasting(level: ValueLevelIndex, which: number): void {
    if (this.searched[which] === true) return;
    this.searched[which] = true;
    this.searchLevel(level, which);
  }

  /**
   * Searches every value of a level; candidates are verified, or kept for all records of a scoped
   * level.
   */
  private searchLevel(level: ValueLevelIndex, which: number): void {
    const { values, hits } = this;
    const touched = values.touched[level] as Int32Array;
    const count = values.touchedCounts[level] as number;
    for (let i = 0; i < count; i++) {
      const slot = touched[i] as number;
      const index = this.program.index(slot);
      if (index === undefined) continue;
      for (let entry = slot; entry >= 0; entry = values.next(entry)) {
        const found = index.search(values, entry, hits, 0, this.meter);
        this.truths.noteSearched(index, slot, entry, level);
        for (let h = 0; h < found; h++) this.fire(hits[h] as number, entry, level, which);
      }
    }
  }

  private fire(hit: number, entry: number, level: ValueLevelIndex, which: number): void {
    if (!this.truths.take(hit, entry, level)) return;
    const predicate = hit >> 1;
    const { postingStarts, postings, pairs } = this.program;
    if (pairs !== undefined) this.noteHalf(predicate, pairs.roles[predicate] as number, level);
    const to = postingStarts[predicate + 1] as number;
    for (let i = postingStarts[predicate] as number; i < to; i++) {
      const group = postings[i] as number;
      if (which < 0) this.verify(group);
      else this.addLasting(which, group);
    }
  }

  private noteHalf(predicate: number, roles: number, level: ValueLevelIndex): void {
    for (let role = 0; role < 2; role++) {
      if ((roles & (role + 1)) === 0) continue;
      const at = this.halfCounts[level * 2 + role] as number;
      (this.halves[level] as readonly [Int32Array, Int32Array])[role as 0 | 1][at] = predicate;
      this.halfCounts[level * 2 + role] = at + 1;
    }
  }

  private addLasting(which: number, group: number): void {
    const at = this.scopedCounts[which] as number;
    (this.scoped[which] as Int32Array)[at] = group;
    this.scopedCounts[which] = at + 1;
  }

  private verify(group: number): void {
    const { matcherStarts, matchers, size, owners, pointwise } = this.program;
    if (pointwise !== undefined && !this.isAtPoint && pointwise[group] === 1) {
      this.pending[this.pendingCount++] = group;
      return;
    }
    const policy = group < size ? group : (owners[group - size] as number);
    if (this.matchedAt.length > 0 && this.matchedAt[policy] === this.recordNumber) return;
    const to = matcherStarts[group + 1] as number;
    for (let i = matcherStarts[group] as number; i < to; i++) {
      const matcher = matchers[i] as number;
      const truth = this.truths.of(matcher >> 1);
      if (truth === Truth.undecided || (truth === Truth.yes) === ((matcher & 1) !== 0)) return;
    }
    if (this.matchedAt.length > 0) this.matchedAt[policy] = this.recordNumber;
    this.matched[this.matchedCount++] = policy;
  }
}
