// The module of a thread that reads one YAML file, when the program runs from its sources.

import { parentPort, workerData } from "node:worker_threads";
import { doYamlJob } from "./yaml-job.ts";
import { isYamlJob } from "./yaml-job-kind.ts";

if (isYamlJob(workerData)) parentPort?.postMessage(doYamlJob(workerData), []);
