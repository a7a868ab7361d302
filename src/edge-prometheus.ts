// The distribution for Prometheus alone: put before any exporter, it filters what is scraped.

import { edgePrometheus } from "./distributions.ts";
import { serveIfWorker } from "./runtime/workers/serve-if-worker.ts";

await serveIfWorker(edgePrometheus);
// Loaded by the main thread only, which alone comes here.
const { runProgram } = await import("./cli/program.ts");
await runProgram(edgePrometheus);
