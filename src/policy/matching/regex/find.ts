// Where a regex matches and what its groups capture, by whichever of two ways suits the text; both
// give the same answer.

import { Backtracker } from "./backtrack.ts";
import { setHas, Op, type Program } from "./program.ts";
import { ThreadFinder } from "./threads.ts";

export class Finder {
  private readonly program: Program;
  private readonly slotCount: number;
  private readonly firstBytes: Uint8Array | undefined;
  private readonly backtracker: Backtracker;
  private threads: ThreadFinder | undefined;

  constructor(program: Program, groupCount: number) {
    this.program = program;
    this.slotCount = (groupCount + 1) * 2;
    this.firstBytes = firstBytesOf(program);
    this.backtracker = new Backtracker(program, this.slotCount, this.firstBytes);
  }

  /** As Regex.find. */
  find(bytes: Uint8Array, start: number, end: number, from: number, captures: Int32Array): boolean {
    if (this.backtracker.takes(bytes, from, end)) {
      return this.backtracker.find(bytes, start, end, from, captures);
    }
    this.threads ??= new ThreadFinder(this.program, this.slotCount, this.firstBytes);
    return this.threads.find(bytes, start, end, from, captures);
  }
}

/** Bytes that a match may begin with; undefined when it may be empty. */
export function firstBytesOf(program: Program): Uint8Array | undefined {
  const { ops, outs, args, sets } = program;
  const first = new Uint8Array(256);
  const seen = new Uint8Array(ops.length);
  const pending = [program.starts[0] as number];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen[at] === 1) continue;
    seen[at] = 1;
    const op = ops[at];
    if (op === Op.match) return undefined;
    if (op === Op.bytes) {
      for (let byte = 0; byte < 256; byte++) {
        if (setHas(sets, args[at] as number, byte)) first[byte] = 1;
      }
      continue;
    }
    pending.push(outs[at] as number);
    if (op === Op.split) pending.push(args[at] as number);
  }
  return first;
}
