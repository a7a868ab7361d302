// The full distribution: every protocol.

import { edge } from "./distributions.ts";
import { serveIfWorker } from "./runtime/workers/serve-if-worker.ts";

await serveIfWorker(edge);
// Loaded by the main thread only, which alone comes here.
const { runProgram } = await import("./cli/program.ts");
await runProgram(edge);
