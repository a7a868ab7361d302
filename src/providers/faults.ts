// Collects what is wrong with the policies of each provider, once their sets have been merged and
// compiled. The running program and `validate` both use it.

import { FAULT_PLACES_MAX } from "../core/limits.ts";
import { FaultList, isFaultCount, type PolicySummary } from "../policy/index.ts";
import type { MergedSet } from "./merge.ts";
import type { LocatedError, PolicySet } from "./provider-port.ts";

/** What is wrong with policies, by id; policies without a fault are left out. */
export type Faults = ReadonlyMap<string, readonly string[]>;

export interface SourceFaults {
  readonly errors: Faults;
  readonly warnings: Faults;
}

/**
 * The faults of each source. Ids that a source lost to an earlier one have that as their error;
 * problems of a document outside its policies are under the empty id.
 */
export function faultsOf(
  sets: readonly (Pick<PolicySet, "problems"> | undefined)[],
  { owners, conflicts }: MergedSet,
  summaries: readonly PolicySummary[],
): readonly SourceFaults[] {
  const books = sets.map(() => ({ errors: new FaultBook(), warnings: new FaultBook() }));
  for (const { id, errors, warnings } of summaries) {
    const book = books[owners.get(id) ?? -1];
    book?.errors.add(id, errors);
    book?.warnings.add(id, warnings);
  }
  for (const { source, policy, error } of conflicts) books[source]?.errors.add(policy, [error]);
  for (const [source, set] of sets.entries()) books[source]?.errors.add("", set?.problems ?? []);
  return books.map(({ errors, warnings }) => ({ errors: errors.all(), warnings: warnings.all() }));
}

class FaultBook {
  readonly #lists = new Map<string, FaultList>();

  add(id: string, faults: readonly string[]): void {
    if (faults.length === 0) return;
    let list = this.#lists.get(id);
    if (list === undefined) this.#lists.set(id, (list = new FaultList()));
    list.addAll(faults);
  }

  all(): Faults {
    return new Map([...this.#lists].map(([id, list]) => [id, list.all()]));
  }
}

/** A policy and what is wrong with it. */
export type Fault = readonly [policy: string, faults: readonly string[]];

export interface LocatedFault {
  readonly text: string;
  /** The position of the policy in its set; undefined for what concerns no single policy. */
  readonly index: number | undefined;
  /** For example `policies.json:4:81`; undefined when it is not known. */
  readonly place: string | undefined;
}

/** The faults with their places in the set's document, as far as they are found. Never rejects. */
export async function located(
  { policies, locate }: Pick<PolicySet, "policies" | "locate">,
  faults: readonly Fault[],
): Promise<readonly (readonly [policy: string, faults: readonly LocatedFault[]])[]> {
  const indexes = new Map<string, number[]>(faults.map(([id]) => [id, []]));
  for (const [index, { id }] of policies.entries()) indexes.get(id)?.push(index);
  const indexOf = (id: string, error: string): number | undefined => {
    if (isFaultCount(error)) return undefined;
    const own = indexes.get(id) ?? [];
    // Of several policies of one id, the one that was decoded with this error.
    const found = own.find((at) => policies[at]?.errors.includes(error));
    return found ?? (id === "" ? undefined : own[0]);
  };
  const indexed = faults.map(([id, list]) => ({
    id,
    list: list.map((text) => ({ text, index: indexOf(id, text) })),
  }));
  const wanted: LocatedError[] = indexed
    .flatMap(({ list }) => list)
    .flatMap(({ text, index }) => (index === undefined ? [] : [{ index, error: text }]))
    .slice(0, FAULT_PLACES_MAX);
  const places = locate && wanted.length > 0 ? await placesOf(locate, wanted) : [];
  let next = 0;
  return indexed.map(({ id, list }) => [
    id,
    list.map(({ text, index }) => {
      return { text, index, place: index === undefined ? undefined : places[next++] };
    }),
  ]);
}

/** Without places the faults are told all the same. */
async function placesOf(
  locate: NonNullable<PolicySet["locate"]>,
  wanted: readonly LocatedError[],
): Promise<readonly string[]> {
  try {
    return await locate(wanted);
  } catch {
    return [];
  }
}
