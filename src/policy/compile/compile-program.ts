// Compiles the working policies of one signal into the flat tables of a program, in steps of a few
// milliseconds. Each group of matchers is found separately, so a policy with several groups costs
// exactly as much as several policies. The objects made for single policies are thrown away; a
// program makes them again when records ask for them.

import { FlatWriter } from "../matching/flat-memory.ts";
import { errorMessage } from "../../core/errors.ts";
import { keepReason, rankOf, reserveKeepSlots } from "../keep/compile-keep.ts";
import { groupsOf } from "../groups.ts";
import type { CachePool } from "../../regex/index.ts";
import type { Policy, Signal, Target, Transform } from "../model.ts";
import { isEnforced, isTried, modeOf } from "../shadow/mode.ts";
import { reserveRolloutSlots } from "../shadow/rollout.ts";
import { compileTransform } from "../transform/compile-transform.ts";
import { type Access, chooseAccess, type CompiledMatcher, priorOf } from "./access.ts";
import { type PairedGroup, PairTable } from "./pair-table.ts";
import type { Predicate, PredicateTest } from "./predicate.ts";
import { PredicateTable } from "./predicate-table.ts";
import { type ProgramData, Trait } from "./program.ts";
import { writeSlotIndex } from "./slot-index-builder.ts";
import { SERVICE } from "../services/service-tally.ts";
import { SlotTable } from "./slot-table.ts";

/** A policy that can be compiled. */
export interface CompileInput {
  readonly policy: Policy;
  readonly target: Target;
  /** The number of the policy in the set. */
  readonly number: number;
}

export interface CompileFailure {
  readonly policy: Policy;
  readonly reason: string;
}

export interface Compiled {
  readonly data: ProgramData;
  /** Number of policies in the program. */
  readonly size: number;
  /**
   * Policies that could not be compiled although nothing was found wrong with them: they are inert.
   */
  readonly failures: readonly CompileFailure[];
}

/** Work per step of compiling; a step takes at most a few milliseconds. */
const POLICIES_PER_STEP = 20;
const GROUPS_PER_STEP = 500;

/**
 * Compiles step by step; `inputs` are sorted by id and have no errors. Policies in shadow form a
 * separate program, attached to the program of enforced policies, which is the same with and
 * without them, except for the fields that are asked for. `byService`: records are counted by
 * service as well.
 */
export function* compileProgram(
  signal: Signal,
  inputs: readonly CompileInput[],
  byService = false,
): Generator<undefined, Compiled> {
  const slots = new SlotTable(signal);
  const compiled = yield* compileBoth(slots, inputs);
  if (!byService) return compiled;
  const neededSlots = slots.size;
  const serviceSlot = slots.slotOf(SERVICE);
  return { ...compiled, data: { ...compiled.data, neededSlots, serviceSlot } };
}

function* compileBoth(
  slots: SlotTable,
  inputs: readonly CompileInput[],
): Generator<undefined, Compiled> {
  const enforced = inputs.filter(({ policy }) => isEnforced(policy));
  const tried = inputs.filter(({ policy }) => isTried(policy));
  const compiled = yield* compilePolicies(slots, enforced);
  if (tried.length === 0) return compiled;
  if (inputs.some(({ policy }) => modeOf(policy) === "rollout")) reserveRolloutSlots(slots);
  const enforcedSlots = slots.size;
  const enforcedHolding = compiled.data.holding;
  const shadow = yield* compilePolicies(slots, tried);
  const both = [...compiled.failures, ...shadow.failures];
  const failures = [...new Map(both.map((failure) => [failure.policy, failure])).values()];
  return {
    data: {
      ...compiled.data,
      holding: shadow.data.holding,
      shadow: shadow.data,
      enforcedSlots,
      enforcedHolding,
    },
    size: inputs.length - failures.length,
    failures,
  };
}

function* compilePolicies(
  slots: SlotTable,
  inputs: readonly CompileInput[],
): Generator<undefined, Compiled> {
  const pool: CachePool = { freeBytes: 0 };
  const table = new PredicateTable(slots, pool);
  const taken: CompileInput[] = [];
  const firsts: (readonly CompiledMatcher[])[] = [];
  const others: (readonly CompiledMatcher[])[] = [];
  const owners: number[] = [];
  const failures: CompileFailure[] = [];
  for (const [i, input] of inputs.entries()) {
    try {
      const [first = [], ...more] = compileGroups(input, taken.length, slots, table, pool);
      firsts.push(first);
      for (const group of more) {
        others.push(group);
        owners.push(taken.length);
      }
      taken.push(input);
    } catch (error) {
      failures.push({ policy: input.policy, reason: errorMessage(error) });
    }
    if (i % POLICIES_PER_STEP === 0) yield;
  }
  const groups = [...firsts, ...others];
  const { predicates } = table;
  const priors = predicates.map((predicate) => {
    const ref = slots.refs[predicate.slot];
    return ref === undefined ? 1 : priorOf(predicate, ref);
  });
  const access = yield* chooseAccess(groups, predicates, priors);
  yield;
  const out = new FlatWriter();
  const indexes = yield* writeIndexes(slots, predicates, access, out);
  yield;
  const verify = yield* buildMatchers(groups, access, predicates);
  yield;
  const position = out.position;
  out.int(indexes.hitsMax);
  writePolicies(taken, out);
  writeGroups(groups, owners, out);
  yield;
  out.ints(predicates.map(({ slot }) => slot));
  out.ints(table.sources);
  const { postingStarts, postings, pairs, always } = buildPostings(access, predicates.length);
  for (const list of [postingStarts, postings, always]) out.ints(list);
  out.ints(verify.matcherStarts);
  out.ints(verify.matchers);
  out.ints(indexes.places);
  out.ints(indexes.toPrepare);
  out.int(pairs === undefined ? 0 : 1);
  pairs?.write(out);
  yield;
  const { signal, refs } = slots;
  const data = { signal, memory: out.finish(), position, refs, holding: slots.held };
  const size = taken.length;
  // The machine code compiled for these loops keeps a reference to their lists as long as it
  // exists.
  table.forget();
  taken.length = 0;
  for (const list of [firsts, others, groups]) list.length = 0;
  return { data, size, failures };
}

/** Steps that can fail come first, so that a failure leaves nothing behind. */
function compileGroups(
  { target }: CompileInput,
  policy: number,
  slots: SlotTable,
  table: PredicateTable,
  pool: CachePool,
): CompiledMatcher[][] {
  const groups = groupsOf(target);
  const tests = groups.flat().map((matcher) => table.testOf(matcher));
  compileTransform(target, pool);
  let at = 0;
  const made = groups.map((group) =>
    group.map(({ field, negate }) => {
      const source = { policy, matcher: at };
      return { predicate: table.idOf(field, tests[at++] as PredicateTest, source), negate };
    }),
  );
  reserveKeepSlots(target.keep, slots);
  return made;
}

function writePolicies(taken: readonly CompileInput[], out: FlatWriter): void {
  out.ints(taken.map(({ number }) => number));
  out.doubles(Float64Array.from(taken, ({ target }) => rankOf(target.keep)));
  out.bytes(Uint8Array.from(taken, ({ target }) => keepReason(target.keep)));
  out.bytes(Uint8Array.from(taken, traitsOf));
  out.doubles(Float64Array.from(taken, ({ policy }) => policy.enforcedPercent ?? 100));
}

/** Writes the groups as policies have them, and the policy of each group after the first ones. */
function writeGroups(
  groups: readonly (readonly CompiledMatcher[])[],
  owners: readonly number[],
  out: FlatWriter,
): void {
  out.ints(owners);
  const starts = new Int32Array(groups.length + 1);
  const own: number[] = [];
  for (const [i, list] of groups.entries()) {
    for (const { predicate, negate } of list) own.push(predicate * 2 + (negate ? 1 : 0));
    starts[i + 1] = own.length;
  }
  out.ints(starts);
  out.ints(own);
}

function traitsOf({ policy, target: { transform } }: CompileInput): number {
  return (
    (hidesAny(transform) ? Trait.hides : 0) | (policy.extensions.length > 0 ? Trait.extended : 0)
  );
}

/** Whether the transform keeps a value from whoever reads the record. */
function hidesAny(transform: Transform | undefined): boolean {
  return transform !== undefined && transform.redact.length + transform.remove.length > 0;
}

function* writeIndexes(
  slots: SlotTable,
  predicates: readonly Predicate[],
  access: Access,
  out: FlatWriter,
): Generator<undefined, { hitsMax: number; places: Int32Array; toPrepare: number[] }> {
  const bySlot: Predicate[][] = Array.from({ length: slots.size }, () => []);
  for (const id of new Set([...access.primary, ...access.secondary])) {
    const predicate = predicates[id];
    if (predicate !== undefined) (bySlot[predicate.slot] as Predicate[]).push(predicate);
  }
  const places = new Int32Array(slots.size).fill(-1);
  const toPrepare: number[] = [];
  let hitsMax = 0;
  let since = 0;
  for (const [slot, list] of bySlot.entries()) {
    if (list.length > 0) {
      const written = yield* writeSlotIndex(list, out);
      places[slot] = written.position;
      hitsMax = Math.max(hitsMax, written.hitsMax);
      if (written.isToPrepare) toPrepare.push(slot);
    }
    since += list.length;
    if (since >= POLICIES_PER_STEP) {
      since = 0;
      yield;
    }
  }
  return { hitsMax, places, toPrepare };
}

interface Postings {
  readonly postingStarts: Int32Array;
  readonly postings: Int32Array;
  readonly pairs: PairTable | undefined;
  readonly always: Int32Array;
}

function buildPostings({ primary, secondary }: Access, predicates: number): Postings {
  const postingStarts = new Int32Array(predicates + 1);
  const always: number[] = [];
  const single: number[] = [];
  const pairs: PairedGroup[] = [];
  primary.forEach((predicate, group) => {
    const second = secondary[group] as number;
    if (predicate < 0) always.push(group);
    else if (second >= 0) pairs.push({ group, primary: predicate, secondary: second });
    else {
      single.push(group);
      postingStarts[predicate + 1] = (postingStarts[predicate + 1] as number) + 1;
    }
  });
  for (let p = 0; p < predicates; p++) {
    postingStarts[p + 1] = (postingStarts[p + 1] as number) + (postingStarts[p] as number);
  }
  const postings = new Int32Array(single.length);
  const fill = postingStarts.slice();
  for (const group of single) {
    const predicate = primary[group] as number;
    const at = fill[predicate] as number;
    postings[at] = group;
    fill[predicate] = at + 1;
  }
  return {
    postingStarts,
    postings,
    pairs: pairs.length > 0 ? PairTable.of(pairs, predicates) : undefined,
    always: Int32Array.from(always),
  };
}

/**
 * Writes which matchers of each group remain to be verified once its access predicates are true.
 */
function* buildMatchers(
  own: readonly (readonly CompiledMatcher[])[],
  { primary, secondary }: Access,
  predicates: readonly Predicate[],
): Generator<undefined, { matcherStarts: Int32Array; matchers: readonly number[] }> {
  const matcherStarts = new Int32Array(own.length + 1);
  const matchers: number[] = [];
  const costAt = (id: number): number => costOf((predicates[id] as Predicate).test);
  for (const [i, list] of own.entries()) {
    if (i % GROUPS_PER_STEP === 0) yield;
    const rest = list.filter(
      ({ predicate, negate }) => negate || (predicate !== primary[i] && predicate !== secondary[i]),
    );
    rest.sort((a, b) => costAt(a.predicate) - costAt(b.predicate));
    for (const { predicate, negate } of rest) matchers.push(predicate * 2 + (negate ? 1 : 0));
    matcherStarts[i + 1] = matchers.length;
  }
  return { matcherStarts, matchers };
}

/** Relative cost of testing a predicate by itself. */
function costOf(test: PredicateTest): number {
  switch (test.op) {
    case "regex":
      return 8;
    case "literals":
      return test.literals.some((literal) => literal.op === "contains") ? 4 : 2;
    case "holds":
    case "contains_bytes":
      return 4;
    case "exists":
    case "any_string":
    case "never":
    case "number":
    case "bool":
    case "bytes":
      return 1;
  }
}
