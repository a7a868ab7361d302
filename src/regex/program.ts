// Byte-level programs: instructions of a nondeterministic automaton that reads valid UTF-8, and the
// builder with which the compiler writes them.

import { At, RegexSyntaxError } from "./syntax/ast.ts";
import { REGEX_INSTRUCTIONS_MAX } from "../core/limits.ts";

/** Instruction kinds. `arg` is: */
export const Op = {
  /** the index of the byte set that the next byte must be in */
  bytes: 0,
  /** the instruction to try after `out`: it has lower priority */
  split: 1,
  /** conditions, as At bits, that must all hold here */
  assert: 2,
  /** the slot that takes the current offset */
  save: 3,
  /** which of several regexes has matched */
  match: 4,
} as const;

/** What came before a position of the text, as far as assertions can tell. */
export const Context = { begin: 0, newline: 1, word: 2, other: 3 } as const;
export const CONTEXTS = 4;

export interface RegexProgram {
  readonly ops: Uint8Array;
  readonly outs: Int32Array;
  readonly args: Int32Array;
  /** Where each regex starts. */
  readonly starts: Int32Array;
  /** Byte sets, eight words of 32 bits each. */
  readonly sets: Int32Array;
  /**
   * Bytes that no set distinguishes share a class; the class `classCount` is the end of the text.
   */
  readonly classOf: Uint8Array;
  readonly classCount: number;
  /** One byte of each class. */
  readonly sampleOf: Uint8Array;
  /** Context after each class. */
  readonly contextAfter: Uint8Array;
  /** Whether any assertion looks at the next byte. */
  readonly looksAhead: boolean;
  /** The context at the start of a text: `begin` if an assertion asks for it. */
  readonly beginContext: number;
}

const NEWLINE = 0x0a;

export function isWordByte(byte: number): boolean {
  if (byte >= 0x61) return byte <= 0x7a;
  return byte >= 0x41 ? byte <= 0x5a || byte === 0x5f : byte >= 0x30 && byte <= 0x39;
}

export function setHas(sets: Int32Array, set: number, byte: number): boolean {
  return (((sets[set * 8 + (byte >>> 5)] as number) >>> (byte & 31)) & 1) === 1;
}

/** A set of bytes while a program is built. */
export type ByteSet = readonly number[];

export function byteSet(lo: number, hi: number): number[] {
  const words = [0, 0, 0, 0, 0, 0, 0, 0];
  addBytes(words, lo, hi);
  return words;
}

export function addBytes(words: number[], lo: number, hi: number): void {
  for (let byte = lo; byte <= hi; byte++) {
    words[byte >>> 5] = (words[byte >>> 5] as number) | (1 << (byte & 31));
  }
}

/**
 * Collects instructions from the end of a program to its start, because each names its successor.
 */
export class ProgramBuilder {
  private ops = new Uint8Array(64);
  private outs = new Int32Array(64);
  private args = new Int32Array(64);
  private length = 0;
  private readonly setIndexes = new Map<string, number>();
  /** The same by identity, which is much faster: most sets are shared constants. */
  private readonly knownSets = new Map<ByteSet, number>();
  private readonly setWords: number[] = [];
  private readonly starts: number[] = [];
  private conditions = 0;

  emit(op: number, out: number, arg: number): number {
    const at = this.length;
    if (at >= REGEX_INSTRUCTIONS_MAX) throw new RegexSyntaxError("pattern too large");
    if (at === this.ops.length) this.grow(at * 2);
    this.ops[at] = op;
    this.outs[at] = out;
    this.args[at] = arg;
    this.length = at + 1;
    if (op === Op.assert) this.conditions |= arg;
    return at;
  }

  /** A loop's split is written before its body; this closes the loop. */
  patch(at: number, out: number, arg: number): void {
    this.outs[at] = out;
    this.args[at] = arg;
  }

  bytes(set: ByteSet, out: number): number {
    let index = this.knownSets.get(set);
    if (index === undefined) {
      const key = set.join();
      index = this.setIndexes.get(key);
      if (index === undefined) {
        index = this.setIndexes.size;
        this.setIndexes.set(key, index);
        for (const word of set) this.setWords.push(word);
      }
      this.knownSets.set(set, index);
    }
    return this.emit(Op.bytes, out, index);
  }

  start(at: number): void {
    this.starts.push(at);
  }

  finish(): RegexProgram {
    const { conditions, setWords } = this;
    const byWord = (conditions & (At.word | At.notWord)) !== 0;
    const byLine = (conditions & (At.beginLine | At.endLine)) !== 0;
    const classes = byteClasses(setWords, byWord, byLine);
    const contextAfter = new Uint8Array(classes.sampleOf.length).fill(Context.other);
    classes.sampleOf.forEach((byte, index) => {
      if (byLine && byte === NEWLINE) contextAfter[index] = Context.newline;
      else if (byWord && isWordByte(byte)) contextAfter[index] = Context.word;
    });
    return {
      ops: this.ops.slice(0, this.length),
      outs: this.outs.slice(0, this.length),
      args: this.args.slice(0, this.length),
      starts: Int32Array.from(this.starts),
      sets: Int32Array.from(setWords),
      classOf: classes.classOf,
      classCount: classes.sampleOf.length,
      sampleOf: classes.sampleOf,
      contextAfter,
      looksAhead: byWord || (conditions & (At.endLine | At.endText)) !== 0,
      beginContext:
        (conditions & (At.beginLine | At.beginText)) === 0 ? Context.other : Context.begin,
    };
  }

  private grow(length: number): void {
    const { ops, outs, args } = this;
    this.ops = new Uint8Array(length);
    this.outs = new Int32Array(length);
    this.args = new Int32Array(length);
    this.ops.set(ops);
    this.outs.set(outs);
    this.args.set(args);
  }
}

/** Numbers the classes of bytes by splitting them with one set after the other. */
function byteClasses(
  setWords: readonly number[],
  byWord: boolean,
  byLine: boolean,
): { classOf: Uint8Array; sampleOf: Uint8Array } {
  const words = setWords.slice();
  if (byLine) words.push(...byteSet(NEWLINE, NEWLINE));
  if (byWord) {
    const set = byteSet(0x30, 0x39);
    addBytes(set, 0x41, 0x5a);
    addBytes(set, 0x5f, 0x5f);
    addBytes(set, 0x61, 0x7a);
    words.push(...set);
  }
  const classOf = new Uint8Array(256);
  let count = 1;
  // Class of the members of the current set, by the class that they had before; -1: not split yet.
  const inside = new Int16Array(257);
  const outsideSeen = new Uint8Array(257);
  for (let at = 0; at < words.length && count < 256; at += 8) {
    inside.fill(-1, 0, count);
    outsideSeen.fill(0, 0, count);
    const before = count;
    const isIn = (byte: number): boolean =>
      (((words[at + (byte >>> 5)] as number) >>> (byte & 31)) & 1) === 1;
    for (let byte = 0; byte < 256; byte++) {
      if (!isIn(byte)) outsideSeen[classOf[byte] as number] = 1;
    }
    for (let byte = 0; byte < 256; byte++) {
      const old = classOf[byte] as number;
      if (old >= before || !isIn(byte) || outsideSeen[old] === 0) continue;
      if (inside[old] === -1) inside[old] = count++;
      classOf[byte] = inside[old] as number;
    }
  }
  const sampleOf = new Uint8Array(count);
  for (let byte = 255; byte >= 0; byte--) sampleOf[classOf[byte] as number] = byte;
  return { classOf, sampleOf };
}
