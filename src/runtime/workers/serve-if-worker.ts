// Every thread of a program starts the program's own entry point, because executables contain no
// other module. This file finds out which kind of thread it is in, and does that thread's work.

import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type DumpJob, isDumpJob } from "../../extensions/s3-dump/keeper-job.ts";
import { encodingsOf } from "../../protocols/index.ts";
import { isYamlJob, type YamlJob } from "../../providers/file/yaml-job-kind.ts";
import { compileAsUsual } from "../../system/jit-policy.ts";
import type { ProxyDistribution } from "../proxy/serving.ts";
import { WORKER_DATA_KIND, type WorkerSetup } from "./messages.ts";
import { WorkerThread } from "./worker-thread.ts";

/**
 * In a worker that this program started: serves until it is told to stop, and never resolves. In
 * any other thread: resolves at once.
 */
export async function serveIfWorker(distribution: ProxyDistribution): Promise<void> {
  if (isMainThread || parentPort === null) return;
  if (!isSetup(workerData)) compileAsUsual();
  if (isYamlJob(workerData)) await readYaml(workerData, parentPort);
  if (isDumpJob(workerData)) await keepCopies(workerData, distribution, parentPort);
  if (!isSetup(workerData)) return;
  await new WorkerThread(workerData, distribution, parentPort).run();
}

async function readYaml(job: YamlJob, port: MessagePort): Promise<never> {
  // Only such a thread needs the reader.
  const { doYamlJob } = await import("../../providers/file/yaml-job.ts");
  port.postMessage(doYamlJob(job), []);
  return new Promise<never>(() => undefined);
}

async function keepCopies(
  job: DumpJob,
  { modules }: ProxyDistribution,
  port: MessagePort,
): Promise<never> {
  const { runKeeper } = await import("../../extensions/s3-dump/keeper-main.ts");
  return runKeeper(job, encodingsOf(modules), port);
}

function isSetup(value: unknown): value is WorkerSetup {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    value.kind === WORKER_DATA_KIND
  );
}
