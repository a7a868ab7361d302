// Checks one policy file as far as can be done without putting it in force: for `validate`.

import { policyErrors, type RegexJudge } from "../policy/index.ts";
import { POLICY_FILE_BYTES_MAX } from "../core/limits.ts";
import { mergeSets } from "./merge.ts";
import { decodePolicyFile, PolicyFileError } from "./policy-file.ts";
import { FileReadError, readRegularFile } from "./read-file.ts";

export interface PolicyFileReport {
  /** Policies in the file, good and bad. */
  readonly policies: number;
  /** One line each: file, line and column, policy, error. */
  readonly findings: readonly string[];
}

/** Reads and judges one policy file; a file that cannot be read is a finding. Never throws. */
export async function checkPolicyFile(path: string, judge: RegexJudge): Promise<PolicyFileReport> {
  try {
    const { bytes } = await readRegularFile(path, POLICY_FILE_BYTES_MAX);
    const set = await decodePolicyFile(bytes, path);
    const findings = [...(set.problems ?? [])];
    const { policies } = mergeSets([{ provider: path, policies: set.policies }]);
    for (const [index, policy] of policies.entries()) {
      const name = policy.id === "" ? `policies[${index}]` : JSON.stringify(policy.id);
      for (const error of policyErrors(policy, judge)) {
        findings.push(`${set.locate?.(index, error) ?? path} ${name}: ${error}`);
      }
    }
    return { policies: policies.length, findings };
  } catch (error) {
    if (error instanceof PolicyFileError) return { policies: 0, findings: [error.message] };
    const reason =
      error instanceof FileReadError ? error.message : `cannot be read (${String(error)})`;
    return { policies: 0, findings: [`${path}: ${reason}`] };
  }
}
