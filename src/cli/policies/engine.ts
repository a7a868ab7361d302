// Compiles the policies of files as the running program would, for commands that judge records.

import { ConfigError, type ReadFile } from "../../config/index.ts";
import { POLICY_FILE_BYTES_MAX } from "../../core/limits.ts";
import {
  createEngine,
  type Engine,
  type Policy,
  type PolicySummary,
  type RegexValidator,
} from "../../policy/index.ts";
import { decodePolicyFile, PolicyFileError } from "../../providers/index.ts";
import { mergeSets } from "../../providers/merge.ts";
import { runInSteps } from "../../system/pause.ts";
import { expanded } from "../policy-files.ts";

export interface LoadedPolicies {
  readonly engine: Engine;
  /** Of all files, in their order; the first one of each id is in force. */
  readonly policies: readonly Policy[];
  readonly summaries: readonly PolicySummary[];
}

export interface EngineOptions {
  readonly readFile: ReadFile;
  readonly validateRegex: RegexValidator;
  /** Monotonic milliseconds, for rates. Default: the real clock. */
  readonly nowMs?: () => number;
  /** Uniform in [0, 1). Default: real randomness. */
  readonly random?: () => number;
}

/**
 * Policies with errors are in the summaries, and not in force.
 * @throws {ConfigError} when a file cannot be read, or holds no policies
 */
export async function loadPolicies(
  paths: readonly string[],
  options: EngineOptions,
): Promise<LoadedPolicies> {
  const {
    readFile,
    validateRegex,
    nowMs = () => performance.now(),
    random = Math.random,
  } = options;
  const files = paths.flatMap(expanded);
  const sets = await Promise.all(files.map((path) => readSet(path, readFile)));
  const merged = mergeSets(sets.map(({ policies }, i) => ({ provider: files[i] ?? "", policies })));
  const engine = createEngine({ validateRegex, nowMs, random });
  const { policies } = await runInSteps(engine.replace(merged.policies));
  return { engine, policies: merged.policies, summaries: policies };
}

async function readSet(path: string, readFile: ReadFile): ReturnType<typeof decodePolicyFile> {
  let bytes: Uint8Array;
  try {
    bytes = readFile(path, POLICY_FILE_BYTES_MAX);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const reason = code === "ENOENT" ? "no such file" : `cannot be read (${code})`;
    throw new ConfigError([`${path}: ${reason}`]);
  }
  if (bytes.length > POLICY_FILE_BYTES_MAX) {
    throw new ConfigError([
      `${path}: larger than ${POLICY_FILE_BYTES_MAX} bytes, which is the most`,
    ]);
  }
  try {
    return await decodePolicyFile(bytes, path);
  } catch (error) {
    if (error instanceof PolicyFileError) throw new ConfigError([error.message]);
    throw error;
  }
}
