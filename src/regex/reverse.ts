// A program run backwards over a text. Each step goes one position back: from the readers
// (instructions that read a byte) that lead to a match from a position on, and the byte before that
// position, it computes the readers that do so one position earlier. With these known, a walk
// forwards finds a match without ever following a branch that fails.

import { Op, setHas, type RegexProgram } from "./program.ts";

export class ReverseStepper {
  readonly program: RegexProgram;
  /**
   * Whether matches end only at one position: the one where no reader is known to lead to a match.
   */
  readonly isAnchored: boolean;
  /** By instruction: its number among the readers, or -1. */
  readonly readerOf: Int32Array;
  /** Words of 32 bits in a set of readers. */
  readonly words: number;
  /** Instructions processed since the start; tests prove linear time with it. */
  work = 0;
  /** Instructions by the number of their reader. */
  private readonly readers: Int32Array;
  /** Instructions that lead to instruction i: leads[leadStarts[i] … leadStarts[i + 1]). */
  private readonly leadStarts: Int32Array;
  private readonly leads: Int32Array;
  private readonly matches: Int32Array;
  private readonly marks: Int32Array;
  private readonly stack: Int32Array;
  private epoch = 0;

  constructor(program: RegexProgram, isAnchored = false) {
    const { ops, outs, args } = program;
    const size = ops.length;
    this.program = program;
    this.isAnchored = isAnchored;
    this.readerOf = new Int32Array(size).fill(-1);
    const readers: number[] = [];
    const matches: number[] = [];
    this.leadStarts = new Int32Array(size + 1);
    const eachLead = (visit: (to: number, from: number) => void): void => {
      for (let at = 0; at < size; at++) {
        if (ops[at] === Op.match) continue;
        visit(outs[at] as number, at);
        if (ops[at] === Op.split) visit(args[at] as number, at);
      }
    };
    const starts = this.leadStarts;
    eachLead((to) => (starts[to + 1] = (starts[to + 1] as number) + 1));
    for (let at = 0; at < size; at++) {
      starts[at + 1] = (starts[at + 1] as number) + (starts[at] as number);
      if (ops[at] === Op.match) matches.push(at);
      if (ops[at] !== Op.bytes) continue;
      this.readerOf[at] = readers.length;
      readers.push(at);
    }
    this.leads = new Int32Array(starts[size] as number);
    const fill = starts.slice();
    eachLead((to, from) => {
      const at = fill[to] as number;
      this.leads[at] = from;
      fill[to] = at + 1;
    });
    this.readers = Int32Array.from(readers);
    this.matches = Int32Array.from(matches);
    this.words = Math.max(1, (readers.length + 31) >>> 5);
    this.marks = new Int32Array(size);
    this.stack = new Int32Array(size);
  }

  /**
   * `sets[from …]` holds the readers that lead to a match from a position on, if the conditions
   * `holding` hold there; `byteClass` is the class of the byte before the position, or classCount
   * at the start of the text. Writes the readers of that byte to `out[outFrom …]`. Returns whether
   * a match may begin at the position.
   */
  step(
    sets: Int32Array,
    from: number,
    holding: number,
    byteClass: number,
    out: Int32Array,
    outFrom: number,
  ): boolean {
    const { stack, words, readers, matches } = this;
    this.nextEpoch();
    const { marks, epoch } = this;
    let depth = 0;
    let isEmpty = true;
    for (let word = 0; word < words; word++) {
      out[outFrom + word] = 0;
      if (sets[from + word] !== 0) isEmpty = false;
      for (let bits = sets[from + word] as number; bits !== 0; bits &= bits - 1) {
        const at = readers[word * 32 + 31 - Math.clz32(bits & -bits)] as number;
        marks[at] = epoch;
        stack[depth++] = at;
      }
    }
    const ends = isEmpty || !this.isAnchored ? matches.length : 0;
    for (let i = 0; i < ends; i++) {
      const at = matches[i] as number;
      marks[at] = epoch;
      stack[depth++] = at;
    }
    this.work += words;
    this.spread(depth, holding, byteClass, out, outFrom);
    return marks[this.program.starts[0] as number] === epoch;
  }

  /** Follows the instructions on the stack backwards, up to the readers of the byte before. */
  private spread(
    count: number,
    holding: number,
    byteClass: number,
    out: Int32Array,
    outFrom: number,
  ): void {
    const { stack, marks, epoch, leads, leadStarts, readerOf } = this;
    const { ops, args, sets, sampleOf, classCount } = this.program;
    const byte = byteClass === classCount ? -1 : (sampleOf[byteClass] as number);
    let depth = count;
    while (depth > 0) {
      const at = stack[--depth] as number;
      const to = leadStarts[at + 1] as number;
      this.work += 1 + to - (leadStarts[at] as number);
      for (let i = leadStarts[at] as number; i < to; i++) {
        const lead = leads[i] as number;
        const op = ops[lead] as number;
        if (op === Op.bytes) {
          if (byte < 0 || !setHas(sets, args[lead] as number, byte)) continue;
          const reader = readerOf[lead] as number;
          const word = outFrom + (reader >>> 5);
          out[word] = (out[word] as number) | (1 << (reader & 31));
          continue;
        }
        if (marks[lead] === epoch) continue;
        if (op === Op.assert && ((args[lead] as number) & ~holding) !== 0) continue;
        marks[lead] = epoch;
        stack[depth++] = lead;
      }
    }
  }

  private nextEpoch(): void {
    this.epoch++;
    if (this.epoch < 0x7fffffff) return;
    this.marks.fill(0);
    this.epoch = 1;
  }
}
