// The inputs that are worth changing: each made some branch run that none before had, or another
// number of times (in powers of two).

import type { Random } from "../../random.ts";

/** Inputs that come to more than this are chosen less often. */
const SMALL_BYTES = 256;

export class Pool {
  readonly inputs: Uint8Array[] = [];
  /** How often each branch was seen to run, as a set of powers of two. */
  readonly #seen: Uint32Array;
  readonly #edges: Uint32Array;

  constructor(edges: Uint32Array) {
    this.#edges = edges;
    this.#seen = new Uint32Array(edges.length);
  }

  /** Branches that ran at least once. */
  get covered(): number {
    return this.#seen.reduce((count, seen) => count + (seen === 0 ? 0 : 1), 0);
  }

  /** Keeps the input that ran last if it is worth it. */
  offer(input: Uint8Array): boolean {
    let isNew = false;
    for (let i = 0; i < this.#edges.length; i++) {
      const runs = this.#edges[i] as number;
      if (runs === 0) continue;
      const bit = 1 << (31 - Math.clz32(runs));
      const seen = this.#seen[i] as number;
      if ((seen & bit) !== 0) continue;
      this.#seen[i] = seen | bit;
      isNew = true;
    }
    if (isNew) this.inputs.push(input);
    return isNew;
  }

  /** The last ones are chosen more often, and small ones. */
  pick(random: Random): Uint8Array {
    const count = this.inputs.length;
    for (let tries = 0; ; tries++) {
      const back = random.below(2) === 0 ? random.below(count) : random.below(Math.min(count, 32));
      const input = this.inputs[count - 1 - back] ?? new Uint8Array();
      if (tries === 3 || input.length <= SMALL_BYTES || random.below(4) === 0) return input;
    }
  }
}

/** Of the inputs, small ones first, those that together run all branches that any of them runs. */
export async function smallest(
  inputs: readonly Uint8Array[],
  edges: Uint32Array,
  run: (input: Uint8Array) => Promise<unknown>,
): Promise<Uint8Array[]> {
  const covered = new Uint8Array(edges.length);
  const kept: Uint8Array[] = [];
  for (const input of inputs.toSorted((a, b) => a.length - b.length)) {
    await run(input);
    let isNew = false;
    for (let i = 0; i < edges.length; i++) {
      if (edges[i] === 0 || covered[i] === 1) continue;
      covered[i] = 1;
      isNew = true;
    }
    if (isNew) kept.push(input);
  }
  return kept;
}
