// Finding a match by trying branches in the order of their priority, and never one instruction
// twice at one place: linear time for memory of one bit per instruction and place. For short texts
// it is several times as fast as following all threads in step; longer ones are left to those.

import { Context, isWordByte, Op, setHas, type Program } from "./program.ts";
import { conditions } from "./stepper.ts";
import { sequenceLength } from "./utf8.ts";

/**
 * Longer texts are not taken: every search clears its memory, so a text with a match at every byte
 * costs the square of this at worst.
 */
const TEXT_BYTES_MAX = 512;
/** Bits of memory; a program that would need more for the text is not taken. */
const VISITED_BITS_MAX = 128 * 1024;

export class Backtracker {
  /** Instructions looked at since the start; tests prove linear time with it. */
  work = 0;
  private readonly program: Program;
  private readonly firstBytes: Uint8Array | undefined;
  private readonly slots: Int32Array;
  private visited = new Int32Array(64);
  /** Pairs: instruction and place; or a slot (inverted) and what to restore there. */
  private readonly stack: number[] = [];

  constructor(program: Program, slotCount: number, firstBytes: Uint8Array | undefined) {
    this.program = program;
    this.slots = new Int32Array(slotCount);
    this.firstBytes = firstBytes;
  }

  /** Whether the text is short enough, and valid UTF-8: every byte is then read as it is. */
  takes(bytes: Uint8Array, from: number, end: number): boolean {
    const length = end - from;
    if (length > TEXT_BYTES_MAX) return false;
    if ((length + 1) * this.program.ops.length > VISITED_BITS_MAX) return false;
    for (let at = from; at < end; at++) {
      if ((bytes[at] as number) < 0x80) continue;
      const length = sequenceLength(bytes, at, end);
      if (length === 0) return false;
      at += length - 1;
    }
    return true;
  }

  /** As Regex.find, for a text that it takes. */
  find(bytes: Uint8Array, start: number, end: number, from: number, captures: Int32Array): boolean {
    const { firstBytes, program } = this;
    const words = ((end - from + 1) * program.ops.length + 31) >>> 5;
    if (this.visited.length < words) this.visited = new Int32Array(words * 2);
    else this.visited.fill(0, 0, words);
    for (let at = from; at <= end; at++) {
      if (firstBytes !== undefined) {
        while (at < end && firstBytes[bytes[at] as number] === 0) at++;
        if (at === end) return false;
      }
      if (!this.matchAt(bytes, start, end, from, at)) continue;
      captures.set(this.slots);
      return true;
    }
    return false;
  }

  private matchAt(
    bytes: Uint8Array,
    start: number,
    end: number,
    from: number,
    first: number,
  ): boolean {
    const { stack, slots, visited, program } = this;
    const { ops, outs, args, sets } = program;
    const size = ops.length;
    slots.fill(-1);
    stack.length = 0;
    stack.push(program.starts[0] as number, first);
    while (stack.length > 0) {
      let place = stack.pop() ?? 0;
      let at = stack.pop() ?? 0;
      if (at < 0) {
        slots[~at] = place;
        continue;
      }
      // Follows one branch; what it leaves aside is pushed.
      for (;;) {
        const bit = (place - from) * size + at;
        const mask = 1 << (bit & 31);
        if (((visited[bit >>> 5] as number) & mask) !== 0) break;
        visited[bit >>> 5] = (visited[bit >>> 5] as number) | mask;
        this.work++;
        const arg = args[at] as number;
        const op = ops[at] as number;
        if (op === Op.match) return true;
        if (op === Op.bytes) {
          if (place === end || !setHas(sets, arg, bytes[place] as number)) break;
          place++;
        } else if (op === Op.split) {
          stack.push(arg, place);
        } else if (op === Op.save) {
          stack.push(~arg, slots[arg] as number);
          slots[arg] = place;
        } else if (!this.holds(arg, bytes, start, end, place)) {
          break;
        }
        at = outs[at] as number;
      }
    }
    return false;
  }

  private holds(
    wanted: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    place: number,
  ): boolean {
    const ahead = place < end ? (bytes[place] as number) : -1;
    const before = place > start ? (bytes[place - 1] as number) : -1;
    let context: number = Context.other;
    if (before < 0) context = Context.begin;
    else if (before === 0x0a) context = Context.newline;
    else if (isWordByte(before)) context = Context.word;
    return (conditions(context, ahead) & wanted) === wanted;
  }
}
