// Remembers the steps of a program run backwards, as the state cache does for steps forwards. A
// state is a set of readers and what is known about the next byte. Memory is bounded; when it is
// used up, the cache says so, and the caller empties it or does without.

import type { CachePool } from "./dfa.ts";
import { Context } from "./program.ts";
import type { ReverseStepper } from "./reverse.ts";
import { conditions } from "./stepper.ts";

/** A byte for each kind of next byte: the end of the text, a newline, a word byte, another byte. */
const AHEAD_BYTES = [-1, 0x0a, 0x61, 0] as const;
/** What a state costs in addition to its set and its transitions: context, bucket. */
const STATE_OVERHEAD_BYTES = 12;
/** Entries that lead nowhere: odd as others are. */
const DEAD = -2;

export class ReverseCache {
  /** By state: its set of readers, `words` words each. */
  sets: Int32Array;
  /**
   * By state × stride + byte class (classCount: the start of the text): the state one position
   * earlier, doubled; plus one if a match may begin at this state's position; negative if an
   * anchored stepper has nothing left. 0: unknown.
   */
  transitions: Int32Array;
  readonly stride: number;
  readonly stepper: ReverseStepper;
  private readonly words: number;
  private readonly looksAhead: boolean;
  private readonly bytesMax: number;
  private readonly pool: CachePool | undefined;
  /** How often all states were forgotten: since then, their numbers have stood for others. */
  flushes = 0;
  private capacity = 8;
  private aheads: Uint8Array;
  private buckets: Int32Array;
  /** States so far; state 0 is none. */
  count = 1;
  private readonly emptyStates = new Int32Array(AHEAD_BYTES.length);
  private readonly result: Int32Array;

  constructor(stepper: ReverseStepper, bytesMax: number, pool?: CachePool) {
    const { program, words } = stepper;
    this.stepper = stepper;
    this.words = words;
    this.looksAhead = program.looksAhead;
    this.stride = program.classCount + 1;
    this.bytesMax = bytesMax;
    this.pool = pool;
    this.sets = new Int32Array(this.capacity * words);
    this.transitions = new Int32Array(this.capacity * this.stride);
    this.aheads = new Uint8Array(this.capacity);
    this.buckets = new Int32Array(this.capacity * 2);
    this.result = new Int32Array(words);
    if (pool !== undefined) pool.freeBytes -= this.capacity * this.stateBytes();
  }

  /** The state with the set at from[offset …]; -1 if there is no room for it. */
  stateOf(from: Int32Array, offset: number, ahead: number): number {
    const { words, aheads, buckets } = this;
    const mask = buckets.length - 1;
    let bucket = hashOf(from, offset, words, ahead) & mask;
    for (; buckets[bucket] !== 0; bucket = (bucket + 1) & mask) {
      const state = buckets[bucket] as number;
      if (aheads[state] === ahead && this.isSet(state, from, offset)) return state;
    }
    if (this.count === this.capacity) {
      if (!this.grow()) return -1;
      return this.stateOf(from, offset, ahead);
    }
    const state = this.count++;
    for (let i = 0; i < words; i++) this.sets[state * words + i] = from[offset + i] as number;
    this.aheads[state] = ahead;
    this.buckets[bucket] = state;
    return state;
  }

  /**
   * The state of the empty set; with an anchored stepper, it belongs to a position where matches
   * end.
   */
  emptyState(ahead: number): number {
    const known = this.emptyStates[ahead] as number;
    if (known > 0) return known;
    this.result.fill(0);
    const state = this.stateOf(this.result, 0, ahead);
    if (state > 0) this.emptyStates[ahead] = state;
    return state;
  }

  /** What is known about the next byte in a state. */
  aheadOf(state: number): number {
    return this.aheads[state] as number;
  }

  /** Computes and remembers a transition; 0 if there is no room for its state. */
  compute(state: number, byteClass: number): number {
    const { stepper, result, stride, words } = this;
    const ahead = this.aheads[state] as number;
    const starts = this.step(this.sets, state * words, ahead, byteClass, result, 0);
    const isStart = byteClass === stepper.program.classCount;
    const isDead = stepper.isAnchored && isZero(result);
    let entry = DEAD;
    if (!isDead) {
      const next = isStart ? state : this.stateOf(result, 0, this.aheadAfter(byteClass));
      if (next < 0) return 0;
      entry = next * 2;
    }
    if (starts) entry |= 1;
    this.transitions[state * stride + byteClass] = entry;
    return entry;
  }

  /**
   * A step that is not remembered; like ReverseStepper.step, by what is known about the next byte.
   */
  step(
    sets: Int32Array,
    from: number,
    ahead: number,
    byteClass: number,
    out: Int32Array,
    outFrom: number,
  ): boolean {
    const { classCount, contextAfter } = this.stepper.program;
    const atStart = byteClass === classCount;
    const behind = atStart ? Context.begin : (contextAfter[byteClass] as number);
    const holding = conditions(behind, AHEAD_BYTES[ahead] as number);
    return this.stepper.step(sets, from, holding, byteClass, out, outFrom);
  }

  /** What is known about the next byte before a byte of this class. */
  aheadAfter(byteClass: number): number {
    return this.looksAhead
      ? (this.stepper.program.contextAfter[byteClass] as number)
      : Context.other;
  }

  /** What is known about the next byte at the end of a text. */
  get aheadAtEnd(): number {
    return this.looksAhead ? Context.begin : Context.other;
  }

  /** Forgets all states. */
  flush(): void {
    this.flushes++;
    this.transitions.fill(0, 0, this.count * this.stride);
    this.buckets.fill(0);
    this.emptyStates.fill(0);
    this.count = 1;
  }

  private isSet(state: number, from: Int32Array, offset: number): boolean {
    const { sets, words } = this;
    for (let i = 0; i < words; i++) {
      if (sets[state * words + i] !== from[offset + i]) return false;
    }
    return true;
  }

  private stateBytes(): number {
    return (this.words + this.stride) * 4 + STATE_OVERHEAD_BYTES;
  }

  private grow(): boolean {
    const more = this.capacity * this.stateBytes();
    if (more * 2 > this.bytesMax || more > (this.pool?.freeBytes ?? more)) return false;
    if (this.pool !== undefined) this.pool.freeBytes -= more;
    this.capacity *= 2;
    this.sets = grown(this.sets, this.capacity * this.words);
    this.transitions = grown(this.transitions, this.capacity * this.stride);
    const aheads = new Uint8Array(this.capacity);
    aheads.set(this.aheads);
    this.aheads = aheads;
    this.buckets = new Int32Array(this.capacity * 2);
    const mask = this.buckets.length - 1;
    for (let state = 1; state < this.count; state++) {
      const hash = hashOf(this.sets, state * this.words, this.words, aheads[state] as number);
      let bucket = hash & mask;
      while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
      this.buckets[bucket] = state;
    }
    return true;
  }
}

function isZero(set: Int32Array): boolean {
  for (let i = 0; i < set.length; i++) if (set[i] !== 0) return false;
  return true;
}

function grown(array: Int32Array, length: number): Int32Array {
  const result = new Int32Array(length);
  result.set(array);
  return result;
}

function hashOf(set: Int32Array, offset: number, words: number, ahead: number): number {
  let hash = ahead + 1;
  for (let i = 0; i < words; i++) {
    hash = Math.imul(hash ^ (set[offset + i] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & 0x7fffffff;
}
