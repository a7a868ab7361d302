// Compiles a syntax tree to a program, from back to front: the code of each node is given the
// instruction that follows it.

import { writeCodePoint } from "../core/utf8.ts";
import { RegexSyntaxError, type Node, type RepeatNode } from "./syntax/ast.ts";
import { orbitOf } from "./syntax/fold.ts";
import { byteSet, Op, ProgramBuilder, type ByteSet, type RegexProgram } from "./program.ts";
import { emitClass } from "./syntax/utf8-class.ts";

const ANY_BYTE: ByteSet = byteSet(0, 255);
const singles: ByteSet[] = Array.from({ length: 256 }, (_, byte) => byteSet(byte, byte));
const encoded = new Uint8Array(4);

/** The program that says whether any of `nodes` matches; the match of nodes[i] carries i. */
export function compileSearch(nodes: readonly Node[]): RegexProgram {
  const builder = new ProgramBuilder();
  nodes.forEach((node, index) => {
    const match = builder.emit(Op.match, 0, index);
    builder.start(emitNode(builder, node, match, false));
  });
  return builder.finish();
}

/** The program that finds where `node` matches and what its groups capture. */
export function compileFind(node: Node): RegexProgram {
  const builder = new ProgramBuilder();
  const end = builder.emit(Op.save, builder.emit(Op.match, 0, 0), 1);
  builder.start(builder.emit(Op.save, emitNode(builder, node, end, true), 0));
  return builder.finish();
}

/** An upper bound on the number of instructions in the program of `node`, without captures. */
export function sizeBound(node: Node): number {
  switch (node.op) {
    case "char":
      return node.fold ? 16 : 4;
    case "class":
      return 12 + node.ranges.length * 4;
    case "capture":
      return sizeBound(node.sub);
    case "concat":
    case "alternate":
      return node.subs.reduce((sum, sub) => sum + sizeBound(sub) + 1, 0);
    case "repeat":
      return Math.max(1, node.min, node.max) * (sizeBound(node.sub) + 1);
    default:
      return 1;
  }
}

function emitNode(builder: ProgramBuilder, node: Node, out: number, saves: boolean): number {
  switch (node.op) {
    case "empty":
      return out;
    case "char":
      return emitChar(builder, node.cp, node.fold, out);
    case "class":
      if (node.ranges.length === 0) return builder.bytes(byteSet(1, 0), out);
      return emitClass(builder, node.ranges, out);
    case "any_byte":
      return builder.bytes(ANY_BYTE, out);
    case "assert":
      return builder.emit(Op.assert, out, node.at);
    case "capture": {
      if (!saves) return emitNode(builder, node.sub, out, saves);
      const end = builder.emit(Op.save, out, node.index * 2 + 1);
      return builder.emit(Op.save, emitNode(builder, node.sub, end, saves), node.index * 2);
    }
    case "concat": {
      let next = out;
      for (let i = node.subs.length - 1; i >= 0; i--) {
        const sub = node.subs[i];
        if (sub !== undefined) next = emitNode(builder, sub, next, saves);
      }
      return next;
    }
    case "alternate": {
      let entry = -1;
      for (let i = node.subs.length - 1; i >= 0; i--) {
        const sub = node.subs[i];
        if (sub === undefined) continue;
        const branch = emitNode(builder, sub, out, saves);
        entry = entry < 0 ? branch : builder.emit(Op.split, branch, entry);
      }
      return entry < 0 ? out : entry;
    }
    case "repeat":
      return emitRepeat(builder, node, out, saves);
    default:
      throw new RegexSyntaxError("unexpected node");
  }
}

function emitChar(builder: ProgramBuilder, cp: number, fold: boolean, out: number): number {
  const orbit = fold ? orbitOf(cp) : undefined;
  if (orbit !== undefined) return emitClass(builder, orbitRanges(orbit), out);
  const length = writeCodePoint(encoded, 0, cp);
  let next = out;
  for (let i = length - 1; i >= 0; i--) {
    next = builder.bytes(singles[encoded[i] as number] ?? ANY_BYTE, next);
  }
  return next;
}

/** The ranges of an orbit; always the same array, so that its automaton is built only once. */
const rangesOfOrbits = new WeakMap<readonly number[], readonly number[]>();
function orbitRanges(orbit: readonly number[]): readonly number[] {
  let ranges = rangesOfOrbits.get(orbit);
  if (ranges === undefined) {
    ranges = orbit.flatMap((cp) => [cp, cp]);
    rangesOfOrbits.set(orbit, ranges);
  }
  return ranges;
}

function emitRepeat(
  builder: ProgramBuilder,
  node: RepeatNode,
  out: number,
  saves: boolean,
): number {
  const { sub, min, max, greedy } = node;
  let next = out;
  let copies = min;
  if (max < 0) {
    // x{2,} is x x+, and x* enters the loop of x+ at its choice.
    const choice = emitChoice(builder, out, out, greedy);
    const body = emitNode(builder, sub, choice, saves);
    if (greedy) builder.patch(choice, body, out);
    else builder.patch(choice, out, body);
    next = min === 0 ? choice : body;
    copies = Math.max(0, min - 1);
  } else {
    for (let i = min; i < max; i++) {
      next = emitChoice(builder, emitNode(builder, sub, next, saves), out, greedy);
    }
  }
  for (let i = 0; i < copies; i++) next = emitNode(builder, sub, next, saves);
  return next;
}

function emitChoice(builder: ProgramBuilder, into: number, past: number, greedy: boolean): number {
  return greedy ? builder.emit(Op.split, into, past) : builder.emit(Op.split, past, into);
}
