// Warns about a surprise where policies of both dialects are in force together: an exemption in one
// dialect does not exempt from drops of the other.

import type { Policy } from "../../policy/index.ts";

/**
 * A warning for each ACTION_KEEP that stands beside policies of tero.policy.v1 which may drop the
 * same kind of records. `policies`: those that are enforced, without errors.
 */
export function mixedWarnings(
  policies: readonly Policy[],
): readonly (readonly [id: string, warnings: readonly string[]])[] {
  const dropping = policies.filter(
    ({ target }) =>
      target !== undefined && target.dialect === undefined && target.keep.kind !== "all",
  );
  return policies.flatMap(({ id, target }) => {
    if (target?.keep.kind !== "otel_keep") return [];
    const [first, ...others] = dropping.filter((one) => one.target?.signal === target.signal);
    return first === undefined ? [] : [[id, [warningOf(target.signal, first.id, others.length)]]];
  });
}

function warningOf(signal: string, first: string, others: number): string {
  const more = others === 0 ? "" : ` and ${others} more`;
  return `${signal}_filter: action: ACTION_KEEP exempts from drops of OpenTelemetry's dialect alone; ${JSON.stringify(first)}${more} of tero.policy.v1 may still drop what it matches`;
}
