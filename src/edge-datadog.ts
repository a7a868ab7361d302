// The distribution for Datadog alone: logs and series.

import { edgeDatadog } from "./distributions.ts";
import { serveIfWorker } from "./runtime/workers/serve-if-worker.ts";

await serveIfWorker(edgeDatadog);
// Loaded by the main thread only, which alone comes here.
const { runProgram } = await import("./cli/program.ts");
await runProgram(edgeDatadog);
