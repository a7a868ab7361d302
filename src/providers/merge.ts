// Makes one set from the sets of several providers. An id belongs to the first provider, in the
// order of the configuration, that has it; the others' policies of that id are left out and
// reported as their errors.

import { type Policy, preview } from "../policy/index.ts";

export interface SourceSet {
  readonly provider: string;
  readonly policies: readonly Policy[];
}

/** A policy that was left out. */
export interface Conflict {
  /** Index in the sources. */
  readonly source: number;
  readonly policy: string;
  readonly error: string;
}

export interface MergedSet {
  readonly policies: readonly Policy[];
  /** Index of the source that an id belongs to. */
  readonly owners: ReadonlyMap<string, number>;
  readonly conflicts: readonly Conflict[];
}

export function mergeSets(sources: readonly SourceSet[]): MergedSet {
  const policies: Policy[] = [];
  const owners = new Map<string, number>();
  const conflicts: Conflict[] = [];
  for (const [source, { policies: own }] of sources.entries()) {
    const lost = new Set<string>();
    for (const policy of own) {
      const { id } = policy;
      const owner = owners.get(id);
      // Policies without an id are all inert and cannot stand in each other's way.
      if (owner === undefined || id === "") {
        owners.set(id, source);
        policies.push(policy);
      } else if (owner === source) {
        policies.push(inert(policy));
      } else if (!lost.has(id)) {
        lost.add(id);
        const winner = sources[owner]?.provider ?? "";
        conflicts.push({ source, policy: id, error: conflictError(id, winner) });
      }
    }
  }
  return { policies, owners, conflicts };
}

function conflictError(id: string, winner: string): string {
  const names = `${preview(id)}; provider ${JSON.stringify(winner)}`;
  return `policy: duplicate id ${names} comes first and has it already; rename or remove one of the two`;
}

/**
 * The second policy of an id within one set: decoders mark it; one that does not must not get it
 * into force.
 */
function inert(policy: Policy): Policy {
  if (policy.errors.length > 0) return policy;
  const error = `policy: duplicate id ${preview(policy.id)}; give each policy its own`;
  return { ...policy, errors: [error] };
}
