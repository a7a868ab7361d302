// Runs a distribution as the program of this process: its command line, and the program behind it.
// Only main threads load this; serving threads do not need it.

import type { ProxyConfig } from "../config/index.ts";
import { checkPolicyFiles } from "../providers/file/check-policy-files.ts";
import { VERSION } from "../o11y/build-info.ts";
import { startProxy } from "../runtime/proxy/start-proxy.ts";
import type { ProxyDistribution } from "../runtime/proxy/serving.ts";
import { createRegexValidator } from "../re2/index.ts";
import { type CliOptions, runCli } from "./cli.ts";
import type { Distribution } from "./distribution.ts";
import { POLICY_COMMANDS } from "./policies/commands.ts";
import type { ProgramSpec, Start } from "./program-spec.ts";
import { REMOTE_COMMANDS } from "./remote/commands.ts";
import { proxySpec } from "./proxy-spec.ts";

/** Runs the process's command line, and ends the process with its exit code. */
export async function runMain<T>(distribution: Distribution, spec: ProgramSpec<T>): Promise<never> {
  const options = {
    distribution,
    version: VERSION,
    argv: process.argv.slice(2),
    env: process.env,
    commands: [...POLICY_COMMANDS, ...REMOTE_COMMANDS],
    checkPolicyFiles: (files) => checkPolicyFiles(files, createRegexValidator()),
  } satisfies CliOptions;
  process.exit(await runCli(options, spec));
}

/**
 * Runs a proxy distribution as the program of this process: reads the command line, runs the
 * command, and ends the process with its exit code.
 */
export function runProgram(distribution: Distribution & ProxyDistribution): Promise<never> {
  const start: Start<ProxyConfig> = (config, { source }) =>
    startProxy(distribution, config, { source });
  return runMain(distribution, proxySpec(distribution, start));
}
