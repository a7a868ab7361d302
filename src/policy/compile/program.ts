// A program: the compiled, immutable form of all working policies of one signal. Policies are
// numbered by byte order of their ids, which also decides ties and orders transforms. Whatever
// grows with large sets is flat and may be shared by threads; the rest of a policy or a predicate
// is made by each thread, when it first asks for it, from the policy itself.

import { type FlatMemory, FlatReader } from "../matching/flat-memory.ts";
import { PROGRAM_CACHE_BYTES, PROGRAM_CACHE_BYTES_PER_POLICY } from "../../core/limits.ts";
import type { DayBudget } from "../budget/day-budget.ts";
import type { CountsRow } from "../counts.ts";
import { compileKeep, type CompiledKeep, OTEL_DROP_RANK, rankOf } from "../keep/compile-keep.ts";
import type { RateLimiter } from "../keep/rate-limiter.ts";
import type { RateKeep } from "../keep/rate-limiter-shared.ts";
import type { CachePool } from "../../regex/index.ts";
import { Level } from "../fields.ts";
import { matcherAt } from "../groups.ts";
import type { FieldRef, Keep, Policy, Signal, Target } from "../model.ts";
import { triedRate } from "../shadow/mode.ts";
import { compileTransform, type CompiledTransform } from "../transform/compile-transform.ts";
import type { CompiledMatcher } from "./access.ts";
import { makeTest } from "./make-test.ts";
import { PairTable } from "./pair-table.ts";
import type { PredicateTest } from "./predicate.ts";
import { SlotIndex } from "./slot-index.ts";
import { SlotTable } from "./slot-table.ts";

/** A program in the form in which threads pass it on; it can be posted. */
export interface ProgramData {
  readonly signal: Signal;
  readonly memory: FlatMemory;
  /** The position from which the program's tables are read, in the order of `Tables`. */
  readonly position: number;
  /** By slot; the program in shadow has the same slots. */
  readonly refs: readonly FieldRef[];
  /** The program of policies that are in shadow for some records; absent: there are none. */
  readonly shadow?: ProgramData;
  /** Slots whose arrays must have their elements put. */
  readonly holding: readonly number[];
  /**
   * With `shadow`: how many slots there would be without it, and which of those would be in
   * `holding`.
   */
  readonly enforcedSlots?: number;
  readonly enforcedHolding?: readonly number[];
  /** The slot of the service by which records are counted as well; absent: they are not. */
  readonly serviceSlot?: number;
  /** With `serviceSlot`: how many slots policies ask for. */
  readonly neededSlots?: number;
}

export interface CompiledPolicy {
  readonly policy: Policy;
  readonly counts: CountsRow;
  readonly source: Keep;
  readonly keep: CompiledKeep;
  readonly rank: number;
  readonly transform: CompiledTransform | undefined;
  /** In the order in which the policy has them, for explanations. */
  readonly groups: readonly (readonly CompiledMatcher[])[];
}

/** From where a thread gets what a program's tables do not contain. */
export interface ProgramSources {
  /** By the number in the set, which is not the number in the program. */
  readonly policyAt: (number: number) => Policy;
  readonly countsOf: (policy: Policy) => CountsRow;
  /** The limiter of a policy with a rate. */
  readonly limiterOf: (policy: Policy, keep: RateKeep, number: number) => RateLimiter;
  /** The budget of that name; undefined: there is none, and policies with it keep everything. */
  readonly budgetOf?: ((name: string) => DayBudget | undefined) | undefined;
}

/** Properties of policies as bits, for callers that do not want to look at each policy. */
export const Trait = {
  /** It has a transform that redacts or removes. */
  hides: 1,
  /** It uses extensions. */
  extended: 2,
} as const;

/** Marks an index in which no value has been looked up yet. */
const UNREAD = null;

export class Program {
  readonly signal: Signal;
  readonly slots: SlotTable;
  /** Numbers of policies and of predicates. */
  readonly size: number;
  readonly predicateCount: number;
  readonly predicateSlots: Int32Array;
  /** For each group after the first ones (which have the numbers of their policies): its policy. */
  readonly owners: Int32Array;
  /** Number of groups. */
  readonly groupCount: number;
  /** Groups found by one predicate: postings[postingStarts[p] … postingStarts[p + 1]). */
  readonly postingStarts: Int32Array;
  readonly postings: Int32Array;
  /** Groups found by two predicates; undefined if there are none. */
  readonly pairs: PairTable | undefined;
  /**
   * Matchers left to verify, cheapest first: the predicate's number doubled, plus one if negated.
   */
  readonly matcherStarts: Int32Array;
  readonly matchers: Int32Array;
  /** Groups that are checked for every record. */
  readonly always: Int32Array;
  /** By policy: how restrictive its keep is. */
  readonly ranks: Float64Array;
  /** By policy: the count that its drops are added to. */
  readonly reasons: Uint8Array;
  /** By policy: the share of records that it is enforced for. */
  readonly enforcedPercents: Float64Array;
  /** Whether any policy is in OpenTelemetry's dialect, including those in shadow. */
  readonly isOtel: boolean;
  /** Whether there are policies in rollout. */
  readonly isRolledOut: boolean;
  /** The program that judges without effect; undefined: no policy is in shadow. */
  readonly shadow: Program | undefined;
  /** By group: 1 if it asks for data points one by one; undefined: none does. */
  readonly pointwise: Uint8Array | undefined;
  /** The slot for services of records, for counting or for policies as well; -1: none. */
  readonly serviceSlot: number;
  /** The most hits that the values of one slot can give. */
  readonly hitsMax: number;
  private readonly data: ProgramData;
  private readonly sources: ProgramSources;
  /** By policy: its number in the set. */
  private readonly numbers: Int32Array;
  private readonly traits: Uint8Array;
  /** By group: its matchers in their original order, in the same form as `matchers`. */
  private readonly ownMatchers: Int32Array;
  private readonly ownMatcherStarts: Int32Array;
  /** By predicate: the policy that it is made from, and which of that policy's matchers. */
  private readonly testSources: Int32Array;
  /** By slot: where its index is written, or -1 if no policy is found by the slot. */
  private readonly indexPlaces: Int32Array;
  /** Slots whose indexes have to be prepared. */
  private readonly toPrepare: Int32Array;
  private readonly pool: CachePool;
  private readonly policies: (CompiledPolicy | undefined)[] = [];
  private readonly tests: (PredicateTest | undefined)[] = [];
  private readonly indexes: (SlotIndex | undefined | null)[];

  constructor(data: ProgramData, sources: ProgramSources) {
    this.data = data;
    this.sources = sources;
    this.signal = data.signal;
    this.slots = SlotTable.of(data.signal, data.refs, data.holding);
    const { serviceSlot = -1, neededSlots = 0 } = data;
    this.serviceSlot = serviceSlot < data.refs.length ? serviceSlot : -1;
    if (this.serviceSlot >= neededSlots) this.slots.countingSlot = serviceSlot;
    const from = new FlatReader(data.memory, data.position);
    this.hitsMax = from.int();
    this.numbers = from.ints();
    this.ranks = from.doubles();
    this.reasons = from.bytes();
    this.traits = from.bytes();
    this.enforcedPercents = from.doubles();
    this.owners = from.ints();
    this.ownMatcherStarts = from.ints();
    this.ownMatchers = from.ints();
    this.predicateSlots = from.ints();
    this.testSources = from.ints();
    this.postingStarts = from.ints();
    this.postings = from.ints();
    this.always = from.ints();
    this.matcherStarts = from.ints();
    this.matchers = from.ints();
    this.indexPlaces = from.ints();
    this.toPrepare = from.ints();
    this.pairs = from.int() === 0 ? undefined : PairTable.read(from);
    this.size = this.numbers.length;
    this.isRolledOut = this.enforcedPercents.some((percent) => percent > 0 && percent < 100);
    this.shadow = data.shadow && new Program(data.shadow, inShadow(sources));
    this.isOtel = this.ranks.some((rank) => rank >= OTEL_DROP_RANK) || this.shadow?.isOtel === true;
    this.groupCount = this.size + this.owners.length;
    this.predicateCount = this.predicateSlots.length;
    this.pointwise = this.slots.asks(Level.point) ? this.findPointwise() : undefined;
    this.indexes = Array.from(this.indexPlaces, (place) => (place < 0 ? undefined : UNREAD));
    const freeBytes = PROGRAM_CACHE_BYTES + this.size * PROGRAM_CACHE_BYTES_PER_POLICY;
    this.pool = { freeBytes };
  }

  private findPointwise(): Uint8Array {
    return Uint8Array.from({ length: this.groupCount }, (_, group) =>
      this.matchersOf(group).some(({ predicate }) => {
        const slot = this.predicateSlots[predicate] as number;
        return this.slots.levels[slot] === Level.point;
      })
        ? 1
        : 0,
    );
  }

  /** The same program with nothing made yet, for a short use that counts nothing. */
  fresh(): Program {
    const { serviceSlot: _, neededSlots, ...data } = this.data;
    return new Program({ ...data, refs: data.refs.slice(0, neededSlots) }, this.sources);
  }

  /** Whether others than enforced policies ask for slots. */
  get asksMore(): boolean {
    return this.shadow !== undefined || this.slots.countingSlot >= 0;
  }

  /**
   * The same program without policies in shadow, and only with the slots that its own policies ask
   * for.
   */
  enforcedOnly(): Program {
    const { memory, position, refs, enforcedSlots, neededSlots, serviceSlot, signal } = this.data;
    const holding = this.data.enforcedHolding ?? this.data.holding;
    const own = {
      signal,
      memory,
      position,
      holding,
      refs: refs.slice(0, enforcedSlots ?? neededSlots),
    };
    return new Program(serviceSlot === undefined ? own : { ...own, serviceSlot }, this.sources);
  }

  /** Takes steps of a few milliseconds; to be done before values are looked up in indexes. */
  *prepare(): Generator<undefined, void> {
    if (this.shadow !== undefined) yield* this.shadow.prepare();
    for (const slot of this.toPrepare) {
      const index = this.index(slot);
      if (index !== undefined) yield* index.prepare((predicate) => this.test(predicate));
      yield;
    }
  }

  /** Undefined if no policy is found by the slot. */
  index(slot: number): SlotIndex | undefined {
    const known = this.indexes[slot];
    return known === UNREAD ? this.readIndex(slot) : known;
  }

  test(predicate: number): PredicateTest {
    return this.tests[predicate] ?? this.makeTest(predicate);
  }

  policy(number: number): CompiledPolicy {
    return this.policies[number] ?? this.makePolicy(number);
  }

  /** The number of a policy in the set. */
  numberInSet(number: number): number {
    return this.numbers[number] as number;
  }

  policyId(number: number): string {
    return this.policy(number).policy.id;
  }

  /** The groups of a policy, and their matchers, in its own order. */
  groupsOf(number: number): CompiledMatcher[][] {
    const groups = [this.matchersOf(number)];
    const { owners } = this;
    for (let i = firstAtLeast(owners, number); owners[i] === number; i++) {
      groups.push(this.matchersOf(this.size + i));
    }
    return groups;
  }

  private matchersOf(group: number): CompiledMatcher[] {
    const from = this.ownMatcherStarts[group] as number;
    const to = this.ownMatcherStarts[group + 1] as number;
    return Array.from(this.ownMatchers.subarray(from, to), (matcher) => ({
      predicate: matcher >> 1,
      negate: (matcher & 1) !== 0,
    }));
  }

  /** Numbers of the policies that have this trait. */
  policiesWith(trait: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.size; i++) {
      if (((this.traits[i] as number) & trait) !== 0) found.push(i);
    }
    return found;
  }

  private readIndex(slot: number): SlotIndex {
    const index = new SlotIndex(new FlatReader(this.data.memory, this.indexPlaces[slot]));
    this.indexes[slot] = index;
    return index;
  }

  private makeTest(predicate: number): PredicateTest {
    const policy = this.sourceOf(this.testSources[predicate * 2] as number);
    const matcher = matcherAt(targetOf(policy), this.testSources[predicate * 2 + 1] as number);
    if (matcher === undefined) throw new Error(`no matcher for predicate ${predicate}`);
    const test = makeTest(matcher, this.pool);
    this.tests[predicate] = test;
    return test;
  }

  private makePolicy(number: number): CompiledPolicy {
    const inSet = this.numbers[number] as number;
    const { policyAt, countsOf, limiterOf, budgetOf } = this.sources;
    const policy = policyAt(inSet);
    const target = targetOf(policy);
    const { keep } = target;
    const made: CompiledPolicy = {
      policy,
      counts: countsOf(policy),
      source: keep,
      keep: compileKeep(keep, this.slots, {
        limiterOf: (rate) => limiterOf(policy, rate, inSet),
        budgetOf: (name) => budgetOf?.(name),
      }),
      rank: rankOf(keep),
      transform: compileTransform(target, this.pool),
      groups: this.groupsOf(number),
    };
    this.policies[number] = made;
    return made;
  }

  private sourceOf(number: number): Policy {
    return this.policies[number]?.policy ?? this.sources.policyAt(this.numbers[number] as number);
  }
}

/** The sources for a program in shadow: its rate limits are separate, and it spends no budget. */
function inShadow({ limiterOf, policyAt, countsOf }: ProgramSources): ProgramSources {
  return {
    policyAt,
    countsOf,
    limiterOf: (policy, keep, number) => limiterOf(policy, triedRate(keep), number),
  };
}

/** Index of the first of the ascending numbers that is not less. */
function firstAtLeast(numbers: Int32Array, number: number): number {
  let from = 0;
  let to = numbers.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] as number) < number) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Every policy in a program has a target. */
function targetOf({ id, target }: Policy): Target {
  if (target === undefined) throw new Error(`policy ${JSON.stringify(id)} has no target`);
  return target;
}
