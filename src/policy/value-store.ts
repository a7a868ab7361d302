// The values of the current record, its scope and its resource, in flat arrays: once the arrays
// have grown, nothing is allocated per value. Entry `slot` holds a slot's first value; further
// values of multi-valued slots are chained after it. Each level has its own further entries, so
// that they are free again as soon as that level forgets its values.

import { decodeUtf8 } from "../core/utf8.ts";
import { LEVEL_COUNT, type ValueLevelIndex } from "./fields.ts";
import { Num } from "./matching/intervals.ts";
import { type FieldValues, ValueKind, type ValueKindIndex, type ValuePuts } from "./record-port.ts";

/** Added to the kind of a value that is an element of an array. */
const ELEMENT_KIND = 8;
const LEVELS = LEVEL_COUNT;
/**
 * Epochs are stamps in 32-bit arrays, doubled by their users, so this stays well below the sign
 * bit.
 */
const EPOCH_MAX = 1 << 28;

/** The values of one record by slot, as formats put them. */
export class ValueStore implements FieldValues {
  readonly levels: Uint8Array;
  /** Grows with each `begin` of a level; a value with the stamp of another epoch is absent. */
  readonly epochs = new Int32Array(LEVELS).fill(1);
  /** Slots that have a value, by level. */
  readonly touched: readonly Int32Array[];
  readonly touchedCounts = new Int32Array(LEVELS);
  private readonly multi: Uint8Array;
  private readonly stamps: Int32Array;
  private kinds: Uint8Array;
  private buffers: Uint8Array[];
  private starts: Int32Array;
  private ends: Int32Array;
  private doubles: Float64Array;
  /** Next entry of a multi-valued slot, or -1; and the last one, by slot. */
  private nexts: Int32Array;
  private readonly lasts: Int32Array;
  /** Further values by level: the n-th of level l is in entry `slots + LEVELS * n + l`. */
  private readonly chained = new Int32Array(LEVELS);
  private readonly number = new Num();
  readonly elements: ValuePuts = {
    putString: (slot, bytes, start, end) =>
      this.fillRange(this.chainElement(slot, ValueKind.string), bytes, start, end),
    putBytes: (slot, bytes, start, end) =>
      this.fillRange(this.chainElement(slot, ValueKind.bytes), bytes, start, end),
    putInt: (slot, hi, lo) => this.fillInt(this.chainElement(slot, ValueKind.int), hi, lo),
    putDouble: (slot, value) => {
      const entry = this.chainElement(slot, ValueKind.double);
      this.doubles[entry] = value;
    },
    putBool: (slot, value) => this.fillBool(this.chainElement(slot, ValueKind.bool), value),
    putComposite: () => {},
  };

  constructor(levels: Uint8Array, multi: Uint8Array) {
    const slots = levels.length;
    this.levels = levels;
    this.multi = multi;
    this.touched = Array.from({ length: LEVELS }, () => new Int32Array(slots));
    this.stamps = new Int32Array(slots);
    this.lasts = new Int32Array(slots);
    this.kinds = new Uint8Array(slots);
    this.buffers = Array.from({ length: slots }, () => NOTHING);
    this.starts = new Int32Array(slots);
    this.ends = new Int32Array(slots);
    this.doubles = new Float64Array(slots);
    this.nexts = new Int32Array(slots).fill(-1);
  }

  /**
   * Forgets the values of the level. Returns true if stamps were reset, so that users reset theirs.
   */
  begin(level: ValueLevelIndex): boolean {
    this.touchedCounts[level] = 0;
    this.chained[level] = 0;
    this.epochs[level] = (this.epochs[level] as number) + 1;
    if (this.epochs[level] < EPOCH_MAX) return false;
    this.epochs.fill(1);
    this.touchedCounts.fill(0);
    this.chained.fill(0);
    this.stamps.fill(0);
    return true;
  }

  has(slot: number): boolean {
    return this.stamps[slot] === this.epochs[this.levels[slot] as number];
  }

  /** For an element of an array, the kind of the element. */
  kind(entry: number): ValueKindIndex {
    return ((this.kinds[entry] as number) & ~ELEMENT_KIND) as ValueKindIndex;
  }
  isElement(entry: number): boolean {
    return (this.kinds[entry] as number) >= ELEMENT_KIND;
  }
  buffer(entry: number): Uint8Array {
    return this.buffers[entry] as Uint8Array;
  }
  start(entry: number): number {
    return this.starts[entry] as number;
  }
  end(entry: number): number {
    return this.ends[entry] as number;
  }
  /** The text of a string; not for hot paths. */
  text(entry: number): string {
    return decodeUtf8(this.buffer(entry), this.start(entry), this.end(entry));
  }
  bool(entry: number): boolean {
    return this.starts[entry] === 1;
  }
  /** The next value of the same slot, or -1. */
  next(entry: number): number {
    return this.nexts[entry] as number;
  }
  /** The number at an entry of kind int or double; borrowed until the next call. */
  numberAt(entry: number): Num {
    return this.kind(entry) === ValueKind.int
      ? this.number.setInt(this.starts[entry] as number, this.ends[entry] as number)
      : this.number.setDouble(this.doubles[entry] as number);
  }

  putString(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.putRange(slot, ValueKind.string, bytes, start, end);
  }
  addString(slot: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.has(slot)) this.putString(slot, bytes, start, end);
    else this.fillRange(this.chain(slot, ValueKind.string), bytes, start, end);
  }
  putBytes(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.putRange(slot, ValueKind.bytes, bytes, start, end);
  }
  putInt(slot: number, hi: number, lo: number): void {
    this.fillInt(this.append(slot, ValueKind.int), hi, lo);
  }
  putDouble(slot: number, value: number): void {
    // Appending may replace the arrays.
    const entry = this.append(slot, ValueKind.double);
    this.doubles[entry] = value;
  }
  putBool(slot: number, value: boolean): void {
    this.fillBool(this.append(slot, ValueKind.bool), value);
  }
  putComposite(slot: number): void {
    this.append(slot, ValueKind.composite);
  }

  private putRange(
    slot: number,
    kind: ValueKindIndex,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.fillRange(this.append(slot, kind), bytes, start, end);
  }

  private fillInt(entry: number, hi: number, lo: number): void {
    this.starts[entry] = hi;
    this.ends[entry] = lo;
  }

  private fillBool(entry: number, value: boolean): void {
    this.starts[entry] = value ? 1 : 0;
  }

  private fillRange(entry: number, bytes: Uint8Array, start: number, end: number): void {
    this.buffers[entry] = bytes;
    this.starts[entry] = start;
    this.ends[entry] = end;
  }

  private chainElement(slot: number, kind: ValueKindIndex): number {
    return this.chain(slot, kind + ELEMENT_KIND);
  }

  /** Adds an entry after the last one of the slot, which must have one. */
  private chain(slot: number, kind: number): number {
    const entry = this.newEntry(this.levels[slot] as number);
    this.kinds[entry] = kind;
    this.nexts[this.lasts[slot] as number] = entry;
    this.nexts[entry] = -1;
    this.lasts[slot] = entry;
    return entry;
  }

  private append(slot: number, kind: ValueKindIndex): number {
    const level = this.levels[slot] as number;
    const epoch = this.epochs[level] as number;
    let entry = slot;
    if (this.stamps[slot] === epoch) {
      if (this.multi[slot] !== 0) {
        entry = this.chain(slot, kind);
      }
    } else {
      this.stamps[slot] = epoch;
      const count = this.touchedCounts[level] as number;
      (this.touched[level] as Int32Array)[count] = slot;
      this.touchedCounts[level] = count + 1;
    }
    this.lasts[slot] = entry;
    this.nexts[entry] = -1;
    this.kinds[entry] = kind;
    return entry;
  }

  private newEntry(level: number): number {
    const count = this.chained[level] as number;
    this.chained[level] = count + 1;
    const entry = this.stamps.length + LEVELS * count + level;
    if (entry >= this.kinds.length) this.grow(entry + 1);
    return entry;
  }

  private grow(needed: number): void {
    const size = Math.max(16, needed, this.kinds.length * 2);
    const kinds = new Uint8Array(size);
    kinds.set(this.kinds);
    this.kinds = kinds;
    this.starts = grown(this.starts, size);
    this.ends = grown(this.ends, size);
    this.nexts = grown(this.nexts, size);
    const doubles = new Float64Array(size);
    doubles.set(this.doubles);
    this.doubles = doubles;
    while (this.buffers.length < size) this.buffers.push(NOTHING);
  }
}

const NOTHING = new Uint8Array(0);

function grown(old: Int32Array, size: number): Int32Array {
  const next = new Int32Array(size);
  next.set(old);
  return next;
}
