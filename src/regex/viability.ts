// For each position of a text: which readers of a program lead to a match from there on, and
// whether a match may begin there. This is computed backwards, block by block: of a long text, only
// the states at the borders of blocks are kept, and a block is computed again when it is walked
// through. So memory is bounded, and every byte is read at most twice.

import type { CachePool } from "./dfa.ts";
import type { Meter } from "./meter.ts";
import type { RegexProgram } from "./program.ts";
import { ReverseCache } from "./reverse-cache.ts";
import { ReverseStepper } from "./reverse.ts";
import { REGEX_BORDERS_BYTES_MAX } from "../core/limits.ts";

/** Positions in one block, and words of their sets if no cache remembers these. */
const BLOCK_PLACES_MAX = 1 << 14;
const BLOCK_PLACES_MIN = 1 << 8;
const BLOCK_WORDS_MAX = 1 << 18;
/** Steps (meter.ts) of processing an instruction, and of one position in addition. */
const STEPS_PER_INSTRUCTION = 4;
const STEPS_PER_PLACE = 2;
/** Marks that are kept from text to text. */
const MARKS_KEPT_MAX = 1 << 12;

const NO_BYTES = new Uint8Array(0);

export class Viability {
  readonly stepper: ReverseStepper;
  private readonly cache: ReverseCache;
  private readonly program: RegexProgram;
  readonly words: number;
  /** Positions in one block. */
  private readonly size: number;
  private bytes: Uint8Array = NO_BYTES;
  private start = 0;
  private from = 0;
  private end = 0;
  private meter: Meter;
  /** The current block, or -1; its first position, and the one after its last. */
  private block = -1;
  private low = 0;
  private high = 0;
  /**
   * By position of the block: the number of its set, doubled; plus one if a match may begin there.
   */
  private marks = new Int32Array(0);
  /**
   * As long as this stays the same, a number means the same set; -1: only for the current block.
   */
  numbering = -1;
  /**
   * Where the sets of the block are: in the cache, or in an array of sets that no cache remembers.
   */
  sets: Int32Array;
  private ownSets = new Int32Array(0);
  private ownAheads = new Uint8Array(0);
  /**
   * At the upper borders of blocks: sets, what is known about the next byte, whether matches begin.
   */
  private borders = new Int32Array(0);
  private borderAheads = new Uint8Array(0);
  private begins = new Uint8Array(0);

  constructor(program: RegexProgram, cacheBytesMax: number, meter: Meter, pool?: CachePool) {
    this.program = program;
    this.stepper = new ReverseStepper(program);
    this.cache = new ReverseCache(this.stepper, cacheBytesMax, pool);
    this.words = this.stepper.words;
    this.sets = this.cache.sets;
    this.meter = meter;
    const fitting = Math.floor(BLOCK_WORDS_MAX / this.words);
    this.size = Math.max(BLOCK_PLACES_MIN, Math.min(BLOCK_PLACES_MAX, fitting));
  }

  /**
   * Reads the text bytes[start, end) from its end down to `from`; false if time is over.
   * `textEnd`: the end of the whole text, in which no match ends after `end`.
   */
  read(
    bytes: Uint8Array,
    start: number,
    from: number,
    end: number,
    meter: Meter,
    textEnd = end,
  ): boolean {
    const { size, words } = this;
    this.bytes = bytes;
    this.start = start;
    this.from = from;
    this.end = end;
    this.meter = meter;
    this.block = -1;
    const last = Math.floor((end - from) / size);
    if ((last + 1) * words * 4 > REGEX_BORDERS_BYTES_MAX) {
      meter.giveUp();
      return false;
    }
    if (this.begins.length <= last) {
      this.borders = new Int32Array((last + 1) * words);
      this.borderAheads = new Uint8Array(last + 1);
      this.begins = new Uint8Array(last + 1);
    }
    this.borders.fill(0, last * words, (last + 1) * words);
    const ahead = end < textEnd ? this.program.classOf[bytes[end] as number] : undefined;
    this.borderAheads[last] =
      ahead === undefined ? this.cache.aheadAtEnd : this.cache.aheadAfter(ahead);
    for (let block = last; block >= 0; block--) if (!this.load(block)) return false;
    return true;
  }

  /** Releases the text, and buffers that only a large one needs. */
  release(): void {
    this.bytes = NO_BYTES;
    this.block = -1;
    this.sets = this.cache.sets;
    if (this.ownSets.length > 0) this.ownSets = new Int32Array(0);
    if (this.marks.length > MARKS_KEPT_MAX) this.marks = new Int32Array(0);
    if (this.begins.length === 1) return;
    this.borders = new Int32Array(0);
    this.begins = new Uint8Array(0);
  }

  /** The first position at or after `at` where a match may begin; -1: there is none. */
  nextBegin(at: number): number {
    const { size, from, end } = this;
    let first = at;
    if (this.block >= 0 && first >= this.low && first < this.high) {
      // Nearly always the next one is in the current block.
      const { marks, low, high } = this;
      for (; first < high; first++) {
        if (((marks[first - low] as number) & 1) !== 0) return first;
      }
    }
    for (let position = first; position <= end;) {
      const block = Math.floor((position - from) / size);
      if (this.begins[block] === 0) {
        position = from + (block + 1) * size;
        continue;
      }
      if (block !== this.block && !this.load(block)) return -1;
      const { marks, low, high } = this;
      for (; position < high; position++) {
        if (((marks[position - low] as number) & 1) !== 0) return position;
      }
    }
    return -1;
  }

  /**
   * The number of a position's set; each set takes `words` words in `sets`. Returns -1 if time is
   * over. Valid until another position is asked for.
   */
  setAt(position: number): number {
    if (this.block < 0 || position < this.low || position >= this.high) {
      if (!this.load(Math.floor((position - this.from) / this.size))) return -1;
    }
    return (this.marks[position - this.low] as number) >>> 1;
  }

  /** Computes one block from what is known at its upper border. */
  private load(block: number): boolean {
    const { size, from, end } = this;
    this.block = -1;
    this.low = from + block * size;
    this.high = Math.min(this.low + size, end + 1);
    if (this.marks.length < this.high - this.low) this.marks = new Int32Array(this.room());
    if (!this.meter.spend((this.high - this.low) * STEPS_PER_PLACE)) return false;
    let done = this.run(block);
    if (done === 0) {
      this.cache.flush();
      done = this.run(block);
      if (done === 0) done = this.runWithoutCache(block);
    }
    if (done < 0) return false;
    this.numbering = this.sets === this.cache.sets ? this.cache.flushes : -1;
    this.block = block;
    return true;
  }

  private room(): number {
    return Math.min(this.size, Math.max(256, (this.high - this.low) * 2));
  }

  /** The class of the byte before a position. */
  private classBefore(position: number): number {
    const { classOf, classCount } = this.program;
    return position === this.start
      ? classCount
      : (classOf[this.bytes[position - 1] as number] as number);
  }

  /** 1: done, 0: the cache has no room, -1: time is over. Budget: two table look-ups per byte. */
  private run(block: number): number {
    const { cache, marks, low, high, bytes, words } = this;
    const { classOf } = this.program;
    const { stride } = cache;
    let state = cache.stateOf(this.borders, block * words, this.borderAheads[block] as number);
    if (state < 0) return 0;
    let { transitions } = cache;
    let begins = 0;
    // Before the first position there may be nothing to read.
    const lowest = this.classBefore(low);
    for (let at = high - 1 - low; at >= 0; at--) {
      const byteClass = at > 0 ? (classOf[bytes[low + at - 1] as number] as number) : lowest;
      let entry = transitions[state * stride + byteClass] as number;
      if (entry === 0) {
        entry = this.compute(state, byteClass);
        if (entry < 0) return this.meter.ranOut ? -1 : 0;
        ({ transitions } = cache);
      }
      begins |= entry;
      marks[at] = (state << 1) | (entry & 1);
      state = entry >>> 1;
    }
    begins &= 1;
    this.sets = cache.sets;
    this.close(block, begins, cache.sets, state, cache.aheadOf(state));
    return 1;
  }

  private compute(state: number, byteClass: number): number {
    const before = this.stepper.work;
    const entry = this.cache.compute(state, byteClass);
    const spent = (this.stepper.work - before) * STEPS_PER_INSTRUCTION;
    return this.meter.spend(spent) && entry !== 0 ? entry : -1;
  }

  /** Like `run`, but computes every set separately. */
  private runWithoutCache(block: number): number {
    const { cache, marks, low, high, words, stepper } = this;
    const positions = high - low;
    if (this.ownSets.length < (positions + 1) * words) {
      this.ownSets = new Int32Array((positions + 1) * words);
    }
    if (this.ownAheads.length < positions + 1) this.ownAheads = new Uint8Array(positions + 1);
    const { ownSets, ownAheads } = this;
    const border = this.borders.subarray(block * words, (block + 1) * words);
    ownSets.set(border, positions * words);
    ownAheads[positions] = this.borderAheads[block] as number;
    // Set `i` + 1 belongs to position `i`, set 0 to the position below the block.
    let begins = 0;
    for (let i = positions - 1; i >= 0; i--) {
      const byteClass = this.classBefore(low + i);
      const before = stepper.work;
      const ahead = ownAheads[i + 1] as number;
      const starts = cache.step(ownSets, (i + 1) * words, ahead, byteClass, ownSets, i * words);
      ownAheads[i] = cache.aheadAfter(byteClass);
      begins |= starts ? 1 : 0;
      marks[i] = (i + 1) * 2 + (starts ? 1 : 0);
      if (!this.meter.spend((stepper.work - before) * STEPS_PER_INSTRUCTION)) return -1;
    }
    this.sets = ownSets;
    this.close(block, begins, ownSets, 0, ownAheads[0] as number);
    return 1;
  }

  /** Notes what is known at the lower border of a block, which is the upper one of the next. */
  private close(block: number, begins: number, sets: Int32Array, set: number, ahead: number): void {
    const { words } = this;
    this.begins[block] = begins;
    if (block === 0) return;
    const to = (block - 1) * words;
    for (let i = 0; i < words; i++) this.borders[to + i] = sets[set * words + i] as number;
    this.borderAheads[block - 1] = ahead;
  }
}
