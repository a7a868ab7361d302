// The distribution for Datadog alone: logs and series.

import { DISTRIBUTIONS } from "./cli/distribution.ts";
import { datadog } from "./protocols/datadog/index.ts";
import { health } from "./admin/index.ts";
import { passthrough } from "./protocols/passthrough/index.ts";
import type { ProxyDistribution } from "./runtime/proxy/serving.ts";
import { serveIfWorker } from "./runtime/workers/worker-thread.ts";

const distribution = DISTRIBUTIONS.datadog;
const proxy: ProxyDistribution = {
  label: distribution.label,
  modules: [health, datadog, passthrough],
  stages: ["log_filter", "log_transform", "metric_filter"],
};
await serveIfWorker(proxy);
// Loaded by the main thread only, which alone comes here.
const { runProgram } = await import("./cli/program.ts");
await runProgram(distribution, proxy);
