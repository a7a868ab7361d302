// The distribution for Prometheus alone: put before any exporter, it filters what is scraped.

import { DISTRIBUTIONS } from "./cli/distribution.ts";
import { health } from "./admin/index.ts";
import { passthrough } from "./protocols/passthrough/index.ts";
import { prometheus } from "./protocols/prometheus/index.ts";
import type { ProxyDistribution } from "./runtime/proxy/serving.ts";
import { serveIfWorker } from "./runtime/workers/worker-thread.ts";

const distribution = DISTRIBUTIONS.prometheus;
const proxy: ProxyDistribution = {
  label: distribution.label,
  modules: [health, prometheus, passthrough],
  stages: ["metric_filter"],
};
await serveIfWorker(proxy);
// Loaded by the main thread only, which alone comes here.
const { runProgram } = await import("./cli/program.ts");
await runProgram(distribution, proxy);
