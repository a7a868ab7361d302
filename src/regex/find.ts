// Where a regex matches and what its groups capture: one match after the other, leftmost first, as
// RE2's GlobalReplace takes them. The text is first read backwards (viability.ts), which shows
// where matches begin; each match is then walked along the first branch that leads to its end. So
// nothing after a match is read to find it, and the time for all matches together grows with the
// length of the text times the size of the program.

import type { CachePool } from "./dfa.ts";
import type { Meter } from "./meter.ts";
import type { MatchWalk } from "./port.ts";
import { Context, isWordByte, Op, type RegexProgram } from "./program.ts";
import { conditions } from "./stepper.ts";
import { ReadableText } from "./readable-text.ts";
import { Viability } from "./viability.ts";

const STEPS_PER_INSTRUCTION = 4;
/** How many choices are remembered: a power of two. */
const CHOICES_KEPT = 256;
/** Instructions of one match that are processed between two checks of the meter. */
const WORK_PER_LOOK = 4096;

export class Finder implements MatchWalk {
  /** Instructions processed on the way forwards; tests prove linear time with it. */
  work = 0;
  private readonly program: RegexProgram;
  private readonly viability: Viability;
  private readonly text = new ReadableText();
  private readonly slots: Int32Array;
  private readonly marks: Int32Array;
  private epoch = 0;
  /** Pairs: an instruction to try next; or a value to restore, and its slot (inverted). */
  private readonly stack: number[] = [];
  /** Choices that only continue elsewhere: at which instruction, in which set, and where to. */
  private readonly chosenFrom = new Int32Array(CHOICES_KEPT).fill(-1);
  private readonly chosenSets = new Int32Array(CHOICES_KEPT);
  private readonly chosenTo = new Int32Array(CHOICES_KEPT);
  private numbering = -1;
  /** Whether the current choice only continues elsewhere, whatever its position. */
  private isPlain = false;
  private meter: Meter;
  private position = 0;
  private lastEnd = -1;

  constructor(
    program: RegexProgram,
    groupCount: number,
    cacheBytesMax: number,
    meter: Meter,
    pool?: CachePool,
  ) {
    this.program = program;
    this.viability = new Viability(program, cacheBytesMax, meter, pool);
    this.slots = new Int32Array((groupCount + 1) * 2);
    this.marks = new Int32Array(program.ops.length);
    this.meter = meter;
  }

  /** Instructions processed so far, in both directions. */
  get workInAll(): number {
    return this.work + this.viability.stepper.work;
  }

  /** Starts with the matches of the text bytes[start, end) that begin at or after `from`. */
  begin(bytes: Uint8Array, start: number, end: number, from: number, meter: Meter): this {
    const { text } = this;
    this.meter = meter;
    this.lastEnd = -1;
    if (!meter.spend(end - start)) return this.stop();
    if (!text.set(bytes, start, end)) {
      meter.giveUp();
      return this.stop();
    }
    this.position = text.positionOf(from);
    const isRead = this.viability.read(text.bytes, text.start, this.position, text.end, meter);
    return isRead ? this : this.stop();
  }

  /**
   * Fills in what the groups capture in the match bytes[from, to) of the text bytes[start, end),
   * which is valid UTF-8; false if time is over.
   */
  capture(
    bytes: Uint8Array,
    start: number,
    end: number,
    from: number,
    to: number,
    captures: Int32Array,
    meter: Meter,
  ): boolean {
    const { text, viability } = this;
    this.meter = meter;
    text.setValid(bytes, start, end);
    if (!viability.read(bytes, start, from, to, meter, end) || !this.walk(from)) return false;
    captures[0] = from;
    captures[1] = to;
    this.reportGroups(captures);
    return true;
  }

  next(captures: Int32Array): boolean {
    const { slots, text, viability } = this;
    while (this.position <= text.end) {
      const begin = viability.nextBegin(this.position);
      if (begin < 0 || !this.walk(begin)) break;
      const from = slots[0] as number;
      const to = slots[1] as number;
      const first = text.characterAt(from);
      const end = text.characterAfter(to);
      const isEmpty = from === to;
      // An empty match inside a character is skipped, and so is one right after another match.
      const isBetween = first === end;
      this.position = isEmpty && isBetween ? text.characterAfter(end + 1) : end;
      if (isEmpty && (!isBetween || end === this.lastEnd)) continue;
      this.lastEnd = end;
      captures[0] = text.offsetOf(first);
      captures[1] = text.offsetOf(isEmpty ? first : end);
      if (captures.length > 2) this.reportGroups(captures);
      return true;
    }
    this.stop();
    return false;
  }

  stop(): this {
    this.text.clear();
    this.position = 1;
    this.viability.release();
    return this;
  }

  /** Translates to offsets of whole characters in the original text. */
  private reportGroups(captures: Int32Array): void {
    const { slots, text } = this;
    for (let i = 2; i < slots.length; i += 2) {
      const start = slots[i] as number;
      const end = slots[i + 1] as number;
      const isSet = start >= 0 && end >= 0;
      const first = isSet ? text.characterAt(start) : -1;
      captures[i] = isSet ? text.offsetOf(first) : -1;
      const last = start === end ? first : text.characterAfter(end);
      captures[i + 1] = isSet ? text.offsetOf(last) : -1;
    }
  }

  /** Walks through the match that begins at a position; false if time is over. */
  private walk(begin: number): boolean {
    const { program, slots, viability } = this;
    const { ops, outs } = program;
    const { words } = viability;
    for (let i = 0; i < slots.length; i++) slots[i] = -1;
    let before = this.work;
    let at = program.starts[0] as number;
    for (let position = begin; ; position++) {
      if (ops[at] !== Op.bytes) {
        const set = viability.setAt(position) * words;
        if (set < 0) return false;
        at = this.follow(at, position, set);
        if (ops[at] === Op.match) return this.spend(before);
        if (this.work - before > WORK_PER_LOOK) {
          if (!this.spend(before)) return false;
          before = this.work;
        }
      }
      this.work++;
      at = outs[at] as number;
    }
  }

  private spend(workBefore: number): boolean {
    return this.meter.spend((this.work - workBefore) * STEPS_PER_INSTRUCTION);
  }

  /**
   * The first reader, by priority, that leads to a match; or the match itself. `start` leads to
   * one.
   */
  private follow(start: number, position: number, set: number): number {
    const { slots } = this;
    const { sets, stepper } = this.viability;
    const { readerOf } = stepper;
    const { ops, outs, args } = this.program;
    for (let at = start; ;) {
      this.work++;
      const op = ops[at];
      if (op === Op.bytes || op === Op.match) return at;
      const out = outs[at] as number;
      if (op === Op.save) slots[args[at] as number] = position;
      if (op !== Op.split) {
        // There is no other way on, so whatever the instruction asks for holds.
        at = out;
        continue;
      }
      const reader = readerOf[out] as number;
      if (reader < 0) return this.chosen(at, position, set);
      const word = sets[set + (reader >>> 5)] as number;
      if (((word >>> (reader & 31)) & 1) !== 0) return out;
      at = args[at] as number;
    }
  }

  /** Like `choose`, but remembered if the choice depends only on its instruction and its set. */
  private chosen(start: number, position: number, set: number): number {
    const { chosenFrom, chosenSets } = this;
    const { numbering } = this.viability;
    if (numbering !== this.numbering) {
      chosenFrom.fill(-1);
      this.numbering = numbering;
    }
    const slot = (Math.imul(start, 31) + set) & (CHOICES_KEPT - 1);
    if (chosenFrom[slot] === start && chosenSets[slot] === set)
      return this.chosenTo[slot] as number;
    this.isPlain = numbering >= 0;
    const to = this.choose(start, position, set);
    if (this.isPlain) {
      chosenFrom[slot] = start;
      chosenSets[slot] = set;
      this.chosenTo[slot] = to;
    }
    return to;
  }

  /** Like `follow`, for branches that have to be tried. */
  private choose(start: number, position: number, set: number): number {
    const { stack, slots, marks } = this;
    const { sets, stepper } = this.viability;
    const { readerOf } = stepper;
    const { ops, outs, args } = this.program;
    const epoch = this.nextEpoch();
    stack.length = 0;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at < 0) {
        slots[~at] = stack.pop() as number;
        continue;
      }
      if (marks[at] === epoch) continue;
      marks[at] = epoch;
      this.work++;
      switch (ops[at]) {
        case Op.match:
          return at;
        case Op.bytes: {
          const reader = readerOf[at] as number;
          const word = sets[set + (reader >>> 5)] as number;
          if (((word >>> (reader & 31)) & 1) !== 0) return at;
          break;
        }
        case Op.split:
          stack.push(args[at] as number, outs[at] as number);
          break;
        case Op.save: {
          const slot = args[at] as number;
          this.isPlain = false;
          stack.push(slots[slot] as number, ~slot, outs[at] as number);
          slots[slot] = position;
          break;
        }
        default:
          this.isPlain = false;
          if (this.holds(args[at] as number, position)) stack.push(outs[at] as number);
      }
    }
    return start;
  }

  private holds(wanted: number, position: number): boolean {
    const { bytes, start, end } = this.text;
    const ahead = position < end ? (bytes[position] as number) : -1;
    const before = position > start ? (bytes[position - 1] as number) : -1;
    let context: number = Context.other;
    if (before < 0) context = Context.begin;
    else if (before === 0x0a) context = Context.newline;
    else if (isWordByte(before)) context = Context.word;
    return (conditions(context, ahead) & wanted) === wanted;
  }

  private nextEpoch(): number {
    this.epoch++;
    if (this.epoch === 0x7fffffff) {
      this.marks.fill(0);
      this.epoch = 1;
    }
    return this.epoch;
  }
}
