// A proxy distribution as a program: its command line, and behind it the proxy. Only main threads
// load this; threads that serve need none of it.

import { checkPolicyFiles } from "../providers/file/check-policy-files.ts";
import { VERSION } from "../o11y/build-info.ts";
import { startProxy } from "../runtime/proxy/start-proxy.ts";
import type { ProxyDistribution } from "../runtime/proxy/serving.ts";
import { createJudge } from "../re2/index.ts";
import { runCli } from "./cli.ts";
import type { Distribution } from "./distribution.ts";

/** Runs the process's command line, and ends the process with its exit code. */
export async function runProgram(
  distribution: Distribution,
  proxy: ProxyDistribution,
): Promise<never> {
  const code = await runCli({
    distribution,
    version: VERSION,
    argv: process.argv.slice(2),
    env: process.env,
    start: startProxy(proxy),
    checkPolicyFiles: (files) => checkPolicyFiles(files, createJudge()),
  });
  process.exit(code);
}
