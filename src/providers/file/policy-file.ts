// Turns a policy file's bytes into a set of policies: decoded in steps, with a finder of places for
// errors where the file is text.

import { createHash } from "node:crypto";
import { errorMessage } from "../../core/errors.ts";
import { AUTHORING, decodePolicySteps, errorPath, policyPath } from "../../policy/index.ts";
import { type Pause, runInSteps } from "../../system/pause.ts";
import { PolicyDocumentError } from "./policy-document.ts";
import type { LocatedError, PolicySet } from "../provider-port.ts";
import { isPolicySetFile, readPolicySetFile } from "./policy-set-file.ts";
import { readPolicyDocument } from "./read-document.ts";

/** A file from which no policies can be taken: `<file>[:<line>:<column>]: <what>`. */
export class PolicyFileError extends Error {
  readonly code = "policy_file";
  constructor(reason: string) {
    super(reason);
    this.name = "PolicyFileError";
  }
}

/** SHA-256 in hex: the hash of a file's set. */
export function contentHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The policies of a file, bad ones included. A document that holds no policies because it is empty
 * or damaged is an error, not an empty set: `{"policies": []}` is how one says that there are none.
 * Throws PolicyFileError.
 */
export async function decodePolicyFile(
  bytes: Uint8Array,
  path: string,
  pause?: Pause,
): Promise<PolicySet> {
  if (bytes.length === 0) throw emptyFile(path);
  if (isPolicySetFile(bytes, path)) return decodeMessages(bytes, path, pause);
  const text = decodeText(bytes, path);
  if (text.trim() === "") throw emptyFile(path);
  try {
    const document = await readPolicyDocument(text, path, pause);
    const set = await runInSteps(decodePolicySteps(document.tree, AUTHORING), pause);
    if (set.policies.length === 0 && set.errors.length > 0) {
      throw new PolicyFileError(`${path}: ${set.errors.join("; ")}`);
    }
    const locate = async (wanted: readonly LocatedError[]): Promise<readonly string[]> => {
      const paths = wanted.map(({ index, error }) => [
        ...policyPath(set, index),
        ...errorPath(error),
      ]);
      const places = await document.locate(paths);
      return places.map(({ line, column }) => `${path}:${line}:${column}`);
    };
    const problems = set.errors.map((error) => `${path}: ${error}`);
    return { policies: set.policies, hash: contentHash(bytes), problems, locate };
  } catch (error) {
    if (error instanceof PolicyDocumentError) throw new PolicyFileError(error.message);
    throw error;
  }
}

async function decodeMessages(
  bytes: Uint8Array,
  path: string,
  pause: Pause | undefined,
): Promise<PolicySet> {
  try {
    return { policies: await readPolicySetFile(bytes, pause), hash: contentHash(bytes) };
  } catch (error) {
    throw new PolicyFileError(`${path}: is no PolicySet: ${errorMessage(error)}`);
  }
}

function emptyFile(path: string): PolicyFileError {
  return new PolicyFileError(`${path}: is empty; write {"policies": []} for no policies`);
}

function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new PolicyFileError(`${path}: is not UTF-8 text; save it as UTF-8`);
  }
}
