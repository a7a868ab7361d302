// `validate`: checks the configuration, the files that it names and the policies in them, and
// prints what it found. It starts nothing and asks no server.

import { ConfigError, type ProviderConfig } from "../config/index.ts";
import { printable } from "../core/printable.ts";
import { redactUrl } from "../core/redact.ts";
import {
  type CliIo,
  type Command,
  type CommandContext,
  ExitCode,
  type Invocation,
} from "./command.ts";
import type { LoadedSettings, ProgramSpec } from "./program-spec.ts";

/** What a check of one policy file found. */
export interface PolicyFileReport {
  /** Policies in the file, good and bad. */
  readonly policies: number;
  /** One line each, with file, position and policy. */
  readonly findings: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads and judges the policy files of the providers, in their order; a file that cannot be read is
 * a finding. Never rejects.
 */
export type CheckPolicyFiles = (
  files: readonly { readonly id: string; readonly path: string }[],
) => Promise<readonly PolicyFileReport[]>;

/** `validate`: with the operands and flags of the command that runs the program. */
export function validateCommand<T>(
  spec: ProgramSpec<T>,
  checkPolicyFiles: CheckPolicyFiles,
): Command {
  const { operands, operandsMax, flags } = spec;
  return {
    name: "validate",
    operands,
    operandsMax,
    summary: "Check the configuration and its policy files, then exit.",
    flags,
    async run(invocation, given) {
      const context = { ...given, io: printableIo(given.io) };
      const { io } = context;
      const loaded = tryLoad(spec, invocation, context);
      if (loaded instanceof ConfigError) {
        io.out(`${loaded.message}\n${summary(loaded.problemCount)}\n`);
        return ExitCode.config;
      }
      const { config, warnings, source } = loaded;
      for (const warning of warnings) io.out(`warning: ${warning}\n`);
      const faults = spec.faultsOf?.(config, context) ?? [];
      for (const line of faults) io.out(`${line}\n`);
      const name = source.kind === "file" ? source.path : "defaults and environment";
      if (faults.length === 0) io.out(`${name}: ok\n`);
      const providers = spec.providersOf(config);
      const findings = await checkProviders(providers, checkPolicyFiles, context);
      const count = faults.length + findings;
      io.out(`${summary(count)}\n`);
      return count === 0 ? ExitCode.ok : ExitCode.config;
    },
  };
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

async function checkProviders(
  providers: readonly ProviderConfig[],
  checkPolicyFiles: CheckPolicyFiles,
  { io }: CommandContext,
): Promise<number> {
  const files = providers.filter((provider) => provider.type === "file");
  const reports = await checkPolicyFiles(files);
  const reportOf = new Map(files.map((file, i) => [file.id, reports[i]]));
  let problems = 0;
  for (const provider of providers) {
    if (provider.type === "http") {
      io.out(`${redactUrl(provider.url)}: not checked; no requests are made\n`);
      continue;
    }
    const { policies = 0, findings = [], warnings = [] } = reportOf.get(provider.id) ?? {};
    for (const warning of warnings) io.out(`warning: ${oneLine(warning)}\n`);
    for (const finding of findings) io.out(`${oneLine(finding)}\n`);
    problems += findings.length;
    if (findings.length > 0) continue;
    io.out(`${provider.path}: ok, ${policies === 1 ? "1 policy" : `${policies} policies`}\n`);
  }
  return problems;
}

/** Names and texts of files must not reach a terminal as commands. */
function printableIo(io: CliIo): CliIo {
  return { out: (text) => io.out(printable(text)), err: (text) => io.err(printable(text)) };
}

/** A finding is a line, whatever is in it. */
function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}

function summary(problems: number): string {
  if (problems === 0) return "no problems";
  return problems === 1 ? "1 problem" : `${problems} problems`;
}
