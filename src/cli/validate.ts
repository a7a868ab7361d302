// `validate`: checks the configuration, the files that it names and the policies in them, or
// policy files alone, and prints all that it found. It starts nothing and asks no server.

import { ConfigError, type ProviderConfig } from "../config/index.ts";
import { printable } from "../core/printable.ts";
import { redactUrl } from "../core/redact.ts";
import {
  type Command,
  type CommandContext,
  ExitCode,
  type Invocation,
  valueOf,
} from "./command.ts";
import { JSON_FLAG } from "./policies/flags.ts";
import { expanded, looksLikeConfig, looksLikePolicies, textOf } from "./policy-files.ts";
import type { PolicyFileReport } from "../providers/index.ts";
import type { LoadedSettings, ProgramSpec } from "./program-spec.ts";
import { type Finding, findingOf, pointed, printFinding } from "./terminal/finding.ts";
import { masked } from "./terminal/masked.ts";
import { COLOR_FLAG, type Paint, paintFor } from "./terminal/paint.ts";

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
    operands: `${operands} [POLICIES...]`,
    operandsMax: Number.POSITIVE_INFINITY,
    summary: "Check the configuration and its policy files, or policy files alone.",
    flags: [...flags, COLOR_FLAG, JSON_FLAG],
    notes: ["A file with a list of policies is checked by itself, a folder for all in it."],
    async run(invocation, context) {
      const isPolicyFile = (path: string): boolean =>
        looksLikePolicies(textOf(path, context.readFile) ?? "");
      const policyFiles: string[] = [];
      const rest: string[] = [];
      for (const operand of invocation.operands) {
        const found = expanded(operand).filter(isPolicyFile);
        if (found.length > 0) policyFiles.push(...found);
        else rest.push(operand);
      }
      if (rest.length > operandsMax) {
        const words = `${JSON.stringify(rest[operandsMax])}: one argument too many, and no policy file`;
        context.io.err(printable(`${context.distribution.program}: ${words}.\n`));
        return ExitCode.usage;
      }
      const report = new Report(context, invocation);
      if (rest.length > 0 || policyFiles.length === 0) {
        const found = { ...invocation, operands: rest };
        await checkSettings(spec, found, { context, report, checkPolicyFiles });
      }
      const given = policyFiles.map((path) => ({ id: path, path }));
      const reports = given.length === 0 ? [] : await checkPolicyFiles(given);
      for (const [i, path] of policyFiles.entries()) report.policyFile(path, reports[i]);
      return report.end();
    },
  };
}

interface Checking {
  readonly context: CommandContext;
  readonly report: Report;
  readonly checkPolicyFiles: CheckPolicyFiles;
}

async function checkSettings<T>(
  spec: ProgramSpec<T>,
  invocation: Invocation,
  { context, report, checkPolicyFiles }: Checking,
): Promise<void> {
  const path = invocation.operands[0] ?? context.distribution.defaultConfigPath;
  const loaded = tryLoad(spec, invocation, context);
  if (loaded instanceof ConfigError) {
    for (const problem of loaded.problems) report.found("error", problem, path);
    report.uncounted(loaded.problemCount - loaded.problems.length);
    return;
  }
  const { config, warnings, source } = loaded;
  for (const warning of warnings) report.found("warning", warning, path);
  const faults = spec.faultsOf?.(config, context) ?? [];
  for (const line of faults) report.found("error", line, path);
  const name = source.kind === "file" ? source.path : "defaults and environment";
  if (faults.length === 0) report.note(`${name}: ok`);
  const providers = spec.providersOf(config);
  const files = providers.filter((provider) => provider.type === "file");
  const reports = files.length === 0 ? [] : await checkPolicyFiles(files);
  const reportOf = new Map(files.map((file, i) => [file.id, reports[i]]));
  for (const provider of providers) report.provider(provider, reportOf.get(provider.id));
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

/** What is printed, as it is found or as one document at the end. */
class Report {
  readonly #context: CommandContext;
  readonly #isJson: boolean;
  readonly #paint: Paint;
  readonly #findings: Finding[] = [];
  readonly #texts = new Map<string, string | undefined>();
  #errors = 0;

  constructor(context: CommandContext, invocation: Invocation) {
    this.#context = context;
    this.#isJson = valueOf(invocation, JSON_FLAG) === true;
    this.#paint = paintFor(context.io, context.env, valueOf(invocation, COLOR_FLAG));
  }

  /** `file`: where it may be. */
  found(severity: Finding["severity"], line: string, file: string): void {
    const found = findingOf(severity, line, [file]);
    const text = found.file === undefined ? undefined : this.#textOf(file);
    const finding = pointed(found, text);
    this.#findings.push(finding);
    if (severity === "error") this.#errors++;
    if (this.#isJson) return;
    this.#context.io.out(printFinding(finding, shownOf(text), this.#paint));
  }

  /** Problems that have no line of their own. */
  uncounted(more: number): void {
    if (more <= 0) return;
    this.#errors += more;
    this.note(`and ${more} more problems.`);
  }

  note(line: string): void {
    if (!this.#isJson) this.#context.io.out(printable(`${line}\n`));
  }

  provider(provider: ProviderConfig, report: PolicyFileReport | undefined): void {
    const absent = "no such file; until there is one, or ready_timeout_ms is over, telemetry waits";
    if (provider.type === "file" && report?.isAbsent === true) {
      this.found("warning", `${provider.path}: ${absent}`, provider.path);
    } else if (provider.type === "file") this.policyFile(provider.path, report);
    else this.note(`${redactUrl(provider.url)}: not checked; no requests are made`);
  }

  policyFile(path: string, report: PolicyFileReport | undefined): void {
    const { policies = 0, findings = [], warnings = [] } = report ?? {};
    for (const warning of warnings) this.found("warning", warning, path);
    for (const finding of findings) this.found("error", finding, path);
    if (findings.length > 0) return;
    this.note(`${path}: ok, ${policies === 1 ? "1 policy" : `${policies} policies`}`);
  }

  /** The exit code. */
  end(): number {
    const isOk = this.#errors === 0;
    if (this.#isJson) {
      const document = { ok: isOk, errors: this.#errors, findings: this.#findings };
      this.#context.io.out(`${JSON.stringify(document, null, 2)}\n`);
    } else this.#context.io.out(`${this.#summary()}\n`);
    return isOk ? ExitCode.ok : ExitCode.config;
  }

  #summary(): string {
    const warnings = this.#findings.filter(({ severity }) => severity === "warning").length;
    const counted = (count: number, word: string): string =>
      count === 1 ? `1 ${word}` : `${count} ${word}s`;
    const more = warnings === 0 ? "" : `, ${counted(warnings, "warning")}`;
    if (this.#errors > 0) return this.#paint("red", counted(this.#errors, "problem")) + more;
    return this.#paint("green", "no problems") + more;
  }

  #textOf(path: string): string | undefined {
    if (!this.#texts.has(path)) this.#texts.set(path, textOf(path, this.#context.readFile));
    return this.#texts.get(path);
  }
}

/** What may be shown of a file: what is neither policies nor a configuration may be all secret. */
function shownOf(text: string | undefined): string | undefined {
  if (text === undefined || looksLikePolicies(text)) return text;
  return looksLikeConfig(text) ? masked(text) : undefined;
}
