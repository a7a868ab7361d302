// What is known about each predicate for the current values: that it holds, that it does not, or
// that this could not be found out in time. Nothing needs clearing, because each result carries the
// epoch that it belongs to.

import { needsTime, satisfies } from "../compile/predicate.ts";
import type { Program } from "../compile/program.ts";
import { Level, type ValueLevelIndex } from "../fields.ts";
import { HIT_CONFIRM, type SlotIndex } from "../compile/slot-index.ts";
import type { Meter } from "../../regex/index.ts";
import type { ValueStore } from "../value-store.ts";

export const Truth = { no: 0, yes: 1, undecided: -1 } as const;

export class Truths {
  private readonly program: Program;
  private readonly values: ValueStore;
  private readonly meter: Meter;
  private readonly predicateLevels: Uint8Array;
  /** By predicate: the epoch in which it was decided, doubled; odd: it is true. */
  private readonly decided: Int32Array;
  /**
   * By predicate: the epoch in which its policies became candidates. Being true is not enough for
   * that.
   */
  private readonly fired: Int32Array;
  /** By slot: the epoch in which not everything about its values could be found out. */
  private readonly open: Int32Array;
  /** The level that is being judged: the record, or one of its data points. */
  innermost: ValueLevelIndex = Level.record;
  /** One bit per level: whether `open` holds for any of its slots. */
  private openLevels = 0;

  constructor(program: Program, values: ValueStore, meter: Meter) {
    const { predicateSlots, predicateCount, slots } = program;
    this.program = program;
    this.values = values;
    this.meter = meter;
    this.predicateLevels = new Uint8Array(predicateCount);
    for (let p = 0; p < predicateCount; p++) {
      this.predicateLevels[p] = values.levels[predicateSlots[p] as number] as number;
    }
    this.decided = new Int32Array(predicateCount);
    this.fired = new Int32Array(predicateCount);
    this.open = new Int32Array(slots.size);
  }

  /** Whether anything about the current record, its scope or its resource was left undecided. */
  get hasOpen(): boolean {
    return this.openLevels !== 0;
  }

  beginLevel(level: ValueLevelIndex): void {
    this.openLevels &= ~(1 << level);
  }

  /** For when epochs start over: what was decided under the old ones must not look current. */
  forget(): void {
    this.decided.fill(0);
    this.fired.fill(0);
    this.open.fill(0);
    this.openLevels = 0;
  }

  /**
   * Whether the predicate is true of the current values; an absent value satisfies no predicate.
   */
  of(predicate: number): number {
    const level = this.predicateLevels[predicate] as ValueLevelIndex;
    const epoch = (this.values.epochs[level] as number) * 2;
    const decided = this.decided[predicate] as number;
    if (decided === epoch + 1) return Truth.yes;
    if (decided === epoch) return Truth.no;
    const truth = this.test(predicate, level);
    if (truth !== Truth.undecided) this.decided[predicate] = epoch + truth;
    return truth;
  }

  /**
   * The same after all values were searched: in a slot that was searched whole, what no index found
   * is false.
   */
  afterSearch(predicate: number): number {
    const { postingStarts, pairs, predicateSlots } = this.program;
    const slot = predicateSlots[predicate] as number;
    const isIndexed =
      postingStarts[predicate + 1] !== postingStarts[predicate] ||
      (pairs !== undefined && pairs.roles[predicate] !== 0);
    const level = this.predicateLevels[predicate] as ValueLevelIndex;
    const epoch = this.values.epochs[level] as number;
    if (isIndexed && this.open[slot] !== epoch && this.decided[predicate] !== epoch * 2 + 1) {
      return Truth.no;
    }
    return this.of(predicate);
  }

  /** Takes a hit of an index. Returns whether it makes its predicate true for the first time. */
  take(hit: number, entry: number, level: ValueLevelIndex): boolean {
    const predicate = hit >> 1;
    const epoch = this.values.epochs[level] as number;
    if (this.fired[predicate] === epoch) return false;
    if ((hit & HIT_CONFIRM) !== 0 && !this.satisfies(predicate, entry, level)) return false;
    this.fired[predicate] = epoch;
    this.decided[predicate] = epoch * 2 + 1;
    return true;
  }

  /** To be called after an index has searched the value at `entry`. */
  noteSearched(index: SlotIndex, slot: number, entry: number, level: ValueLevelIndex): void {
    if (this.meter.ranOut && index.needsTime(this.values, entry)) this.leaveOpen(slot, level);
  }

  private test(predicate: number, level: ValueLevelIndex): number {
    const { values, open } = this;
    const slot = this.program.predicateSlots[predicate] as number;
    if (!values.has(slot)) return Truth.no;
    // A value of an outer level was already too costly for another record.
    const skips = level !== this.innermost && open[slot] === values.epochs[level];
    let truth: number = Truth.no;
    for (let entry = slot; entry >= 0; entry = values.next(entry)) {
      if (skips && this.needsTime(predicate, entry)) truth = Truth.undecided;
      else if (this.satisfies(predicate, entry, level)) return Truth.yes;
      else if (this.meter.ranOut && this.needsTime(predicate, entry)) truth = Truth.undecided;
    }
    return truth;
  }

  private satisfies(predicate: number, entry: number, level: ValueLevelIndex): boolean {
    const test = this.program.test(predicate);
    if (satisfies(test, this.values, entry, this.meter)) return true;
    if (this.meter.ranOut && needsTime(test, this.values, entry)) {
      this.leaveOpen(this.program.predicateSlots[predicate] as number, level);
    }
    return false;
  }

  private needsTime(predicate: number, entry: number): boolean {
    return needsTime(this.program.test(predicate), this.values, entry);
  }

  private leaveOpen(slot: number, level: ValueLevelIndex): void {
    this.open[slot] = this.values.epochs[level] as number;
    this.openLevels |= 1 << level;
  }
}
