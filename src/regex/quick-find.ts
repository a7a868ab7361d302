// Finds the matches of most regexes, but not what their groups capture: a text is read forwards to
// the end of the leftmost match, then backwards to its beginning, unless only one beginning is
// possible. Bytes read beyond the end of a match are read again for the next one. When that costs
// too much, when states do not fit, or at an invalid byte, the caller must continue with find.ts,
// so that all matches together take time linear in the text.

import type { CachePool } from "./dfa.ts";
import { FRESH, LeftmostCache, MATCHED, OLDEST, STATE_SHIFT } from "./leftmost-cache.ts";
import { LeftmostStepper } from "./leftmost-stepper.ts";
import type { Meter } from "./meter.ts";
import { Context, Op, type RegexProgram } from "./program.ts";
import { ReverseCache } from "./reverse-cache.ts";
import { ReverseStepper } from "./reverse.ts";
import { BYTES_PER_LOOK, contextAt, STEPS_PER_INSTRUCTION } from "./search.ts";
import { sequenceLength } from "./syntax/utf8.ts";

/** How many bytes may be read again: per byte of the text, and in addition. */
const AGAIN_PER_BYTE_MAX = 2;
const AGAIN_BYTES_MAX = 64;
/** Emptying the states is a bad sign if fewer bytes than this were read for each. */
const BYTES_PER_STATE_MIN = 20;
/** After a bad sign, this many bytes of text are left to find.ts. */
const LEFT_BYTES = 1 << 20;
/** Steps (meter.ts) of one match in addition to its bytes, and of what is done with it. */
const STEPS_PER_MATCH = 32;
const NO_BYTES = new Uint8Array(0);
const NOT_FOUND = -1;
const NOT_ABLE = -2;

/** The outcome of looking for the next match. */
export const Quick = { none: 0, found: 1, unable: 2 } as const;
export type QuickIndex = (typeof Quick)[keyof typeof Quick];

/** Whether matches take at least one character, so that none of them is empty. */
export function neverEmpty({ ops, outs, args, starts }: RegexProgram): boolean {
  const seen = new Uint8Array(ops.length);
  const pending = [starts[0] as number];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (ops[at] === Op.match) return false;
    if (ops[at] === Op.bytes || seen[at] === 1) continue;
    seen[at] = 1;
    pending.push(outs[at] as number);
    if (ops[at] === Op.split) pending.push(args[at] as number);
  }
  return true;
}

/** For programs in which no match is empty, and none ends inside a character. */
export class QuickFinder {
  /** The match that was found last. */
  matchStart = 0;
  matchEnd = 0;
  /** Where to search for the next match. */
  position = 0;
  private readonly program: RegexProgram;
  private readonly ahead: LeftmostCache;
  private readonly back: ReverseCache;
  /** By byte: 1 if it leads from the state without any match to the same state again. */
  private readonly idle = new Uint8Array(256);
  private idleState = 0;
  private bytes: Uint8Array = NO_BYTES;
  private start = 0;
  private end = 0;
  private againLeft = 0;
  private bytesRead = 0;
  private bytesLeftToOthers = 0;

  constructor(program: RegexProgram, cacheBytesMax: number, pool?: CachePool) {
    this.program = program;
    this.ahead = new LeftmostCache(new LeftmostStepper(program), cacheBytesMax, pool);
    this.back = new ReverseCache(new ReverseStepper(program, true), cacheBytesMax, pool);
  }

  /** Instructions processed so far. */
  get work(): number {
    return this.ahead.stepper.work + this.back.stepper.work;
  }

  /** Starts with the text bytes[start, end) at `from`; false if find.ts has to read it. */
  begin(bytes: Uint8Array, start: number, end: number, from: number): boolean {
    const size = end - from;
    if (this.bytesLeftToOthers > 0) {
      this.bytesLeftToOthers -= size + 1;
      return false;
    }
    this.bytesRead += size;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.position = from;
    this.againLeft = size * AGAIN_PER_BYTE_MAX + AGAIN_BYTES_MAX;
    return true;
  }

  /** Releases the text. */
  stop(): void {
    this.bytes = NO_BYTES;
    this.position = this.end = this.start = 0;
  }

  /** Searches for the next match; if it is unable to, find.ts has to continue from `position`. */
  next(meter: Meter): QuickIndex {
    if (this.againLeft < 0) return Quick.unable;
    const stop = this.stopOf(meter);
    if (stop === NOT_FOUND) return Quick.none;
    if (stop < 0) return Quick.unable;
    if (this.matchStart < 0) {
      this.matchStart = this.beginOf(stop);
      if (this.matchStart < 0) return Quick.unable;
      if (!meter.spend(stop - this.matchStart)) return Quick.none;
    }
    this.matchEnd = this.position = stop;
    return Quick.found;
  }

  /**
   * Where the leftmost match ends; `matchStart` is where it begins, or -1. Budget: two table
   * look-ups per byte, or one where no match has begun.
   */
  private stopOf(meter: Meter): number {
    const { ahead, bytes, end, idle, position } = this;
    const { classCount, classOf } = this.program;
    let state = ahead.start(contextAt(this.program, bytes, this.start, position));
    if (state === 0) return this.flush();
    if (this.idleState === 0) this.idleState = ahead.start(Context.other);
    const { idleState } = this;
    let { transitions } = ahead;
    let oldestAt = position;
    let matchStart = NOT_FOUND;
    let matchEnd = NOT_FOUND;
    let validEnd = position;
    for (let at = position; at < end;) {
      const from = at;
      const stop = Math.min(end, at + BYTES_PER_LOOK);
      while (at < stop) {
        if (state === idleState) {
          while (at < stop && idle[bytes[at] as number] === 1) at++;
          if (at === stop) break;
          oldestAt = at;
        }
        const byte = bytes[at] as number;
        if (byte >= 0x80 && at >= validEnd) {
          const length = sequenceLength(bytes, at, end);
          if (length === 0) return NOT_ABLE;
          validEnd = at + length;
        }
        const byteClass = classOf[byte] as number;
        let entry = transitions[state + byteClass] as number;
        if (entry === 0) {
          entry = this.compute(state, byteClass, meter);
          if (entry === 0) return this.flush();
          ({ transitions } = ahead);
        }
        if ((entry & MATCHED) !== 0) {
          matchEnd = at;
          matchStart = (entry & OLDEST) !== 0 ? oldestAt : NOT_FOUND;
        }
        if (entry < 0) {
          this.againLeft -= at - matchEnd;
          this.matchStart = matchStart;
          return meter.spend(at - from + STEPS_PER_MATCH) ? matchEnd : NOT_FOUND;
        }
        at++;
        if ((entry & FRESH) !== 0) oldestAt = at;
        state = entry >> STATE_SHIFT;
      }
      if (!meter.spend(at - from)) return NOT_FOUND;
    }
    const last =
      (transitions[state + classCount] as number) || this.compute(state, classCount, meter);
    if (last === 0) return this.flush();
    if ((last & MATCHED) !== 0) {
      matchEnd = end;
      matchStart = (last & OLDEST) !== 0 ? oldestAt : NOT_FOUND;
    }
    if (matchEnd < 0) return NOT_FOUND;
    this.againLeft -= end - matchEnd;
    this.matchStart = matchStart;
    return meter.spend(STEPS_PER_MATCH) ? matchEnd : NOT_FOUND;
  }

  private compute(state: number, byteClass: number, meter: Meter): number {
    const { ahead, idle, idleState } = this;
    const before = ahead.stepper.work;
    const entry = ahead.compute(state, byteClass);
    meter.spend((ahead.stepper.work - before) * STEPS_PER_INSTRUCTION);
    if (state === idleState && entry === ((idleState << STATE_SHIFT) | FRESH)) {
      const { classOf } = this.program;
      for (let byte = 0; byte < 0x80; byte++) if (classOf[byte] === byteClass) idle[byte] = 1;
    }
    return entry;
  }

  /** Where the match begins that ends at `stop`: as early as a match that ends there can begin. */
  private beginOf(stop: number): number {
    const { back, bytes, position, start } = this;
    const { classOf, classCount } = this.program;
    const { stride } = back;
    let { transitions } = back;
    let begin = -1;
    const ahead =
      stop === this.end
        ? back.aheadAtEnd
        : back.aheadAfter(classOf[bytes[stop] as number] as number);
    let state = back.emptyState(ahead);
    for (let at = stop; state > 0; at--) {
      const byteClass = at > start ? (classOf[bytes[at - 1] as number] as number) : classCount;
      let entry = transitions[state * stride + byteClass] as number;
      if (entry === 0) {
        entry = back.compute(state, byteClass);
        if (entry === 0) break;
        ({ transitions } = back);
      }
      if ((entry & 1) !== 0) begin = at;
      if (entry < 0 || at === position) return begin;
      state = entry >> 1;
    }
    return this.flush();
  }

  /** Forgets all states, and notes whether they paid off. */
  private flush(): number {
    const { ahead, back } = this;
    if (this.bytesRead < (ahead.count + back.count) * BYTES_PER_STATE_MIN) {
      this.bytesLeftToOthers = LEFT_BYTES;
    }
    this.bytesRead = 0;
    ahead.flush();
    back.flush();
    this.idle.fill(0);
    this.idleState = 0;
    return NOT_ABLE;
  }
}
