// The guided search: programs count their branches and do what they did, inputs change by seed, and
// what reaches something new is kept.

import { expect, test } from "bun:test";
import { instrument } from "../../scripts/fuzz/guided/instrument.ts";
import { INPUT_BYTES_MAX, Mutator } from "../../scripts/fuzz/guided/mutator.ts";
import { Pool, smallest } from "../../scripts/fuzz/guided/pool.ts";
import { Random } from "../../scripts/random.ts";

const PROGRAM = `
  function kind(x) {
    if (x > 3) if (x > 5) return "large"; else return "medium";
    for (const _ of [1]) switch (x) { case 0: case 1: return x ? "one" : "none"; default: break; }
    const f = (y) => ({ y });
    try { if (x === 3) throw new Error("3"); } catch (error) { return error.message; }
    do x++; while (x < 3 && x > 0);
    if (x === 99) return "never"
    return f(x).y ?? "nothing";
  }
  return [9, 4, 0, 1, 3, 2, -1].map(kind);
`;

/** The program as a module's function, because what is made a function of cannot export. */
function run(code: string, edges: Uint32Array): unknown {
  Object.assign(globalThis, { fuzzEdges: edges });
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is the test's own
  return (new Function(code) as () => unknown)();
}

test("a program that counts its branches does what it did", () => {
  const wrapped = `const program = () => {${PROGRAM}};`;
  const { code, edges, words } = instrument(wrapped);
  const counts = new Uint32Array(edges);
  const want = run(`${wrapped} return program();`, counts);
  expect(counts.every((count) => count === 0)).toBe(true);
  expect(run(`${code} return program();`, counts)).toEqual(want);
  // All but what is never reached: the branch of 99, and what stands for nothing.
  expect(counts.filter((count) => count === 0).length).toBe(2);
  expect(words).toContain("medium");
});

test("inputs change by the seed, the same each time, and stay within the bound", () => {
  const words = [new TextEncoder().encode("word")];
  const search = (seed: number): Uint8Array[] => {
    const mutator = new Mutator(new Random(seed), words);
    const parent = new Uint8Array(INPUT_BYTES_MAX).fill(1);
    return Array.from({ length: 200 }, () => mutator.mutated(parent, new Uint8Array(50)));
  };
  expect(search(1)).toEqual(search(1));
  expect(search(1)).not.toEqual(search(2));
  for (const { length } of search(3)) expect(length).toBeLessThanOrEqual(INPUT_BYTES_MAX);
});

test("an input is kept when a branch runs for the first time, or twice as often", () => {
  const edges = new Uint32Array(2);
  const pool = new Pool(edges);
  const offered = (...counts: number[]): boolean => {
    edges.set(counts);
    return pool.offer(Uint8Array.from(counts));
  };
  expect(offered(0, 0)).toBe(false);
  expect(offered(1, 0)).toBe(true);
  expect(offered(1, 0)).toBe(false);
  expect(offered(2, 0)).toBe(true);
  expect(offered(3, 0)).toBe(false);
  expect(offered(1, 1)).toBe(true);
  expect(pool.covered).toBe(2);
  expect(pool.inputs.length).toBe(3);
});

test("of the inputs that were kept, as few are left as reach every branch, small ones first", async () => {
  const edges = new Uint32Array(3);
  const inputs = [[1, 1, 0, 9], [1], [0, 1], [0, 0, 1]].map((one) => Uint8Array.from(one));
  const run = (input: Uint8Array) => {
    edges.fill(0);
    edges.set(input.subarray(0, 3));
    return Promise.resolve();
  };
  expect(await smallest(inputs, edges, run)).toEqual([inputs[1]!, inputs[2]!, inputs[3]!]);
});
