// `validate`: checks the configuration, the files that it names and the policies in them, or policy
// files alone, and prints everything that it found. It starts nothing and asks no server.

import { ConfigError, type ProviderConfig } from "../config/index.ts";
import { printable } from "../core/printable.ts";
import { redactUrl } from "../core/redact.ts";
import type { CheckedFile, PolicyFileReport } from "../providers/index.ts";
import { type Command, type CommandContext, ExitCode, type Invocation } from "./command.ts";
import { JSON_FLAG } from "./policies/flags.ts";
import { expanded, isPolicyFile } from "./policy-files.ts";
import { namedConfig } from "./distribution.ts";
import type { LoadedSettings, PolicySources, ProgramSpec } from "./program-spec.ts";
import { FindingReport } from "./report.ts";
import { COLOR_FLAG } from "./terminal/paint.ts";

/**
 * Reads and checks the policy files of the providers, in their order; a file that cannot be read is
 * a finding. Never rejects.
 */
export type CheckPolicyFiles = (
  files: readonly CheckedFile[],
  shadowPolicies: readonly string[],
) => Promise<readonly PolicyFileReport[]>;

/** `validate`: with the operands and flags of the command that runs the program. */
export function validateCommand<T>(
  spec: ProgramSpec<T>,
  checkPolicyFiles: CheckPolicyFiles,
): Command {
  const { operands, operandsMax, flags } = spec;
  return {
    name: "validate",
    operands: `${operands} [POLICIES...]`,
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Check the configuration and its policy files, or policy files alone.",
    flags: [...flags, COLOR_FLAG, JSON_FLAG],
    notes: ["Name a policy file to check it alone, or a folder to check all files in it."],
    async run(invocation, context) {
      const policyFiles: string[] = [];
      const rest: string[] = [];
      for (const operand of invocation.operands) {
        const found = expanded(operand).filter((path) => isPolicyFile(path, context.readFile));
        if (found.length > 0) policyFiles.push(...found);
        else rest.push(operand);
      }
      if (rest.length > operandsMax) {
        const words = `${JSON.stringify(rest[operandsMax])}: one argument too many, and no policy file`;
        context.io.err(printable(`${context.distribution.program}: ${words}.\n`));
        return ExitCode.usage;
      }
      const report = new FindingReport(context, invocation);
      if (rest.length > 0 || policyFiles.length === 0) {
        const found = { ...invocation, operands: rest };
        await checkSettings(spec, found, { context, report, checkPolicyFiles });
      }
      const given = policyFiles.map((path) => ({ id: path, path }));
      const reports = given.length === 0 ? [] : await checkPolicyFiles(given, []);
      for (const [i, path] of policyFiles.entries()) policyFileReport(report, path, reports[i]);
      return report.end();
    },
  };
}

interface Checking {
  readonly context: CommandContext;
  readonly report: FindingReport;
  readonly checkPolicyFiles: CheckPolicyFiles;
}

async function checkSettings<T>(
  spec: ProgramSpec<T>,
  invocation: Invocation,
  { context, report, checkPolicyFiles }: Checking,
): Promise<void> {
  const { env, distribution } = context;
  const path = invocation.operands[0] ?? namedConfig(env) ?? distribution.defaultConfigPath;
  const loaded = tryLoad(spec, invocation, context);
  if (loaded instanceof ConfigError) {
    for (const problem of loaded.problems) report.found("error", problem, path);
    report.uncounted(loaded.problemCount - loaded.problems.length);
    const providers = spec.salvage?.(invocation, context) ?? [];
    await checkProviders({ providers, shadowPolicies: [] }, { report, checkPolicyFiles });
    return;
  }
  const { config, warnings, source } = loaded;
  const from = source.kind === "file" ? source.path : path;
  for (const warning of warnings) report.found("warning", warning, from);
  const faults = spec.faultsOf?.(config, context) ?? [];
  for (const line of faults) report.found("error", line, from);
  const name = source.kind === "file" ? source.path : "defaults and environment";
  if (faults.length === 0) report.note(`${name}: ok`);
  await checkProviders(spec.sourcesOf(config), { report, checkPolicyFiles });
}

async function checkProviders(
  { providers, shadowPolicies }: PolicySources,
  { report, checkPolicyFiles }: Pick<Checking, "report" | "checkPolicyFiles">,
): Promise<void> {
  const files = providers.filter((provider) => provider.type === "file");
  const reports = files.length === 0 ? [] : await checkPolicyFiles(files, shadowPolicies);
  const reportOf = new Map(files.map((file, i) => [file.id, reports[i]]));
  for (const provider of providers) providerReport(report, provider, reportOf.get(provider.id));
}

function tryLoad<T>(
  spec: ProgramSpec<T>,
  invocation: Invocation,
  context: CommandContext,
): LoadedSettings<T> | ConfigError {
  try {
    return spec.load(invocation, context);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function providerReport(
  report: FindingReport,
  provider: ProviderConfig,
  found: PolicyFileReport | undefined,
): void {
  const absent = "no such file; until there is one, or ready_timeout_ms is over, telemetry waits";
  if (provider.type === "file" && found?.isAbsent === true) {
    report.found("warning", `${provider.path}: ${absent}`, provider.path);
  } else if (provider.type === "file") policyFileReport(report, provider.path, found);
  else report.note(`${redactUrl(provider.url)}: not checked; no requests are made`);
}

/** All that was found in one policy file. */
export function policyFileReport(
  report: FindingReport,
  path: string,
  { policies = 0, modes, otel = 0, findings = [], warnings = [] }: Partial<PolicyFileReport> = {},
): void {
  for (const warning of warnings) report.found("warning", warning, path);
  for (const finding of findings) report.found("error", finding, path);
  if (findings.length > 0) return;
  const counted = Object.entries(modes ?? {}).filter(([, count]) => count > 0);
  const tried = counted.map(([mode, count]) => `, ${count} in ${mode}`).join("");
  const dialect = otel === 0 ? "" : `, ${otel} in OpenTelemetry's dialect`;
  const count = policies === 1 ? "1 policy" : `${policies} policies`;
  report.note(`${path}: ok, ${count}${dialect}${tried}`);
}
