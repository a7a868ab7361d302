// Where a regex matches and what its groups capture: all threads of a program in step with the
// text, in the order of their priority, each with its own offsets. Leftmost match, and of those the
// first by priority, in time that grows with the text times the program.

import { Context, isWordByte, Op, setHas, type Program } from "./program.ts";
import { contextAt, REPLACEMENT_BYTES } from "./search.ts";
import { conditions } from "./stepper.ts";
import { sequenceLength } from "./utf8.ts";

/** Threads by falling priority; the slots of one lie together. */
class Threads {
  readonly list: Int32Array;
  /** Grows with the threads that there are, which are far fewer than could be. */
  slots: Int32Array;
  length = 0;
  private readonly slotCount: number;
  private readonly marks: Int32Array;
  private epoch = 0;

  constructor(size: number, slotCount: number) {
    this.list = new Int32Array(size);
    this.slots = new Int32Array(8 * slotCount);
    this.slotCount = slotCount;
    this.marks = new Int32Array(size);
  }

  /** Adds a thread whose slots are at from[offset…]. */
  add(at: number, from: Int32Array, offset: number): void {
    const { slotCount } = this;
    const target = this.length * slotCount;
    this.list[this.length++] = at;
    if (target + slotCount > this.slots.length) {
      const grown = new Int32Array(this.slots.length * 2);
      grown.set(this.slots);
      this.slots = grown;
    }
    for (let k = 0; k < slotCount; k++) this.slots[target + k] = from[offset + k] as number;
  }

  clear(): void {
    this.length = 0;
    this.epoch++;
    if (this.epoch < 0x7fffffff) return;
    this.marks.fill(0);
    this.epoch = 1;
  }

  /** True the first time that `at` is seen since clear(). */
  enter(at: number): boolean {
    if (this.marks[at] === this.epoch) return false;
    this.marks[at] = this.epoch;
    return true;
  }
}

export class ThreadFinder {
  /** Instructions looked at since the start; tests prove linear time with it. */
  work = 0;
  private readonly program: Program;
  private readonly slotCount: number;
  /** Threads that have just read a byte, and these with all that they lead to. */
  private readonly arrived: Threads;
  private readonly ready: Threads;
  /** Slots of the thread that is being followed. */
  private readonly slots: Int32Array;
  private readonly result: Int32Array;
  /**
   * Instructions to follow; a negative one is a slot (inverted) to restore from the entry below it.
   */
  private readonly stack: number[] = [];
  /** Bytes that a match may begin with; undefined when it may be empty. */
  private readonly firstBytes: Uint8Array | undefined;
  private found = false;

  constructor(program: Program, slotCount: number, firstBytes: Uint8Array | undefined) {
    const size = program.ops.length;
    this.program = program;
    this.slotCount = slotCount;
    this.arrived = new Threads(size, this.slotCount);
    this.ready = new Threads(size, this.slotCount);
    this.slots = new Int32Array(this.slotCount);
    this.result = new Int32Array(this.slotCount);
    this.firstBytes = firstBytes;
  }

  /** As Regex.find. */
  find(bytes: Uint8Array, start: number, end: number, from: number, captures: Int32Array): boolean {
    const { arrived, firstBytes } = this;
    this.found = false;
    arrived.clear();
    let context = contextAt(this.program, bytes, start, from);
    let at = from;
    while (at < end) {
      const byte = bytes[at] as number;
      const length = byte < 0x80 ? 1 : sequenceLength(bytes, at, end);
      if (length === 0) {
        context = this.readReplacement(at, context);
        at++;
      } else if (length === 1 && arrived.length === 0 && firstBytes?.[byte] === 0) {
        context = contextOf(byte);
        at++;
      } else {
        for (const stop = at + length; at < stop; at++) {
          context = this.read(bytes[at] as number, at, context);
        }
      }
      if (this.found && arrived.length === 0) break;
    }
    if (!this.found || arrived.length > 0) this.read(-1, end, context);
    if (this.found) captures.set(this.result);
    return this.found;
  }

  /** An invalid byte: places inside of its replacement count as the place behind it. */
  private readReplacement(at: number, context: number): number {
    let place = at;
    let next = context;
    for (const byte of REPLACEMENT_BYTES) {
      next = this.read(byte, place, next);
      place = at + 1;
    }
    return next;
  }

  /**
   * Takes all threads from `place` over one byte; -1 is the end of the text. Returns the new
   * context.
   */
  private read(byte: number, place: number, context: number): number {
    const { arrived, ready, result, slotCount } = this;
    const { ops, args, outs, sets } = this.program;
    this.expand(place, conditions(context, byte));
    arrived.clear();
    for (let i = 0; i < ready.length; i++) {
      const at = ready.list[i] as number;
      const slots = i * slotCount;
      this.work++;
      if (ops[at] === Op.match) {
        // Threads behind this one have lower priority.
        this.found = true;
        for (let k = 0; k < slotCount; k++) result[k] = ready.slots[slots + k] as number;
        break;
      }
      if (byte < 0 || !setHas(sets, args[at] as number, byte)) continue;
      const out = outs[at] as number;
      if (arrived.enter(out)) arrived.add(out, ready.slots, slots);
    }
    return contextOf(byte);
  }

  /** Follows every arrived thread, then a new one, to the instructions that read or match. */
  private expand(place: number, holding: number): void {
    const { arrived, ready, slots, slotCount } = this;
    ready.clear();
    for (let i = 0; i < arrived.length; i++) {
      for (let k = 0; k < slotCount; k++) slots[k] = arrived.slots[i * slotCount + k] as number;
      this.follow(arrived.list[i] as number, place, holding);
    }
    if (this.found) return;
    slots.fill(-1);
    this.follow(this.program.starts[0] as number, place, holding);
  }

  private follow(start: number, place: number, holding: number): void {
    const { ready, slots, stack } = this;
    const { ops, outs, args } = this.program;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at < 0) {
        slots[~at] = stack.pop() ?? -1;
        continue;
      }
      if (!ready.enter(at)) continue;
      this.work++;
      const arg = args[at] as number;
      const out = outs[at] as number;
      switch (ops[at]) {
        case Op.split:
          stack.push(arg, out);
          break;
        case Op.assert:
          if ((arg & holding) === arg) stack.push(out);
          break;
        case Op.save:
          stack.push(slots[arg] as number, ~arg, out);
          slots[arg] = place;
          break;
        default:
          ready.add(at, slots, 0);
      }
    }
  }
}

function contextOf(byte: number): number {
  if (byte === 0x0a) return Context.newline;
  return byte >= 0 && isWordByte(byte) ? Context.word : Context.other;
}
