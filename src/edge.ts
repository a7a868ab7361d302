// The full distribution: every protocol.

import { DISTRIBUTIONS, runCli } from "./cli/index.ts";
import { datadog } from "./modules/datadog/index.ts";
import { health } from "./modules/health/index.ts";
import { otlp } from "./modules/otlp/index.ts";
import { passthrough } from "./modules/passthrough/index.ts";
import { prometheus } from "./modules/prometheus/index.ts";
import { checkPolicyFile } from "./providers/index.ts";
import { VERSION, runDistribution } from "./proxy/index.ts";
import { createJudge } from "./re2/index.ts";

const distribution = DISTRIBUTIONS.edge;
const start = await runDistribution({
  label: distribution.label,
  modules: [health, datadog, otlp, prometheus, passthrough],
  stages: ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
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
