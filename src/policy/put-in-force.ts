// Puts a set of policies in force in one go, for programs in which nothing else waits meanwhile.

import type { PolicyEngine, SnapshotSummary } from "./engine-port.ts";
import type { Policy } from "./model.ts";

/**
 * Compiles a set and puts it in force, in one go: some milliseconds for each thousand policies.
 * Servers take the steps of `replace` one by one instead, between requests.
 *
 * @example
 * const { policies } = decodePolicySet(JSON.parse(text), AUTHORING);
 * const { counts } = putInForce(engine, policies);
 */
export function putInForce(engine: PolicyEngine, policies: readonly Policy[]): SnapshotSummary {
  const steps = engine.replace(policies);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
