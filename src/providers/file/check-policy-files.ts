// Checks the policy files of a configuration without putting them in force, for `validate`. Files
// are merged and compiled as in the running program, so that both find the same problems.

import { POLICY_FILE_BYTES_MAX } from "../../core/limits.ts";
import {
  createEngine,
  isFaultCount,
  modeOf,
  type Policy,
  type PolicyMode,
  type PolicySummary,
  priceWarnings,
  type RegexValidator,
} from "../../policy/index.ts";
import { type Fault, faultsOf, located, type LocatedFault } from "../faults.ts";
import { mergeSets } from "../merge.ts";
import { runInSteps } from "../../system/pause.ts";
import { shadowChoice } from "../shadow-choice.ts";
import { mixedWarnings } from "./mixed-dialects.ts";
import { decodePolicyFile, PolicyFileError } from "./policy-file.ts";
import type { PolicySet } from "../provider-port.ts";
import { FileReadError, readRegularFile } from "../../system/read-file.ts";

const NO_FAULTS = {
  name: "",
  signal: undefined,
  enabled: true,
  mode: "enforce",
  errors: [],
} as const satisfies Omit<PolicySummary, "id" | "warnings">;

export interface CheckedFile {
  /** Of its provider. */
  readonly id: string;
  readonly path: string;
  /** False: all of its policies are in shadow. */
  readonly enforce?: false;
}

export interface PolicyFileReport {
  /** Policies in the file, good and bad. */
  readonly policies: number;
  /** How many are not enforced, or for a share of records only; left out: none is such. */
  readonly modes?: Readonly<Record<Exclude<PolicyMode, "enforce">, number>>;
  /** How many are written in OpenTelemetry's own dialect; left out: none. */
  readonly otel?: number;
  /** One line each: file, line and column, policy, error. */
  readonly findings: readonly string[];
  /** What the policies do without; as findings. */
  readonly warnings: readonly string[];
  /** There is no such file, which is its only finding. */
  readonly isAbsent?: boolean;
}

/**
 * Reads and checks the files of all providers, in their order; a file that cannot be read is a
 * finding. `shadowPolicies`: as in the configuration. Never rejects.
 */
export async function checkPolicyFiles(
  files: readonly CheckedFile[],
  validateRegex: RegexValidator,
  shadowPolicies: readonly string[] = [],
): Promise<readonly PolicyFileReport[]> {
  const reads = await Promise.all(files.map(({ path }) => readSet(path)));
  const sets = reads.map(({ set }) => set);
  const inShadow = shadowChoice({ shadowPolicies, providers: files });
  const sources = files.map(({ id }, i) => {
    const policies = sets[i]?.policies ?? [];
    return { provider: id, policies: inShadow?.(id, policies) ?? policies };
  });
  const merged = mergeSets(sources);
  const engine = createEngine({ validateRegex, nowMs: () => 0, random: () => 0 });
  const { policies } = await runInSteps(engine.replace(merged.policies));
  const working = new Set(policies.filter(({ errors }) => errors.length === 0).map(({ id }) => id));
  const active = merged.policies.filter(({ id, enabled }) => enabled && working.has(id));
  const prices = await runInSteps(priceWarnings(active));
  const enforced = active.filter((policy) => modeOf(policy) !== "shadow");
  const more = [...mixedWarnings(enforced), ...prices].map(([id, warnings]) => {
    return { ...NO_FAULTS, id, warnings };
  });
  const faults = faultsOf(sets, merged, [...policies, ...more]);
  return Promise.all(
    files.map(async ({ path }, i): Promise<PolicyFileReport> => {
      const { set, failure, isAbsent = false } = reads[i] ?? {};
      const { errors, warnings } = faults[i] ?? {};
      if (set === undefined) {
        const findings = [failure ?? `${path}: cannot be read`];
        return { policies: 0, findings, warnings: [], ...(isAbsent ? { isAbsent } : {}) };
      }
      return {
        policies: set.policies.length,
        ...modesOf(sources[i]?.policies ?? []),
        ...otelOf(set.policies),
        findings: await linesOf(path, set, [...(errors ?? [])]),
        warnings: await linesOf(path, set, [...(warnings ?? [])]),
      };
    }),
  );
}

function modesOf(policies: readonly Policy[]): Pick<PolicyFileReport, "modes"> {
  const all = policies.map(modeOf);
  const count = (mode: PolicyMode): number => all.filter((one) => one === mode).length;
  const modes = { shadow: count("shadow"), rollout: count("rollout") };
  return modes.shadow + modes.rollout === 0 ? {} : { modes };
}

function otelOf(policies: readonly Policy[]): Pick<PolicyFileReport, "otel"> {
  const otel = policies.filter(({ target }) => target?.dialect === "otel").length;
  return otel === 0 ? {} : { otel };
}

interface ReadSet {
  readonly set?: PolicySet;
  readonly failure?: string;
  readonly isAbsent?: boolean;
}

async function readSet(path: string): Promise<ReadSet> {
  try {
    const { bytes } = await readRegularFile(path, POLICY_FILE_BYTES_MAX);
    return { set: await decodePolicyFile(bytes, path) };
  } catch (error) {
    if (error instanceof PolicyFileError) return { failure: error.message };
    const reason =
      error instanceof FileReadError ? error.message : `cannot be read (${String(error)})`;
    const isAbsent = error instanceof FileReadError && error.isAbsent;
    return { failure: `${path}: ${reason}`, isAbsent };
  }
}

/** How much of an id is shown. */
const ID_CHARS_MAX = 200;

/** In the order of the document; what is not about one of its policies comes first. */
async function linesOf(
  path: string,
  set: PolicySet,
  faults: readonly Fault[],
): Promise<readonly string[]> {
  const found = await located(set, faults);
  const lines = found.flatMap(([id, list]) =>
    list.map((fault) => ({ at: orderOf(fault), line: lineOf(path, id, fault) })),
  );
  return lines.sort((a, b) => a.at - b.at).map(({ line }) => line);
}

function orderOf({ index = -1, text }: LocatedFault): number {
  return isFaultCount(text) ? Number.POSITIVE_INFINITY : index;
}

function lineOf(path: string, id: string, { index, place, text }: LocatedFault): string {
  // A problem of the document, which names it.
  if (id === "" && index === undefined) return text;
  const name = id === "" ? `policies[${index}]` : JSON.stringify(id.slice(0, ID_CHARS_MAX));
  return `${place ?? path} ${name}: ${text}`;
}
