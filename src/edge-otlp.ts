// The distribution for OTLP alone: logs, metrics and traces.

import { DISTRIBUTIONS } from "./cli/distribution.ts";
import { health } from "./admin/index.ts";
import { otlp } from "./protocols/otlp/index.ts";
import { passthrough } from "./protocols/passthrough/index.ts";
import type { ProxyDistribution } from "./runtime/proxy/serving.ts";
import { serveIfWorker } from "./runtime/workers/worker-thread.ts";

const distribution = DISTRIBUTIONS.otlp;
const proxy: ProxyDistribution = {
  label: distribution.label,
  modules: [health, otlp, passthrough],
  stages: ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
};
await serveIfWorker(proxy);
// Loaded by the main thread only, which alone comes here.
const { runProgram } = await import("./cli/program.ts");
await runProgram(distribution, proxy);
