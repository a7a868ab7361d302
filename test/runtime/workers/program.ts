// The distribution of these tests as a program of its own: `bun program.ts config.json`.

import { DISTRIBUTIONS } from "../../../src/distributions.ts";
import { serveIfWorker } from "../../../src/runtime/workers/serve-if-worker.ts";
import { DISTRIBUTION } from "./distribution.ts";

await serveIfWorker(DISTRIBUTION);
const { runProgram } = await import("../../../src/cli/program.ts");
await runProgram({ ...DISTRIBUTIONS.otlp, ...DISTRIBUTION });
