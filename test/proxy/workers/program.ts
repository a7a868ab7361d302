// The distribution of these tests as a program of its own: `bun program.ts config.json`.

import { DISTRIBUTIONS, runCli } from "../../../src/cli/index.ts";
import { checkPolicyFile } from "../../../src/providers/index.ts";
import { runDistribution } from "../../../src/proxy/index.ts";
import { createJudge } from "../../../src/re2/index.ts";
import { DISTRIBUTION } from "./distribution.ts";

const start = await runDistribution(DISTRIBUTION);
const code = await runCli({
  distribution: DISTRIBUTIONS.otlp,
  version: "test",
  argv: process.argv.slice(2),
  env: process.env,
  start,
  checkPolicyFile: (path) => checkPolicyFile(path, createJudge()),
});
process.exit(code);
