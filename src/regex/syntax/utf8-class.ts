// A class of code points as a small automaton over the bytes of their UTF-8 forms. Equal tails are
// shared, so that `\pL` takes a few hundred instructions. It only ever reads valid UTF-8: its
// behaviour on invalid bytes does not matter, and is chosen so that the automaton stays small.

import type { Ranges } from "./ast.ts";
import { addBytes, Op, type ByteSet, type ProgramBuilder } from "../program.ts";

/** Bytes that lead to the same node; -1 is the end of the class. */
interface Edge {
  readonly set: ByteSet;
  readonly to: number;
}
/** A node comes after the nodes to which its edges lead; the last one is the start. */
type Node = readonly Edge[];

const templates = new WeakMap<Ranges, readonly Node[]>();

/**
 * Writes instructions that read one code point of `ranges` and continue at `out`; returns their
 * start.
 */
export function emitClass(builder: ProgramBuilder, ranges: Ranges, out: number): number {
  let nodes = templates.get(ranges);
  if (nodes === undefined) {
    nodes = new Template().build(ranges);
    templates.set(ranges, nodes);
  }
  const entries: number[] = [];
  let entry = -1;
  for (const node of nodes) {
    entry = -1;
    for (let i = node.length - 1; i >= 0; i--) {
      const edge = node[i];
      if (edge === undefined) continue;
      const to = edge.to < 0 ? out : (entries[edge.to] as number);
      const step = builder.bytes(edge.set, to);
      entry = entry < 0 ? step : builder.emit(Op.split, step, entry);
    }
    entries.push(entry);
  }
  return entry;
}

class Template {
  private readonly nodes: Node[] = [];
  private readonly known = new Map<string, number>();

  build(ranges: Ranges): readonly Node[] {
    const ascii: number[] = [];
    const tails: number[][] = [[], [], []];
    let previousHigh = -2;
    for (let i = 0; i < ranges.length; i += 2) {
      let lo = ranges[i] as number;
      const hi = ranges[i + 1] as number;
      // Surrogates have no valid form, so a class that reaches them on both sides may include them.
      if (previousHigh === 0xd7ff && lo === 0xe000) lo = 0xd800;
      previousHigh = hi;
      clip(ascii, lo, hi, 0, 0x7f, 0, 0x7f);
      clip(tails[0], lo, hi, 0x80, 0x7ff, 0x80, 0x7ff);
      clip(tails[1], lo, hi, 0x800, 0xffff, 0, 0xffff);
      clip(tails[2], lo, hi, 0x10000, 0x10ffff, 0, 0x13ffff);
    }
    const bySet = new Map<number, number[]>();
    for (let i = 0; i < ascii.length; i += 2) {
      addEdge(bySet, -1, ascii[i] as number, ascii[i + 1] as number);
    }
    this.split(bySet, tails[0] ?? [], 6, 0xc0);
    this.split(bySet, tails[1] ?? [], 12, 0xe0);
    this.split(bySet, tails[2] ?? [], 18, 0xf0);
    this.intern(bySet);
    return this.nodes;
  }

  /**
   * Adds edges for `ranges` by their bits above `shift`; the bits below are left to shared nodes.
   */
  private split(bySet: Map<number, number[]>, ranges: number[], shift: number, base: number): void {
    const size = 1 << shift;
    let pending: number[] = [];
    let pendingLead = -1;
    const flush = (): void => {
      if (pendingLead >= 0) {
        const to = this.tail(pending, shift - 6);
        addEdge(bySet, to, base + pendingLead, base + pendingLead);
      }
      pending = [];
      pendingLead = -1;
    };
    for (let i = 0; i < ranges.length; i += 2) {
      let lo = ranges[i] as number;
      const hi = ranges[i + 1] as number;
      while (lo <= hi) {
        const lead = lo >>> shift;
        const last = hi >>> shift;
        if (lead !== pendingLead) flush();
        const whole = lo === lead << shift;
        if (whole && hi >= ((lead + 1) << shift) - 1) {
          // All whole blocks in a row share one edge.
          const end = hi === ((last + 1) << shift) - 1 ? last : last - 1;
          addEdge(bySet, this.tail([0, size - 1], shift - 6), base + lead, base + end);
          lo = (end + 1) << shift;
          continue;
        }
        const top = lead === last ? hi : ((lead + 1) << shift) - 1;
        pendingLead = lead;
        pending.push(lo - (lead << shift), top - (lead << shift));
        lo = top + 1;
      }
    }
    flush();
  }

  /** The node that reads the continuation bytes of `ranges`, which lie within `shift` + 6 bits. */
  private tail(ranges: number[], shift: number): number {
    const bySet = new Map<number, number[]>();
    if (shift === 0) {
      for (let i = 0; i < ranges.length; i += 2) {
        addEdge(bySet, -1, 0x80 + (ranges[i] as number), 0x80 + (ranges[i + 1] as number));
      }
    } else {
      this.split(bySet, ranges, shift, 0x80);
    }
    return this.intern(bySet);
  }

  private intern(bySet: Map<number, number[]>): number {
    const edges: Edge[] = [];
    let key = "";
    for (const [to, set] of bySet) {
      edges.push({ set, to });
      key += `${to}:${set.join()};`;
    }
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.nodes.push(edges);
    this.known.set(key, this.nodes.length - 1);
    return this.nodes.length - 1;
  }
}

function addEdge(bySet: Map<number, number[]>, to: number, lo: number, hi: number): void {
  let set = bySet.get(to);
  if (set === undefined) {
    set = [0, 0, 0, 0, 0, 0, 0, 0];
    bySet.set(to, set);
  }
  addBytes(set, lo, hi);
}

/**
 * Adds the part of lo-hi within min-max; its ends at the borders are moved out to lowest and
 * highest.
 */
function clip(
  pairs: number[] | undefined,
  lo: number,
  hi: number,
  min: number,
  max: number,
  lowest: number,
  highest: number,
): void {
  if (hi < min || lo > max) return;
  pairs?.push(lo <= min ? lowest : lo, hi >= max ? highest : hi);
}
