// A program: the compiled, immutable form of all working policies of one signal. Policies are
// numbered by byte order of their ids, which is the order of ties and of transforms.

import { PROGRAM_CACHE_BYTES, PROGRAM_CACHE_BYTES_PER_POLICY } from "../../core/limits.ts";
import { errorMessage } from "../../core/errors.ts";
import type { CountsRow } from "../counts.ts";
import { compileKeep, type CompiledKeep, rankOf } from "../keep/compile-keep.ts";
import type { RateLimiter } from "../keep/rate-limiter.ts";
import type { CachePool } from "../../regex/index.ts";
import { SlotIndex } from "./slot-index.ts";
import type { Keep, Policy, Signal, Target } from "../model.ts";
import { compileTransform, type CompiledTransform } from "../transform/compile-transform.ts";
import { type Access, chooseAccess, type CompiledMatcher, priorOf } from "./access.ts";
import { type PairedPolicy, PairTable } from "./pair-table.ts";
import type { Predicate, PredicateTest } from "./predicate.ts";
import { PredicateTable } from "./predicate-table.ts";
import { SlotTable } from "./slot-table.ts";

/** A policy that can be compiled, and what it keeps from the set before. */
export interface CompileInput {
  readonly policy: Policy;
  readonly target: Target;
  readonly counts: CountsRow;
  readonly limiterOf: (keep: Keep) => RateLimiter | undefined;
}

export interface CompiledPolicy {
  readonly policy: Policy;
  readonly counts: CountsRow;
  readonly source: Keep;
  readonly keep: CompiledKeep;
  readonly rank: number;
  readonly transform: CompiledTransform | undefined;
  /** In the order of the policy, for pages and explanations. */
  readonly matchers: readonly CompiledMatcher[];
}

export interface CompileFailure {
  readonly policy: Policy;
  readonly reason: string;
}

export interface Program {
  readonly signal: Signal;
  readonly slots: SlotTable;
  readonly policies: readonly CompiledPolicy[];
  /** Policies that could not be compiled although nothing was found wrong with them: inert. */
  readonly failures: readonly CompileFailure[];
  readonly predicates: readonly Predicate[];
  readonly predicateSlots: Int32Array;
  /** By slot; undefined where no policy is found by the slot. */
  readonly indexes: readonly (SlotIndex | undefined)[];
  /** Policies found by one predicate: postings[postingStarts[p] … postingStarts[p + 1]). */
  readonly postingStarts: Int32Array;
  readonly postings: Int32Array;
  /** Policies found by two predicates; undefined when there are none. */
  readonly pairs: PairTable | undefined;
  /** Matchers left to verify, cheapest first: predicate doubled, odd when negated. */
  readonly matcherStarts: Int32Array;
  readonly matchers: Int32Array;
  /** Policies that are looked at for every record. */
  readonly always: Int32Array;
  /** The most hits that the values of one slot can give. */
  readonly hitsMax: number;
}

/** Work per step of compiling; a step takes at most a few milliseconds. */
const POLICIES_PER_STEP = 20;
const MATCHERS_PER_STEP = 500;

/** Compiles step by step; `inputs` are sorted by id and have no errors. */
export function* compileProgram(
  signal: Signal,
  inputs: readonly CompileInput[],
): Generator<undefined, Program> {
  const slots = new SlotTable(signal);
  const pool = { freeBytes: PROGRAM_CACHE_BYTES + inputs.length * PROGRAM_CACHE_BYTES_PER_POLICY };
  const table = new PredicateTable(slots, pool);
  const policies: CompiledPolicy[] = [];
  const failures: CompileFailure[] = [];
  for (const input of inputs) {
    try {
      policies.push(compilePolicy(input, slots, table, pool));
    } catch (error) {
      const reason = errorMessage(error);
      failures.push({ policy: input.policy, reason });
    }
    if (policies.length % POLICIES_PER_STEP === 0) yield;
  }
  const { predicates } = table;
  const priors = predicates.map((predicate) => {
    const ref = slots.refs[predicate.slot];
    return ref === undefined ? 1 : priorOf(predicate, ref);
  });
  const access = yield* chooseAccess(
    policies.map((policy) => policy.matchers),
    predicates,
    priors,
  );
  yield;
  const indexes = yield* buildIndexes(slots, predicates, access);
  yield;
  const postings = buildPostings(access, predicates.length);
  yield;
  const verify = yield* buildMatchers(policies, access, predicates);
  yield;
  return {
    signal,
    slots,
    policies,
    failures,
    predicates,
    predicateSlots: Int32Array.from(predicates, (predicate) => predicate.slot),
    indexes,
    ...postings,
    ...verify,
    hitsMax: indexes.reduce((most, index) => Math.max(most, index?.hitsMax ?? 0), 0),
  };
}

function compilePolicy(
  { policy, target, counts, limiterOf }: CompileInput,
  slots: SlotTable,
  table: PredicateTable,
  pool: CachePool,
): CompiledPolicy {
  // Matchers first: they are what can fail, and nothing is left behind then but unused predicates.
  const matchers = target.matchers.map((matcher) => ({
    predicate: table.idOf(matcher),
    negate: matcher.negate,
  }));
  return {
    policy,
    counts,
    source: target.keep,
    keep: compileKeep(target.keep, slots, limiterOf),
    rank: rankOf(target.keep),
    transform: target.transform && compileTransform(target.transform, pool),
    matchers,
  };
}

function* buildIndexes(
  slots: SlotTable,
  predicates: readonly Predicate[],
  access: Access,
): Generator<undefined, (SlotIndex | undefined)[]> {
  const bySlot: Predicate[][] = Array.from({ length: slots.size }, () => []);
  for (const id of new Set([...access.primary, ...access.secondary])) {
    const predicate = predicates[id];
    if (predicate !== undefined) (bySlot[predicate.slot] as Predicate[]).push(predicate);
  }
  const indexes: (SlotIndex | undefined)[] = [];
  let since = 0;
  for (const list of bySlot) {
    indexes.push(list.length === 0 ? undefined : yield* SlotIndex.build(list));
    since += list.length;
    if (since >= POLICIES_PER_STEP) {
      since = 0;
      yield;
    }
  }
  return indexes;
}

function buildPostings(
  { primary, secondary }: Access,
  predicates: number,
): Pick<Program, "postingStarts" | "postings" | "pairs" | "always"> {
  const postingStarts = new Int32Array(predicates + 1);
  const always: number[] = [];
  const single: number[] = [];
  const pairs: PairedPolicy[] = [];
  primary.forEach((predicate, policy) => {
    const second = secondary[policy] as number;
    if (predicate < 0) always.push(policy);
    else if (second >= 0) pairs.push({ policy, primary: predicate, secondary: second });
    else {
      single.push(policy);
      postingStarts[predicate + 1] = (postingStarts[predicate + 1] as number) + 1;
    }
  });
  for (let p = 0; p < predicates; p++) {
    postingStarts[p + 1] = (postingStarts[p + 1] as number) + (postingStarts[p] as number);
  }
  const postings = new Int32Array(single.length);
  const fill = postingStarts.slice();
  for (const policy of single) {
    const predicate = primary[policy] as number;
    const at = fill[predicate] as number;
    postings[at] = policy;
    fill[predicate] = at + 1;
  }
  return {
    postingStarts,
    postings,
    pairs: pairs.length > 0 ? new PairTable(pairs, predicates) : undefined,
    always: Int32Array.from(always),
  };
}

function* buildMatchers(
  policies: readonly CompiledPolicy[],
  { primary, secondary }: Access,
  predicates: readonly Predicate[],
): Generator<undefined, Pick<Program, "matcherStarts" | "matchers">> {
  const matcherStarts = new Int32Array(policies.length + 1);
  const matchers: number[] = [];
  const costAt = (id: number): number => costOf((predicates[id] as Predicate).test);
  for (const [i, policy] of policies.entries()) {
    if (i % MATCHERS_PER_STEP === 0) yield;
    const rest = policy.matchers.filter(
      ({ predicate, negate }) => negate || (predicate !== primary[i] && predicate !== secondary[i]),
    );
    rest.sort((a, b) => costAt(a.predicate) - costAt(b.predicate));
    for (const { predicate, negate } of rest) matchers.push(predicate * 2 + (negate ? 1 : 0));
    matcherStarts[i + 1] = matchers.length;
  }
  return { matcherStarts, matchers: Int32Array.from(matchers) };
}

/** Relative cost of testing a predicate on its own. */
function costOf(test: PredicateTest): number {
  switch (test.op) {
    case "regex":
      return 8;
    case "literals":
      return test.literals.some((literal) => literal.op === "contains") ? 4 : 2;
    case "exists":
    case "any_string":
    case "never":
    case "number":
    case "bool":
    case "bytes":
      return 1;
  }
}
