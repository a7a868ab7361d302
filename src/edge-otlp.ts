// The distribution for OTLP alone: logs, metrics and traces.

import { edgeOtlp } from "./distributions.ts";
import { serveIfWorker } from "./runtime/workers/serve-if-worker.ts";

await serveIfWorker(edgeOtlp);
// Loaded by the main thread only, which alone comes here.
const { runProgram } = await import("./cli/program.ts");
await runProgram(edgeOtlp);
