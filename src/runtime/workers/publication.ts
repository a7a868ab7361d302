// A set of policies as it is sent to the workers: one message, whose large parts are memory that
// all threads read.

import { type ExtensionHandlers, type Policy, useFault } from "../../policy/index.ts";
import type { PoliciesMessage } from "./messages.ts";

export interface Publication {
  /** That of the main thread's engine. */
  readonly version: number;
  /** Undefined: there is no set yet. */
  readonly message: PoliciesMessage | undefined;
}

export const NOTHING_PUBLISHED: Publication = { version: 0, message: undefined };

/** With those of its extensions' uses that work; workers need no others. */
export function withWorkingUses(policy: Policy, handlers?: ExtensionHandlers): Policy {
  if (policy.extensions.length === 0) return policy;
  const extensions = policy.extensions.filter((use) => useFault(use, handlers) === undefined);
  return { ...policy, extensions };
}
