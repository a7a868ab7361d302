// The state cache: remembers the steps of a program as a deterministic automaton that is built
// while texts are read. Its memory is bounded. When it is full, it is emptied; when that happens
// too often for the bytes read, it says so, and the caller simulates the program instead. A
// remembered step allocates nothing.

import { grownBytes, grownInts } from "../core/bytes.ts";
import { Context, CONTEXTS, Op } from "./program.ts";
import type { Stepper } from "./stepper.ts";

/**
 * Not a state: no match can follow. States are positive; a negative number is a state that reports
 * a match.
 */
export const DEAD = -0x80000000;

/** Emptying is a bad sign if fewer bytes than this were read for each state that was removed. */
const BYTES_PER_STATE_MIN = 20;
/** After a bad sign, this many bytes of text are simulated before the cache is tried again. */
const SIMULATED_BYTES = 1 << 20;
/** Bytes of one state in addition to its transitions and instructions. */
const STATE_OVERHEAD_BYTES = 28;

/**
 * Memory that several caches share, in bytes; a cache that gets no more must manage with what it
 * has.
 */
export interface CachePool {
  freeBytes: number;
}

export class StateCache {
  /** By state + byte class: the next state, or 0 while it is unknown. Replaced when it grows. */
  transitions: Int32Array;
  readonly stepper: Stepper;
  private readonly stride: number;
  private readonly bytesMax: number;
  private readonly pool: CachePool | undefined;
  private readonly mortal: boolean;
  private readonly starts = new Int32Array(CONTEXTS);

  private capacity = 8;
  private count = 1;
  private offsets = new Int32Array(this.capacity);
  private lengths = new Int32Array(this.capacity);
  private contexts = new Uint8Array(this.capacity);
  private reportOffsets = new Int32Array(this.capacity);
  private reportLengths = new Int32Array(this.capacity);
  private arena = new Int32Array(64);
  private arenaLength = 0;
  private buckets = new Int32Array(this.capacity * 2);

  private bytesRead = 0;
  private bytesReadAtFlush = 0;
  private simulatedBytesLeft = 0;

  constructor(stepper: Stepper, bytesMax: number, pool?: CachePool) {
    this.stepper = stepper;
    this.stride = stepper.program.classCount + 1;
    this.bytesMax = bytesMax;
    this.pool = pool;
    this.mortal = stepper.onlyAtStart();
    this.transitions = new Int32Array(this.capacity * this.stride);
    if (pool !== undefined) pool.freeBytes -= this.bytesHeld();
  }

  /**
   * Whether texts should be simulated instead, because the cache does not pay off at the moment.
   */
  get simulates(): boolean {
    return this.simulatedBytesLeft > 0;
  }

  bytesHeld(): number {
    const perState = this.stride * 4 + STATE_OVERHEAD_BYTES;
    return this.capacity * perState + this.arena.length * 4;
  }

  /** To be called once a text has been read, by whatever means. */
  account(bytes: number): void {
    this.bytesRead += bytes;
    if (this.simulatedBytesLeft > 0) this.simulatedBytesLeft -= bytes + 1;
  }

  /** The state in which nothing but `context` is known: positive, or negative if it reports. */
  start(context: number): number {
    let state = this.starts[context] as number;
    if (state === 0) {
      this.makeRoom(0, 0);
      state = this.intern(context, 0, hashOf(this.arena, 0, context));
      this.starts[context] = state;
    }
    return state;
  }

  /**
   * Computes and remembers transitions[state + byteClass]; `at` is the number of bytes read of this
   * text.
   */
  compute(state: number, byteClass: number, at: number): number {
    const { stepper, stride } = this;
    const index = state / stride;
    const context = this.contexts[index] as number;
    const from = this.offsets[index] as number;
    stepper.step(this.arena, from, this.lengths[index] as number, context, byteClass);
    const { classCount, contextAfter } = stepper.program;
    const atEnd = byteClass === classCount;
    const after = atEnd ? Context.other : (contextAfter[byteClass] as number);
    if (stepper.length === 0 && this.mortal && after !== Context.begin) {
      this.transitions[state + byteClass] = DEAD;
      return DEAD;
    }
    const flushed = this.makeRoom(stepper.length, at);
    const next = this.intern(after, stepper.length, hashOf(stepper.list, stepper.length, after));
    if (!flushed) this.transitions[state + byteClass] = next;
    return next;
  }

  /** Numbers of the regexes that have matched in the reporting state -`state`, in `reported`. */
  reportsFrom(state: number): number {
    return this.reportOffsets[-state / this.stride] as number;
  }
  reportCount(state: number): number {
    return this.reportLengths[-state / this.stride] as number;
  }
  get reported(): Int32Array {
    return this.arena;
  }

  private intern(context: number, length: number, hash: number): number {
    const { stepper, buckets, stride } = this;
    const mask = buckets.length - 1;
    let bucket = hash & mask;
    for (; buckets[bucket] !== 0; bucket = (bucket + 1) & mask) {
      const index = buckets[bucket] as number;
      if (this.contexts[index] !== context || this.lengths[index] !== length) continue;
      if (!stepper.hasAll(this.arena, this.offsets[index] as number, length)) continue;
      return (this.reportLengths[index] as number) > 0 ? -index * stride : index * stride;
    }
    // Everything below reads the step's list before it is overwritten by beginning().
    const offset = this.arenaLength;
    this.reserveArena(length);
    for (let i = 0; i < length; i++) this.arena[offset + i] = stepper.list[i] as number;
    this.arenaLength += length;
    const index = this.count++;
    buckets[bucket] = index;
    this.offsets[index] = offset;
    this.lengths[index] = length;
    this.contexts[index] = context;
    const reports = this.addReports(offset, length, context);
    return reports > 0 ? -index * stride : index * stride;
  }

  /** Writes the regexes that the newest state reports after its instructions. */
  private addReports(offset: number, length: number, context: number): number {
    const index = this.count - 1;
    const { ops, args } = this.stepper.program;
    const begins = this.stepper.beginning(context);
    this.reportOffsets[index] = this.arenaLength;
    const before = this.arenaLength;
    for (let i = 0; i < length + begins.length; i++) {
      const at = (i < length ? this.arena[offset + i] : begins[i - length]) as number;
      if (ops[at] !== Op.match) continue;
      this.reserveArena(1);
      this.arena[this.arenaLength++] = args[at] as number;
    }
    this.reportLengths[index] = this.arenaLength - before;
    return this.arenaLength - before;
  }

  private reserveArena(length: number): void {
    const wanted = this.arenaLength + length;
    if (wanted <= this.arena.length) return;
    const grown = new Int32Array(Math.max(wanted, this.arena.length * 2));
    if (this.pool !== undefined) this.pool.freeBytes -= (grown.length - this.arena.length) * 4;
    grown.set(this.arena.subarray(0, this.arenaLength));
    this.arena = grown;
  }

  /** Makes sure that one more state fits; true if all states had to be removed for it. */
  private makeRoom(length: number, at: number): boolean {
    const perState = this.stride * 4 + STATE_OVERHEAD_BYTES;
    const arenaGrowth = this.arenaLength + length * 2 > this.arena.length ? this.arena.length : 0;
    const needsStates = this.count === this.capacity;
    const growth = (needsStates ? this.capacity * perState : 0) + arenaGrowth * 4;
    if (growth === 0) return false;
    const free = Math.min(this.bytesMax - this.bytesHeld(), this.pool?.freeBytes ?? growth);
    if (growth > free && this.count > 2) {
      this.flush(at);
      return true;
    }
    if (needsStates) this.growStates(perState);
    return false;
  }

  private flush(at: number): void {
    const read = this.bytesRead + at;
    if (read - this.bytesReadAtFlush < this.count * BYTES_PER_STATE_MIN) {
      this.simulatedBytesLeft = SIMULATED_BYTES;
    }
    this.bytesReadAtFlush = read;
    this.transitions.fill(0, 0, this.count * this.stride);
    this.buckets.fill(0);
    this.starts.fill(0);
    this.count = 1;
    this.arenaLength = 0;
  }

  private growStates(perState: number): void {
    if (this.pool !== undefined) this.pool.freeBytes -= this.capacity * perState;
    this.capacity *= 2;
    const { capacity } = this;
    this.transitions = grownInts(this.transitions, capacity * this.stride);
    this.offsets = grownInts(this.offsets, capacity);
    this.lengths = grownInts(this.lengths, capacity);
    this.reportOffsets = grownInts(this.reportOffsets, capacity);
    this.reportLengths = grownInts(this.reportLengths, capacity);
    this.contexts = grownBytes(this.contexts, capacity);
    this.buckets = new Int32Array(capacity * 2);
    const mask = this.buckets.length - 1;
    for (let index = 1; index < this.count; index++) {
      const run = this.arena.subarray(this.offsets[index]);
      const length = this.lengths[index] as number;
      let bucket = hashOf(run, length, this.contexts[index] as number) & mask;
      while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
      this.buckets[bucket] = index;
    }
  }
}

/** Does not depend on the order of the instructions, and neither does a state. */
function hashOf(run: Int32Array, length: number, context: number): number {
  let hash = context;
  for (let i = 0; i < length; i++) {
    let mixed = Math.imul((run[i] as number) + 1, 0x9e3779b1);
    mixed ^= mixed >>> 15;
    hash = (hash + Math.imul(mixed, 0x85ebca6b)) | 0;
  }
  hash ^= hash >>> 13;
  return hash & 0x7fffffff;
}
