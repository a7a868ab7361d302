// A thread that goes behind others, twice, and posts how far it stands behind each time.

import { getPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { goBehindOtherThreads } from "../../src/system/index.ts";

const stands: number[] = [];
for (const steps of [5, 100]) {
  goBehindOtherThreads(steps);
  stands.push(getPriority(0));
}
parentPort?.postMessage(stands, []);
