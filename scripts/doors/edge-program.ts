// The full distribution as it is, but that its workers end now and then, as a fault of the runtime
// would end them, when EDGE_WORKER_ENDS_MS says how long they live on average.

import { edge } from "../../src/distributions.ts";
import { serveIfWorker } from "../../src/runtime/workers/serve-if-worker.ts";

const endsMs = Number(process.env["EDGE_WORKER_ENDS_MS"] ?? 0);
if (!Bun.isMainThread && endsMs > 0) {
  setTimeout(() => process.exit(1), endsMs * (0.5 + Math.random())).unref();
}
await serveIfWorker(edge);
const { runProgram } = await import("../../src/cli/program.ts");
await runProgram(edge);
