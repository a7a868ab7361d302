// Whether a program matches somewhere in a text: by the state cache, or by simulation while the
// cache does not pay off.

import { DEAD, StateCache, type CachePool } from "./dfa.ts";
import type { Meter } from "./meter.ts";
import { Context, Op, type RegexProgram } from "./program.ts";
import { Stepper } from "./stepper.ts";
import { sequenceLength } from "./syntax/utf8.ts";

/** U+FFFD, which each invalid byte reads as. */
export const REPLACEMENT_BYTES = [0xef, 0xbf, 0xbd] as const;

/** Bytes that are read between two checks of the meter. */
export const BYTES_PER_LOOK = 1 << 14;
/** Steps (meter.ts) of processing one instruction. */
export const STEPS_PER_INSTRUCTION = 4;

/** The context at `from` in the text that starts at `start`. */
export function contextAt(
  program: RegexProgram,
  bytes: Uint8Array,
  start: number,
  from: number,
): number {
  if (from <= start) return program.beginContext;
  const byte = bytes[from - 1] as number;
  const byteClass = program.classOf[byte] as number;
  return byte < 0x80 ? (program.contextAfter[byteClass] as number) : Context.other;
}

/** Searches for one regex. */
export class Searcher {
  readonly stepper: Stepper;
  private readonly cache: StateCache;
  private readonly program: RegexProgram;

  constructor(program: RegexProgram, cacheBytesMax: number, pool?: CachePool) {
    this.program = program;
    this.stepper = new Stepper(program);
    this.cache = new StateCache(this.stepper, cacheBytesMax, pool);
  }

  /** Whether a match begins at or after `from` in the text bytes[start, end). */
  test(bytes: Uint8Array, start: number, end: number, from: number, meter: Meter): boolean {
    const { cache, program } = this;
    if (meter.ranOut) return false;
    const context = contextAt(program, bytes, start, from);
    const result = cache.simulates ? -1 : this.run(bytes, from, end, context, meter);
    const found = result < 0 ? this.simulate(bytes, from, end, context, meter) : result === 1;
    cache.account(end - from);
    return found;
  }

  /**
   * 1: found, 0: not found or no time left, -1: the cache gave up. Budget: two table look-ups per
   * byte.
   */
  private run(bytes: Uint8Array, from: number, end: number, context: number, meter: Meter): number {
    const { cache } = this;
    const { classOf, classCount, looksAhead } = this.program;
    let state = cache.start(context);
    let { transitions } = cache;
    if (state < 0) return 1;
    let validEnd = from;
    for (let at = from; at < end;) {
      const stop = Math.min(end, at + BYTES_PER_LOOK);
      if (!meter.spend(stop - at)) return 0;
      while (at < stop) {
        const byte = bytes[at] as number;
        let next: number;
        if (byte >= 0x80 && at >= validEnd) {
          const length = sequenceLength(bytes, at, end);
          if (length === 0) {
            next = this.readReplacement(state, at - from, meter);
            transitions = cache.transitions;
            if (next < 0) return next === DEAD ? 0 : 1;
            if (cache.simulates) return -1;
            state = next;
            at++;
            continue;
          }
          validEnd = at + length;
        }
        const byteClass = classOf[byte] as number;
        at++;
        next = transitions[state + byteClass] as number;
        if (next > 0) {
          state = next;
          continue;
        }
        if (next === 0) {
          next = this.compute(state, byteClass, at - from, meter);
          transitions = cache.transitions;
        }
        if (next < 0) return next === DEAD ? 0 : 1;
        if (meter.ranOut) return 0;
        if (cache.simulates) return -1;
        state = next;
      }
    }
    if (!looksAhead) return 0;
    const last =
      transitions[state + classCount] || this.compute(state, classCount, end - from, meter);
    return last < 0 && last !== DEAD ? 1 : 0;
  }

  private compute(state: number, byteClass: number, at: number, meter: Meter): number {
    const before = this.stepper.work;
    const next = this.cache.compute(state, byteClass, at);
    meter.spend((this.stepper.work - before) * STEPS_PER_INSTRUCTION);
    return next;
  }

  private readReplacement(state: number, at: number, meter: Meter): number {
    const { classOf } = this.program;
    let current = state;
    for (const byte of REPLACEMENT_BYTES) {
      const byteClass = classOf[byte] as number;
      current =
        this.cache.transitions[current + byteClass] || this.compute(current, byteClass, at, meter);
      if (current < 0) return current;
    }
    return current;
  }

  private simulate(
    bytes: Uint8Array,
    from: number,
    end: number,
    context: number,
    meter: Meter,
  ): boolean {
    return simulate(this.stepper, bytes, from, end, context, meter, () => true);
  }
}

/**
 * Reads bytes[from, end) without remembering anything: time grows with the text times the program.
 * `report` is called with each regex that has matched, maybe more than once, and returns whether
 * that is enough; so does this function, which returns false if the meter ran out.
 */
export function simulate(
  stepper: Stepper,
  bytes: Uint8Array,
  from: number,
  end: number,
  context: number,
  meter: Meter,
  report: (regex: number) => boolean,
): boolean {
  return new Simulation(stepper, context, meter, report).run(bytes, from, end);
}

class Simulation {
  private readonly stepper: Stepper;
  private readonly waiting: Int32Array;
  private readonly meter: Meter;
  private readonly report: (regex: number) => boolean;
  private count = 0;
  private context: number;

  constructor(stepper: Stepper, context: number, meter: Meter, report: (regex: number) => boolean) {
    this.stepper = stepper;
    this.context = context;
    this.meter = meter;
    this.report = report;
    this.waiting = new Int32Array(stepper.program.ops.length);
  }

  run(bytes: Uint8Array, from: number, end: number): boolean {
    const { classOf, classCount } = this.stepper.program;
    if (this.reportIn(this.stepper.beginning(this.context))) return true;
    let { work } = this.stepper;
    for (let at = from; at < end;) {
      if (!this.meter.spend((this.stepper.work - work) * STEPS_PER_INSTRUCTION)) return false;
      ({ work } = this.stepper);
      const byte = bytes[at] as number;
      const length = byte < 0x80 ? 1 : sequenceLength(bytes, at, end);
      if (length === 0) {
        for (const one of REPLACEMENT_BYTES) if (this.step(classOf[one] as number)) return true;
        at++;
        continue;
      }
      for (const stop = at + length; at < stop; at++) {
        if (this.step(classOf[bytes[at] as number] as number)) return true;
      }
    }
    return this.step(classCount);
  }

  private step(byteClass: number): boolean {
    const { stepper, waiting } = this;
    const { classCount, contextAfter } = stepper.program;
    stepper.step(waiting, 0, this.count, this.context, byteClass);
    const atEnd = byteClass === classCount;
    this.context = atEnd ? Context.other : (contextAfter[byteClass] as number);
    waiting.set(stepper.list.subarray(0, stepper.length));
    this.count = stepper.length;
    const matched = this.reportIn(waiting.subarray(0, this.count));
    return matched || (!atEnd && this.reportIn(stepper.beginning(this.context)));
  }

  private reportIn(instructions: Int32Array): boolean {
    const { ops, args } = this.stepper.program;
    for (const at of instructions) {
      if (ops[at] === Op.match && this.report(args[at] as number)) return true;
    }
    return false;
  }
}
