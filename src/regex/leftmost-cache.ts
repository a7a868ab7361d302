// Remembers the steps of a search for the leftmost match (leftmost-stepper.ts). A state is the set
// of waiting instructions, what is known about the previous byte, and whether a match may still
// begin. Memory is bounded; when it is used up, the cache says so and forgets all states.

import { grownBytes, grownInts } from "../core/bytes.ts";
import type { CachePool } from "./dfa.ts";
import type { LeftmostStepper } from "./leftmost-stepper.ts";
import { CONTEXTS } from "./program.ts";

/**
 * Entries of the table are the next state, shifted, with these bits: a match ends before the byte;
 * that match began where the oldest possible match did; in the next state no match has begun.
 */
export const MATCHED = 1;
export const OLDEST = 2;
export const FRESH = 4;
export const STATE_SHIFT = 3;
/** The next state of entries that lead nowhere. */
const DEAD = -1;
/** Set in what is stored for a state in addition to its context. */
const SEARCHING = 4;
/**
 * What a state costs in addition to its transitions and instructions: their place, and a hash
 * bucket.
 */
const STATE_OVERHEAD_BYTES = 21;

export class LeftmostCache {
  /**
   * By state + byte class (classCount: the end of the text): the next state, with the bits above;
   * negative if nothing more can match. 0: unknown.
   */
  transitions: Int32Array;
  readonly stepper: LeftmostStepper;
  /** States so far. */
  count = 1;
  private readonly stride: number;
  private readonly bytesMax: number;
  private readonly pool: CachePool | undefined;
  private readonly starts = new Int32Array(CONTEXTS);
  private capacity = 8;
  private offsets = new Int32Array(this.capacity);
  private lengths = new Int32Array(this.capacity);
  private olds = new Int32Array(this.capacity);
  private flags = new Uint8Array(this.capacity);
  private buckets = new Int32Array(this.capacity * 2);
  private arena = new Int32Array(64);
  private arenaLength = 0;

  constructor(stepper: LeftmostStepper, bytesMax: number, pool?: CachePool) {
    this.stepper = stepper;
    this.stride = stepper.program.classCount + 1;
    this.bytesMax = bytesMax;
    this.pool = pool;
    this.transitions = new Int32Array(this.capacity * this.stride);
    if (pool !== undefined) pool.freeBytes -= this.bytesHeld();
  }

  /** The state in which nothing but `context` is known; 0: there is no room for it. */
  start(context: number): number {
    const known = this.starts[context] as number;
    if (known > 0) return known;
    this.stepper.begin(context);
    const state = this.intern(context | SEARCHING);
    this.starts[context] = state;
    return state;
  }

  /** Computes and remembers transitions[state + byteClass]; 0: there is no room for its state. */
  compute(state: number, byteClass: number): number {
    const { stepper } = this;
    const index = state / this.stride;
    const flags = this.flags[index] as number;
    const isSearching = (flags & SEARCHING) !== 0;
    const [from, length] = [this.offsets[index] as number, this.lengths[index] as number];
    const old = this.olds[index] as number;
    stepper.step(this.arena, from, length, old, flags & ~SEARCHING, isSearching, byteClass);
    const { classCount, contextAfter } = stepper.program;
    const goesOn = isSearching && !stepper.isMatched;
    let next = DEAD;
    if (byteClass < classCount && (goesOn || stepper.length > 0)) {
      const after = contextAfter[byteClass] as number;
      next = this.intern(goesOn ? after | SEARCHING : after);
      if (next === 0) return 0;
    }
    let entry = next << STATE_SHIFT;
    if (stepper.isMatched) entry |= stepper.isOldest ? MATCHED | OLDEST : MATCHED;
    if (next > 0 && goesOn && stepper.old === 0) entry |= FRESH;
    this.transitions[state + byteClass] = entry;
    return entry;
  }

  /** Forgets all states. */
  flush(): void {
    this.transitions.fill(0, 0, this.count * this.stride);
    this.buckets.fill(0);
    this.starts.fill(0);
    this.count = 1;
    this.arenaLength = 0;
  }

  /** The state of the last step's result; 0: there is no room for it. */
  private intern(flags: number): number {
    const { stepper, buckets, stride } = this;
    const { length, list } = stepper;
    const mask = buckets.length - 1;
    let bucket = hashOf(list, 0, length, flags) & mask;
    for (; buckets[bucket] !== 0; bucket = (bucket + 1) & mask) {
      const index = buckets[bucket] as number;
      const isSame =
        this.flags[index] === flags &&
        this.lengths[index] === length &&
        this.olds[index] === stepper.old;
      if (isSame && stepper.isResult(this.arena, this.offsets[index] as number)) {
        return index * stride;
      }
    }
    if (this.count === this.capacity || this.arenaLength + length > this.arena.length) {
      return this.grow(length) ? this.intern(flags) : 0;
    }
    const index = this.count++;
    buckets[bucket] = index;
    this.offsets[index] = this.arenaLength;
    this.lengths[index] = length;
    this.olds[index] = stepper.old;
    this.flags[index] = flags;
    for (let i = 0; i < length; i++) this.arena[this.arenaLength++] = list[i] as number;
    return index * stride;
  }

  private bytesHeld(): number {
    const perState = this.stride * 4 + STATE_OVERHEAD_BYTES;
    return this.capacity * perState + this.arena.length * 4;
  }

  /** Makes room for another state with so many instructions. */
  private grow(length: number): boolean {
    const capacity = this.count === this.capacity ? this.capacity * 2 : this.capacity;
    let size = this.arena.length;
    while (size < this.arenaLength + length) size *= 2;
    const perState = this.stride * 4 + STATE_OVERHEAD_BYTES;
    const more = (capacity - this.capacity) * perState + (size - this.arena.length) * 4;
    const free = Math.min(this.bytesMax - this.bytesHeld(), this.pool?.freeBytes ?? more);
    if (more > free) return false;
    if (this.pool !== undefined) this.pool.freeBytes -= more;
    if (size > this.arena.length) this.arena = grownInts(this.arena, size);
    if (capacity > this.capacity) this.growStates(capacity);
    return true;
  }

  private growStates(capacity: number): void {
    this.capacity = capacity;
    this.transitions = grownInts(this.transitions, capacity * this.stride);
    this.offsets = grownInts(this.offsets, capacity);
    this.lengths = grownInts(this.lengths, capacity);
    this.olds = grownInts(this.olds, capacity);
    this.flags = grownBytes(this.flags, capacity);
    this.buckets = new Int32Array(capacity * 2);
    const mask = this.buckets.length - 1;
    for (let index = 1; index < this.count; index++) {
      const [from, length] = [this.offsets[index] as number, this.lengths[index] as number];
      let bucket = hashOf(this.arena, from, length, this.flags[index] as number) & mask;
      while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
      this.buckets[bucket] = index;
    }
  }
}

function hashOf(run: Int32Array, from: number, length: number, flags: number): number {
  let hash = flags + 1;
  for (let i = from; i < from + length; i++) {
    hash = Math.imul(hash ^ (run[i] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & 0x7fffffff;
}
