// Reads a PolicySet of OpenTelemetry's own policies in protobuf, whether it is a file, the response
// of a control plane or an entry of a configuration. The envelope says which dialect all of its
// policies are in.

import { errorMessage } from "../../core/errors.ts";
import type { Policy } from "../model.ts";
import { decodeMessageSteps, splitPolicies } from "./policy-messages.ts";

/** A body that is not a PolicySet. */
export class PolicySetError extends Error {
  readonly code = "policy_set";
  constructor(reason: string) {
    super(reason);
    this.name = "PolicySetError";
  }
}

/**
 * The policies of a PolicySet, including bad ones, in steps of a few milliseconds. Fields of newer
 * drafts are skipped; an empty body is a set without policies. Throws PolicySetError.
 */
export function* readPolicySetSteps(body: Uint8Array): Generator<undefined, readonly Policy[]> {
  let messages: readonly Uint8Array[];
  try {
    messages = splitPolicies(body).policies;
  } catch (error) {
    throw new PolicySetError(errorMessage(error));
  }
  // Any bytes may begin like protobuf; taken for a set, they would switch every policy off.
  if (messages.length === 0 && body.length > 0) throw new PolicySetError("holds no policies");
  return yield* decodeMessageSteps(messages, "otel");
}
