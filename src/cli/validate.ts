// `validate`: checks the configuration, the files that it names and the policies in them, and
// prints what it found. It starts nothing and asks no server.

import {
  ConfigError,
  type LoadedConfig,
  loadConfig,
  PEM_KEYS,
  pemFaults,
  type PemGroup,
  type PemTexts,
  type ProxyConfig,
  type ReadFile,
} from "../config/index.ts";
import { printable } from "../core/printable.ts";
import { redactUrl } from "../core/redact.ts";
import { type CliIo, type Command, type CommandContext, ExitCode } from "./command.ts";

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

export function validateCommand(checkPolicyFiles: CheckPolicyFiles): Command {
  return {
    name: "validate",
    operands: "[config.json]",
    operandsMax: 1,
    summary: "Check the configuration and its policy files, then exit.",
    flags: [],
    async run({ operands }, given) {
      const context = { ...given, io: printableIo(given.io) };
      const loaded = tryLoad(operands[0], context);
      if (loaded instanceof ConfigError) {
        context.io.out(`${loaded.message}\n${summary(loaded.problemCount)}\n`);
        return ExitCode.config;
      }
      const findings = report(loaded, context);
      const count = findings + (await checkProviders(loaded.config, checkPolicyFiles, context));
      context.io.out(`${summary(count)}\n`);
      return count === 0 ? ExitCode.ok : ExitCode.config;
    },
  };
}

function tryLoad(
  path: string | undefined,
  { distribution, env, readFile }: CommandContext,
): LoadedConfig | ConfigError {
  try {
    return loadConfig({ path, defaultPath: distribution.defaultConfigPath, env, readFile });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function report({ config, warnings, source }: LoadedConfig, context: CommandContext): number {
  const { io, readFile } = context;
  const name = source.kind === "file" ? source.path : "defaults and environment";
  for (const warning of warnings) io.out(`warning: ${warning}\n`);
  const { tls, upstreamTls } = config;
  const { certFile, keyFile } = upstreamTls?.clientCertificate ?? {};
  const faults = [
    ...pemProblems(
      "tls",
      { cert: tls?.certFile, key: tls?.keyFile, ca: tls?.clientCaFile },
      readFile,
    ),
    ...pemProblems(
      "upstream_tls",
      { cert: certFile, key: keyFile, ca: upstreamTls?.caFile },
      readFile,
    ),
  ];
  for (const line of faults) io.out(`${line}\n`);
  if (faults.length === 0) io.out(`${name}: ok\n`);
  return faults.length;
}

const PEM_BYTES_MAX = 1024 * 1024;

/** Of the files at `paths`, which ones cannot be read or used. */
function pemProblems(group: PemGroup, paths: PemTexts, readFile: ReadFile): readonly string[] {
  const problems: string[] = [];
  const read = (name: string, path: string | undefined): string | undefined => {
    try {
      return path && new TextDecoder().decode(readFile(path, PEM_BYTES_MAX));
    } catch {
      problems.push(`${name}: ${path} cannot be read; check the path and its rights.`);
      return undefined;
    }
  };
  const names = PEM_KEYS[group];
  const cert = read(names.cert, paths.cert);
  const key = read(names.key, paths.key);
  const ca = read(names.ca, paths.ca);
  return [...problems, ...pemFaults(group, { cert, key, ca }).map((fault) => `${fault}.`)];
}

async function checkProviders(
  config: ProxyConfig,
  checkPolicyFiles: CheckPolicyFiles,
  { io }: CommandContext,
): Promise<number> {
  const files = config.providers.filter((provider) => provider.type === "file");
  const reports = await checkPolicyFiles(files);
  const reportOf = new Map(files.map((file, i) => [file.id, reports[i]]));
  let problems = 0;
  for (const provider of config.providers) {
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
