// `lint`: reports what `validate` finds in policy files, and what is legal but probably not meant.
// Loaded when it is called.

import { POLICY_FILE_BYTES_MAX } from "../../core/limits.ts";
import {
  checkPolicyFiles,
  decodePolicyFile,
  PolicyFileError,
  type PolicySet,
} from "../../providers/index.ts";
import { createRegexValidator } from "../../re2/index.ts";
import { FileReadError, readRegularFile } from "../../system/read-file.ts";
import { type CommandContext, ExitCode, type Invocation } from "../command.ts";
import { expanded } from "../policy-files.ts";
import { FindingReport } from "../report.ts";
import { policyFileReport } from "../validate.ts";
import { lintNames } from "./attribute-names.ts";
import { lintMatchers } from "./matchers.ts";
import { type LintFinding, lintPolicies } from "./rules.ts";
import { lintSlowRegexes } from "./slow-regexes.ts";

export async function lint(invocation: Invocation, context: CommandContext): Promise<number> {
  const { operands } = invocation;
  if (operands.length === 0) {
    context.io.err(`${context.distribution.program}: lint needs policy files.\n`);
    return ExitCode.usage;
  }
  const files = operands.flatMap(expanded).map((path) => ({ id: path, path }));
  const checked = await checkPolicyFiles(files, createRegexValidator());
  const sets = await Promise.all(files.map(({ path }) => readSet(path)));
  // Files are one set, in their order.
  const policies = sets.flatMap((set) => set?.policies ?? []);
  const found = [lintPolicies, lintMatchers, lintSlowRegexes, lintNames]
    .flatMap((rule) => rule(policies))
    .sort((a, b) => a.index - b.index);
  const report = new FindingReport(context, invocation);
  let from = 0;
  for (const [i, { path }] of files.entries()) {
    policyFileReport(report, path, checked[i]);
    const set = sets[i];
    if (set === undefined) continue;
    const to = from + set.policies.length;
    const own = found.filter(({ index }) => index >= from && index < to);
    await printFindings(report, path, set, own, from);
    from = to;
  }
  return report.end(ExitCode.failed);
}

async function printFindings(
  report: FindingReport,
  path: string,
  set: PolicySet,
  findings: readonly LintFinding[],
  from: number,
): Promise<void> {
  const wanted = findings.map(({ index, text }) => ({ index: index - from, error: text }));
  const places = (await set.locate?.(wanted)) ?? [];
  for (const [i, { index, text, rule }] of findings.entries()) {
    const id = JSON.stringify(set.policies[index - from]?.id ?? "");
    report.found("warning", `${places[i] ?? path} ${id}: ${text}`, path, rule);
  }
}

/** Undefined when it cannot be read, which is told by the check. */
async function readSet(path: string): Promise<PolicySet | undefined> {
  try {
    const { bytes } = await readRegularFile(path, POLICY_FILE_BYTES_MAX);
    return await decodePolicyFile(bytes, path);
  } catch (error) {
    if (error instanceof FileReadError || error instanceof PolicyFileError) return undefined;
    throw error;
  }
}
