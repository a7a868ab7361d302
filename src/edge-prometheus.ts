// The distribution for Prometheus alone: put before any exporter, it filters what is scraped.

import { DISTRIBUTIONS } from "./cli/distribution.ts";
import { health } from "./modules/health/index.ts";
import { passthrough } from "./modules/passthrough/index.ts";
import { prometheus } from "./modules/prometheus/index.ts";
import type { ProxyDistribution } from "./proxy/serving.ts";
import { serveIfWorker } from "./proxy/workers/worker-thread.ts";

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
