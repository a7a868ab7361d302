// One step of all threads of a program at once: from the instructions that wait for a byte, and a
// byte class, to the instructions that wait for the next one. The state cache remembers these
// steps; the simulation just does them. A match may begin at every position, so the threads that
// begin here are not part of a state: their outcome is computed once per byte class. That keeps a
// thousand regexes as cheap as one while nothing matches.

import { At } from "./syntax/ast.ts";
import { Context, CONTEXTS, isWordByte, Op, setHas, type RegexProgram } from "./program.ts";

const NEWLINE = 0x0a;
const NONE = new Int32Array(0);

export class Stepper {
  readonly program: RegexProgram;
  /** The result of the last step: instructions, unordered, each once. */
  readonly list: Int32Array;
  length = 0;
  /** Instructions processed since the start; tests prove linear time with it. */
  work = 0;
  private readonly marks: Int32Array;
  private epoch = 0;
  private readonly stack: Int32Array;
  /** By context: instructions that wait for a byte if a match may begin here. */
  private readonly begins: (Int32Array | undefined)[] = [];
  /** By context and class: the outcome of the threads that begin here. */
  private readonly beginSteps: (Int32Array | undefined)[] = [];

  constructor(program: RegexProgram) {
    this.program = program;
    const size = program.ops.length;
    this.list = new Int32Array(size);
    this.marks = new Int32Array(size);
    this.stack = new Int32Array(size + 1);
  }

  /** Instructions that wait for a byte, or for the next byte's kind, where a match may begin. */
  beginning(context: number): Int32Array {
    const known = this.begins[context];
    if (known !== undefined) return known;
    this.clear();
    for (const start of this.program.starts) this.add(start, context);
    const begins = this.list.slice(0, this.length);
    this.begins[context] = begins;
    return begins;
  }

  /** True if matches can begin only at the start of the text. */
  onlyAtStart(): boolean {
    for (let context = Context.newline; context < CONTEXTS; context++) {
      if (this.beginning(context).length > 0) return false;
    }
    return true;
  }

  /**
   * Steps the `count` instructions at waiting[from…], and those that begin here, over a byte of
   * class `byteClass` (`classCount` is the end of the text). Match instructions that only the byte
   * ahead decided are in the result.
   */
  step(waiting: Int32Array, from: number, count: number, context: number, byteClass: number): void {
    const begins = this.beginStep(context, byteClass);
    this.work++;
    this.clear();
    for (let i = 0; i < begins.length; i++) this.put(begins[i] as number);
    this.advance(waiting, from, count, context, byteClass);
  }

  /**
   * Whether the result of the last step contains each of the `length` instructions at run[from…].
   */
  hasAll(run: Int32Array, from: number, length: number): boolean {
    const { marks, epoch } = this;
    for (let i = from; i < from + length; i++) {
      if (marks[run[i] as number] !== epoch) return false;
    }
    return true;
  }

  private beginStep(context: number, byteClass: number): Int32Array {
    const key = context * (this.program.classCount + 1) + byteClass;
    const known = this.beginSteps[key];
    if (known !== undefined) return known;
    const begins = this.beginning(context);
    this.clear();
    this.advance(begins, 0, begins.length, context, byteClass);
    const result = this.length === 0 ? NONE : this.list.slice(0, this.length);
    this.beginSteps[key] = result;
    return result;
  }

  private advance(
    waiting: Int32Array,
    from: number,
    count: number,
    context: number,
    byteClass: number,
  ): void {
    const { ops, classCount, sampleOf, contextAfter } = this.program;
    const atEnd = byteClass === classCount;
    const byte = atEnd ? -1 : (sampleOf[byteClass] as number);
    const next = atEnd ? Context.other : (contextAfter[byteClass] as number);
    this.work += count;
    for (let i = from; i < from + count; i++) {
      const at = waiting[i] as number;
      const op = ops[at] as number;
      if (op === Op.bytes) this.read(at, byte, next);
      else if (op === Op.assert) this.look(at, context, byte, next);
    }
  }

  private read(at: number, byte: number, next: number): void {
    const { args, outs, sets } = this.program;
    if (byte >= 0 && setHas(sets, args[at] as number, byte)) this.add(outs[at] as number, next);
  }

  /** Passes an assertion that depends on the next byte, and all that follow it. */
  private look(start: number, context: number, byte: number, next: number): void {
    const { ops, outs, args } = this.program;
    const holding = conditions(context, byte);
    // This is rare enough to afford a set: only patterns with assertions come here.
    const seen = new Set<number>();
    const pending = [start];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      this.work++;
      const op = ops[at];
      if (op === Op.bytes) this.read(at, byte, next);
      else if (op === Op.match) this.put(at);
      else if (op === Op.assert) {
        const wanted = args[at] as number;
        if ((wanted & holding) === wanted) pending.push(outs[at] as number);
      } else {
        pending.push(outs[at] as number);
        if (op === Op.split) pending.push(args[at] as number);
      }
    }
  }

  private clear(): void {
    this.epoch++;
    if (this.epoch === 0x7fffffff) {
      this.marks.fill(0);
      this.epoch = 1;
    }
    this.length = 0;
  }

  private put(at: number): void {
    if (this.marks[at] === this.epoch) return;
    this.marks[at] = this.epoch;
    this.list[this.length++] = at;
  }

  /**
   * Adds what `start` leads to without reading, as far as that depends only on what came before.
   */
  private add(start: number, context: number): void {
    const { stack, marks, epoch, list } = this;
    const { ops, outs, args } = this.program;
    if (marks[start] === epoch) return;
    let depth = 0;
    stack[depth++] = start;
    marks[start] = epoch;
    while (depth > 0) {
      const at = stack[--depth] as number;
      this.work++;
      const op = ops[at];
      if (op === Op.bytes || op === Op.match) {
        list[this.length++] = at;
        continue;
      }
      if (op === Op.assert) {
        const open = behind(args[at] as number, context);
        if (open < 0) continue;
        if (open > 0) {
          list[this.length++] = at;
          continue;
        }
      }
      const out = outs[at] as number;
      if (marks[out] !== epoch) {
        marks[out] = epoch;
        stack[depth++] = out;
      }
      if (op !== Op.split) continue;
      const other = args[at] as number;
      if (marks[other] !== epoch) {
        marks[other] = epoch;
        stack[depth++] = other;
      }
    }
  }
}

/**
 * -1: what came before forbids it; 0: it holds; otherwise the conditions that the next byte
 * decides.
 */
export function behind(wanted: number, context: number): number {
  const ahead = wanted & ~(At.beginText | At.beginLine);
  if ((wanted & At.beginText) !== 0 && context !== Context.begin) return -1;
  if ((wanted & At.beginLine) !== 0 && context > Context.newline) return -1;
  return ahead;
}

/** All conditions that hold between `context` and `byte`; -1 is the end of the text. */
export function conditions(context: number, byte: number): number {
  let holding = 0;
  if (context === Context.begin) holding |= At.beginText | At.beginLine;
  if (context === Context.newline) holding |= At.beginLine;
  if (byte < 0) holding |= At.endText | At.endLine;
  if (byte === NEWLINE) holding |= At.endLine;
  const wordAhead = byte >= 0 && isWordByte(byte);
  return holding | ((context === Context.word) === wordAhead ? At.notWord : At.word);
}
