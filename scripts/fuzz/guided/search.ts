// The search itself, in a thread that may hang: inputs are run, those that reach something new are
// changed further. What it runs stands in shared memory, for the thread that watches.

import { workerData } from "node:worker_threads";
import { type FuzzTarget, inputOf } from "../../../test/fuzz/fuzz-target.ts";
import { bytesOfLine, lineOf } from "../../../test/fuzz/corpus.ts";
import { Random } from "../../random.ts";
import { INPUT_BYTES_MAX, Mutator } from "./mutator.ts";
import { Pool, smallest } from "./pool.ts";

export interface SearchJob {
  readonly path: string;
  readonly edges: number;
  readonly words: readonly string[];
  readonly corpus: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  /** Runs begun, and the length of the input that runs. */
  readonly state: Int32Array;
  /** The input that runs. */
  readonly input: Uint8Array;
}

export interface Found {
  readonly message: string;
  /** The smallest input that was found for it, as a line of the corpus. */
  readonly line: string;
}

export interface SearchResult {
  readonly runs: number;
  readonly covered: number;
  readonly found: readonly Found[];
  /** Inputs that together reach all that was reached. */
  readonly kept: readonly string[];
}

const FOUND_MAX = 20;
/** An input of INPUT_BYTES_MAX takes a few milliseconds. */
const SLOW_MS = 1000;
/** A run may take long because the machine has no time; not each time. */
const SLOW_RUNS = 4;
const SHRINK_RUNS_MAX = 2000;

class SlowError extends Error {}

class Search {
  runs = 0;
  readonly pool: Pool;
  readonly edges: Uint32Array;
  readonly #job: SearchJob;
  readonly #check: FuzzTarget["check"];
  readonly #found = new Map<string, Found>();

  constructor(job: SearchJob, edges: Uint32Array, check: FuzzTarget["check"]) {
    this.#job = job;
    this.edges = edges;
    this.#check = check;
    this.pool = new Pool(edges);
  }

  get found(): Found[] {
    return [...this.#found.values()];
  }

  /** Answers what broke, and keeps the input if it reaches something new. */
  async try(input: Uint8Array): Promise<void> {
    const error = await this.run(input);
    if (error === undefined) this.pool.offer(input);
    else if (!this.#found.has(kindOf(error))) await this.#shrink(input, error);
  }

  async run(input: Uint8Array): Promise<Error | undefined> {
    let error = await this.#runOnce(input);
    for (let i = 1; i < SLOW_RUNS && error instanceof SlowError; i++) {
      error = await this.#runOnce(input);
    }
    return error;
  }

  async #runOnce(input: Uint8Array): Promise<Error | undefined> {
    const { state, input: shared } = this.#job;
    shared.set(input);
    state[1] = input.length;
    Atomics.add(state, 0, 1);
    this.runs++;
    this.edges.fill(0);
    const startMs = performance.now();
    try {
      // Copied: whatever a target does to it, the input is as it was.
      const checking = this.#check(input.slice());
      if (checking instanceof Promise) await checking;
    } catch (error) {
      return error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
    }
    const tookMs = performance.now() - startMs;
    return tookMs > SLOW_MS ? new SlowError(`slow: ${tookMs.toFixed(0)} ms`) : undefined;
  }

  async #shrink(input: Uint8Array, error: Error): Promise<void> {
    const kind = kindOf(error);
    let least = input;
    let runs = 0;
    for (let size = input.length >> 1; size > 0; size >>= 1) {
      for (let at = 0; at < least.length && runs < SHRINK_RUNS_MAX; runs++) {
        const less = Buffer.concat([least.subarray(0, at), least.subarray(at + size)]);
        const again = await this.run(new Uint8Array(less));
        if (again !== undefined && kindOf(again) === kind) least = new Uint8Array(less);
        else at += size;
      }
    }
    const last = (await this.run(least)) ?? error;
    this.#found.set(kind, { message: last.stack ?? last.message, line: lineOf(least) });
  }
}

/** Finds of one kind are one find: what is said without its numbers, and where. */
function kindOf(error: Error): string {
  const where = (error.stack ?? "").split("\n").find((line) => line.includes("dist/fuzz"));
  const [what = ""] = error.message.split(":");
  return `${error.name} ${what.replaceAll(/\d+/g, "0")} ${what === "slow" ? "" : where}`;
}

async function search(job: SearchJob): Promise<SearchResult> {
  const edges = new Uint32Array(job.edges);
  Object.assign(globalThis, { fuzzEdges: edges });
  const { target } = (await import(job.path)) as { target: FuzzTarget };
  const random = new Random(job.seed);
  const words = [...job.words, ...(target.words ?? [])].map(inputOf);
  const mutator = new Mutator(random, words);
  const one = new Search(job, edges, target.check);
  const endMs = performance.now() + job.seconds * 1000;
  const seeds = target.seeds.map((seed) => inputOf(seed).subarray(0, INPUT_BYTES_MAX));
  for (const input of [...seeds, ...job.corpus.map(bytesOfLine)]) await one.try(input);
  if (one.pool.inputs.length === 0) one.pool.inputs.push(new Uint8Array());
  while (performance.now() < endMs && one.found.length < FOUND_MAX) {
    await one.try(mutator.mutated(one.pool.pick(random), one.pool.pick(random)));
  }
  const { runs, found } = one;
  const { covered } = one.pool;
  const kept = await smallest(one.pool.inputs, edges, (input) => one.run(input));
  return { runs, covered, found, kept: kept.map(lineOf) };
}

postMessage(await search(workerData as SearchJob));
