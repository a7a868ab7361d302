// Searches for inputs that break the promise of a parser, guided by the branches that they run:
// `bun run fuzz TARGET`. A thread searches, this one watches that no input takes for ever.
//
// --seconds N: how long (60). --seed N: where to begin. --keep: writes the corpus of the target
// anew, as few inputs as reach everything. --input LINE: runs this one alone.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import {
  bytesOfLine,
  lineOf,
  readCorpus,
  targetOf,
  writeCorpus,
} from "../../../test/fuzz/corpus.ts";
import { bundleTarget } from "./bundle.ts";
import { INPUT_BYTES_MAX } from "./mutator.ts";
import type { SearchJob, SearchResult } from "./search.ts";

const HANG_SECONDS = 30;
const OPTIONS = {
  seconds: { type: "string", default: "60" },
  seed: { type: "string" },
  input: { type: "string" },
  keep: { type: "boolean", default: false },
} as const;

export async function runGuided(name: string, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.input !== undefined) {
    const target = await targetOf(name);
    await target.check(bytesOfLine(values.input));
    console.log(`fuzz ${name}: the promise is kept`);
    return 0;
  }
  const { path, edges, words } = await bundleTarget(name);
  const seed = (values.seed === undefined ? Date.now() : Number(values.seed)) >>> 0;
  const job: SearchJob = {
    path,
    edges,
    words,
    corpus: readCorpus(name).map(lineOf),
    seed,
    seconds: Number(values.seconds),
    state: new Int32Array(new SharedArrayBuffer(8)),
    input: new Uint8Array(new SharedArrayBuffer(INPUT_BYTES_MAX)),
  };
  const { runs, covered, found, kept } = await watched(job);
  for (const { message, line } of found) {
    console.error(`fuzz ${name}: ${message}\n  see again: bun run fuzz ${name} --input '${line}'`);
  }
  if (values.keep) writeCorpus(name, kept.map(bytesOfLine));
  const reached = `${covered} of ${edges} branches, ${kept.length} inputs reach them`;
  console.log(`fuzz ${name}: seed ${seed}, ${runs} runs, ${reached}, ${found.length} found`);
  return found.length === 0 ? 0 : 1;
}

/** What a search comes to; one that hangs is a find. */
function watched(job: SearchJob): Promise<SearchResult> {
  const { promise, resolve, reject } = Promise.withResolvers<SearchResult>();
  const worker = new Worker(join(import.meta.dirname, "search.ts"), { workerData: job });
  let runs = 0;
  const watch = setInterval(() => {
    const now = Atomics.load(job.state, 0);
    if (now === runs && now > 0) {
      const line = lineOf(job.input.slice(0, job.state[1]));
      resolve({ runs, covered: 0, found: [{ message: "hangs", line }], kept: [] });
    }
    runs = now;
  }, HANG_SECONDS * 1000);
  worker.on("message", (result: SearchResult) => {
    resolve(result);
  });
  worker.on("error", reject);
  return promise.finally(() => {
    clearInterval(watch);
    // A thread that hangs cannot be ended: the program ends with its exit code.
    void worker.terminate();
  });
}
