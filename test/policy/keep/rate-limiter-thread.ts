// One thread of the tests of shared rate limits: waits for the others, then takes what it can get.

import { parentPort, workerData } from "node:worker_threads";
import { LeaseControl } from "../../../src/policy/keep/lease-control.ts";
import {
  type RateKeep,
  type SharedRate,
  threadRateLimiter,
} from "../../../src/policy/keep/rate-limiter-shared.ts";

export interface ThreadTask {
  readonly rate: SharedRate;
  readonly keep: RateKeep;
  readonly owner: number;
  /** Of limits that instances share. */
  readonly leases?: SharedArrayBuffer;
  readonly attempts: number;
  /** Keys that are tried in turn; empty: without a key. */
  readonly keys: readonly string[];
  /** Of every so many records charged, one is given back; 0: none. */
  readonly giveBackEvery: number;
  /** Threads that have started, and threads that there are. */
  readonly gate: SharedArrayBuffer;
  readonly threads: number;
}

// Written by the test.
const task = workerData as ThreadTask;
const leases = task.leases && new LeaseControl(task.leases);
const limiter = threadRateLimiter(task.rate, task.keep, task.owner, leases);
const gate = new Int32Array(task.gate);
Atomics.add(gate, 0, 1);
while (Atomics.load(gate, 0) < task.threads) Atomics.pause();
const taken: Record<string, number> = {};
let charges = 0;
for (let i = 0; i < task.attempts; i++) {
  const key = task.keys[i % task.keys.length];
  const charge = limiter.take(key, 1000);
  if (charge === undefined) continue;
  charges++;
  if (task.giveBackEvery > 0 && charges % task.giveBackEvery === 0) charge.giveBack();
  else taken[key ?? ""] = (taken[key ?? ""] ?? 0) + 1;
}
parentPort?.postMessage(taken, []);
