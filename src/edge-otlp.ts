// The distribution for OTLP alone: logs, metrics and traces.

import { DISTRIBUTIONS, runCli } from "./cli/index.ts";
import { health } from "./modules/health/index.ts";
import { otlp } from "./modules/otlp/index.ts";
import { passthrough } from "./modules/passthrough/index.ts";
import { checkPolicyFile } from "./providers/index.ts";
import { VERSION, runDistribution } from "./proxy/index.ts";
import { createJudge } from "./re2/index.ts";

const distribution = DISTRIBUTIONS.otlp;
const start = await runDistribution({
  label: distribution.label,
  modules: [health, otlp, passthrough],
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
