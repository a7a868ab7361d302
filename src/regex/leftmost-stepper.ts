// One step of a search for the leftmost match; among matches that begin at the same position, the
// first by priority. It goes from the instructions that wait for a byte, in order of priority, and
// a byte class to those that wait for the next byte. What a match outranks is left out, and matches
// that begin later come last, until something has matched.

import { Op, setHas, type RegexProgram } from "./program.ts";
import { behind, conditions } from "./stepper.ts";

/**
 * It is not known any more where the oldest match began: it failed, and others have begun since.
 */
const LOST = -1;

export class LeftmostStepper {
  readonly program: RegexProgram;
  /** The result of the last step: instructions in order of priority, each once. */
  readonly list: Int32Array;
  length = 0;
  /** Whether a match ends before the byte of the last step, and whether it is the oldest. */
  isMatched = false;
  isOldest = false;
  /**
   * How many instructions at the front of the result belong to the oldest match that is still
   * possible; 0: no match has begun, but all may begin here; LOST: it is not known.
   */
  old = 0;
  /** Instructions processed since the start; tests prove linear time with it. */
  work = 0;
  /** Instructions that were seen before the byte, and after it. */
  private readonly here: Int32Array;
  private readonly next: Int32Array;
  private readonly hereStack: Int32Array;
  private readonly nextStack: Int32Array;
  private epoch = 0;

  constructor(program: RegexProgram) {
    const size = program.ops.length;
    this.program = program;
    this.list = new Int32Array(size);
    this.here = new Int32Array(size);
    this.next = new Int32Array(size);
    // Each instruction leads to at most two others, and is followed once.
    this.hereStack = new Int32Array(size * 2 + 1);
    this.nextStack = new Int32Array(size * 2 + 1);
  }

  /** The instructions with which a match may begin where `context` is known. */
  begin(context: number): void {
    this.clear();
    this.old = 0;
    this.add(this.program.starts[0] as number, context);
  }

  /**
   * Steps the `count` instructions at waiting[from…] over a byte of class `byteClass`
   * (`classCount`: the end of the text). The first `old` of them belong to the oldest match;
   * `context` is known before the byte. `isSearching`: a match may begin after the byte, too.
   */
  step(
    waiting: Int32Array,
    from: number,
    count: number,
    old: number,
    context: number,
    isSearching: boolean,
    byteClass: number,
  ): void {
    const { classCount, contextAfter, sampleOf, starts } = this.program;
    const byte = byteClass === classCount ? -1 : (sampleOf[byteClass] as number);
    const after = byte < 0 ? 0 : (contextAfter[byteClass] as number);
    const holding = conditions(context, byte);
    this.clear();
    this.work += 1 + count;
    // If no match has begun, all begin at the byte.
    const oldest = old === 0 ? count : old;
    this.old = 0;
    for (let i = 0; i < count && !this.isMatched; i++) {
      this.isOldest = i < oldest;
      this.follow(waiting[from + i] as number, holding, byte, after);
      if (i < oldest) this.old = this.length;
    }
    if (this.old === 0 && this.length > 0) this.old = LOST;
    if (isSearching && !this.isMatched && byte >= 0) this.add(starts[0] as number, after);
  }

  /** Whether the result is the instructions at run[from…], in the same order. */
  isResult(run: Int32Array, from: number): boolean {
    const { length, list } = this;
    for (let i = 0; i < length; i++) if (list[i] !== run[from + i]) return false;
    return true;
  }

  private clear(): void {
    this.length = 0;
    this.isMatched = false;
    this.epoch++;
    if (this.epoch < 0x7fffffff) return;
    this.here.fill(0);
    this.next.fill(0);
    this.epoch = 1;
  }

  /** Continues from a waiting instruction, when all conditions are known. */
  private follow(start: number, holding: number, byte: number, after: number): void {
    const { here, hereStack, epoch } = this;
    const { ops, outs, args, sets } = this.program;
    let depth = 0;
    hereStack[depth++] = start;
    while (depth > 0) {
      const at = hereStack[--depth] as number;
      if (here[at] === epoch) continue;
      here[at] = epoch;
      this.work++;
      const op = ops[at];
      const arg = args[at] as number;
      if (op === Op.match) {
        this.isMatched = true;
        return;
      }
      if (op === Op.bytes) {
        if (byte >= 0 && setHas(sets, arg, byte)) this.add(outs[at] as number, after);
        continue;
      }
      if (op === Op.assert && (arg & holding) !== arg) continue;
      if (op === Op.split) hereStack[depth++] = arg;
      hereStack[depth++] = outs[at] as number;
    }
  }

  /** Adds what `start` leads to after the byte, as far as what came before decides it. */
  private add(start: number, context: number): void {
    const { next, nextStack, epoch, list } = this;
    const { ops, outs, args } = this.program;
    let depth = 0;
    nextStack[depth++] = start;
    while (depth > 0) {
      const at = nextStack[--depth] as number;
      if (next[at] === epoch) continue;
      next[at] = epoch;
      this.work++;
      const op = ops[at];
      const arg = args[at] as number;
      const open = op === Op.assert ? behind(arg, context) : 0;
      if (open < 0) continue;
      if (op === Op.bytes || op === Op.match || open > 0) {
        list[this.length++] = at;
        continue;
      }
      if (op === Op.split) nextStack[depth++] = arg;
      nextStack[depth++] = outs[at] as number;
    }
  }
}
