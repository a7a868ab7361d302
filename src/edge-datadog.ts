// The distribution for Datadog alone: logs and series.

import { DISTRIBUTIONS, runCli } from "./cli/index.ts";
import { datadog } from "./modules/datadog/index.ts";
import { health } from "./modules/health/index.ts";
import { passthrough } from "./modules/passthrough/index.ts";
import { checkPolicyFile } from "./providers/index.ts";
import { VERSION, runDistribution } from "./proxy/index.ts";
import { createJudge } from "./re2/index.ts";

const distribution = DISTRIBUTIONS.datadog;
const start = await runDistribution({
  label: distribution.label,
  modules: [health, datadog, passthrough],
  stages: ["log_filter", "log_transform", "metric_filter"],
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
