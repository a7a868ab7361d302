// The distribution for Prometheus alone: put before any exporter, it filters what is scraped.

import { DISTRIBUTIONS, runCli } from "./cli/index.ts";
import { health } from "./modules/health/index.ts";
import { passthrough } from "./modules/passthrough/index.ts";
import { prometheus } from "./modules/prometheus/index.ts";
import { checkPolicyFile } from "./providers/index.ts";
import { VERSION, runDistribution } from "./proxy/index.ts";
import { createJudge } from "./re2/index.ts";

const distribution = DISTRIBUTIONS.prometheus;
const start = await runDistribution({
  label: distribution.label,
  modules: [health, prometheus, passthrough],
  stages: ["metric_filter"],
});
const code = await runCli({
  distribution,
  version: VERSION,
  argv: process.argv.slice(2),
  env: process.env,
  start,
  checkPolicyFile: (path) => checkPolicyFile(path, createJudge()),
});
process.exit(code);
