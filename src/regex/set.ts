// Many regexes searched in one pass: a group of them shares one program and one state cache, whose
// states record which regexes have matched. When a group has too many states, it is halved; a group
// of one is just that regex. So memory stays bounded and the result is always right; only the
// number of passes varies.

import { compileSearch, sizeBound } from "./compile.ts";
import { DEAD, StateCache } from "./dfa.ts";
import type { Node } from "./syntax/ast.ts";
import { countOf } from "./syntax/char-class.ts";
import { REGEX_SET_CACHE_BYTES_MAX } from "../core/limits.ts";
import type { Regex, RegexSet } from "./port.ts";
import { CompiledRegex } from "./regex.ts";
import { type Meter, unmetered } from "./meter.ts";
import { BYTES_PER_LOOK, REPLACEMENT_BYTES, STEPS_PER_INSTRUCTION } from "./search.ts";
import { Stepper } from "./stepper.ts";
import { sequenceLength } from "./syntax/utf8.ts";

/** Regexes of one group at first: compiling so many takes a few milliseconds. */
const GROUP_SIZE_MAX = 512;
/** Instructions of their program. */
const GROUP_INSTRUCTIONS_MAX = 100_000;
/** Regexes that are examined in one step of building. */
const MEMBERS_PER_STEP = 256;
/** A class of more code points than this is "anything". */
const WIDE_CLASS_SIZE = 128;
const CACHE_BYTES_MIN = 64 * 1024;

/** A regex and its number in the set. */
interface Member {
  readonly regex: Regex;
  readonly index: number;
  /** An upper bound on the number of its instructions. */
  readonly size: number;
  /** Whether it can wait for something while anything passes. */
  readonly patient: boolean;
}

export interface RegexSetOptions {
  /**
   * Bound of all state caches of the set together, in bytes. Default: REGEX_SET_CACHE_BYTES_MAX.
   */
  readonly cacheBytesMax?: number;
}

/** Builds the set at once. */
export function createRegexSet(regexes: readonly Regex[], options?: RegexSetOptions): RegexSet {
  const steps = buildRegexSet(regexes, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Builds the set in steps of a few milliseconds, for callers that must not stop for long. */
export function* buildRegexSet(
  regexes: readonly Regex[],
  options: RegexSetOptions = {},
): Generator<undefined, RegexSet> {
  const bytesMax = options.cacheBytesMax ?? REGEX_SET_CACHE_BYTES_MAX;
  // Regexes that can wait for something while anything passes make states explode soonest; they
  // are kept together, so that the others are not halved with them.
  const hasty: Member[] = [];
  const patient: Member[] = [];
  for (const [index, regex] of regexes.entries()) {
    const member = memberOf(regex, index);
    (member.patient ? patient : hasty).push(member);
    if (index % MEMBERS_PER_STEP === MEMBERS_PER_STEP - 1) yield undefined;
  }
  const groups: Group[] = [];
  const share = bytesMax / Math.max(1, regexes.length);
  for (const members of batches([...hasty, ...patient])) {
    groups.push(new Group(members, share));
    yield undefined;
  }
  return new CombinedSet(groups, regexes.length);
}

function memberOf(regex: Regex, index: number): Member {
  const tree = regex instanceof CompiledRegex ? regex.existence() : undefined;
  return {
    regex,
    index,
    // A regex that was made elsewhere cannot be combined, so it stays alone.
    size: tree === undefined ? GROUP_INSTRUCTIONS_MAX + 1 : sizeBound(tree),
    patient: tree !== undefined && canWait(tree),
  };
}

/** Cuts the members into groups of bounded number and bounded programs, in their order. */
function* batches(members: readonly Member[]): Generator<readonly Member[]> {
  let from = 0;
  let size = 0;
  for (const [at, member] of members.entries()) {
    const full = at - from === GROUP_SIZE_MAX || size + member.size > GROUP_INSTRUCTIONS_MAX;
    if (full && at > from) {
      yield members.slice(from, at);
      from = at;
      size = 0;
    }
    size += member.size;
  }
  if (from < members.length) yield members.slice(from);
}

/** Whether a loop inside lets nearly everything pass. */
function canWait(node: Node): boolean {
  switch (node.op) {
    case "repeat":
      return (node.max < 0 && isWide(node.sub)) || canWait(node.sub);
    case "capture":
      return canWait(node.sub);
    case "concat":
    case "alternate":
      return node.subs.some(canWait);
    default:
      return false;
  }
}

function isWide(node: Node): boolean {
  if (node.op === "alternate") return node.subs.some(isWide);
  return node.op === "any_byte" || (node.op === "class" && countOf(node.ranges) > WIDE_CLASS_SIZE);
}

/** Which regexes have been reported for the current text, each once. */
class Hits {
  count = 0;
  private out: Int32Array = new Int32Array(0);
  private readonly seen: Int32Array;
  private epoch = 0;

  constructor(size: number) {
    this.seen = new Int32Array(size);
  }

  begin(out: Int32Array): void {
    this.out = out;
    this.count = 0;
    this.epoch = (this.epoch + 1) | 0;
    if (this.epoch !== 0) return;
    this.seen.fill(0);
    this.epoch = 1;
  }

  add(index: number): void {
    if (this.seen[index] === this.epoch) return;
    this.seen[index] = this.epoch;
    this.out[this.count++] = index;
  }
}

class CombinedSet implements RegexSet {
  private groups: Group[];
  private readonly hits: Hits;

  constructor(groups: Group[], size: number) {
    this.groups = groups;
    this.hits = new Hits(size);
  }

  search(
    bytes: Uint8Array,
    start: number,
    end: number,
    hits: Int32Array,
    meter = unmetered(),
  ): number {
    const { hits: found } = this;
    found.begin(hits);
    const { groups } = this;
    for (let i = 0; i < groups.length && !meter.ranOut; i++) {
      const group = groups[i];
      if (group === undefined || group.search(bytes, start, end, found, meter)) continue;
      // This group has too many states: its halves replace it, and search the text again.
      const halves = group.halves();
      groups.splice(i, 1, ...halves);
      i--;
    }
    return found.count;
  }
}

class Group {
  private readonly members: readonly Member[];
  private readonly bytesPerRegex: number;
  /** Undefined for a group of one. */
  private readonly cache: StateCache | undefined;

  constructor(members: readonly Member[], bytesPerRegex: number) {
    this.members = members;
    this.bytesPerRegex = bytesPerRegex;
    const trees = members.map(({ regex }) =>
      regex instanceof CompiledRegex ? regex.existence() : undefined,
    );
    const known = trees.filter((tree) => tree !== undefined);
    if (members.length < 2 || known.length < trees.length) return;
    const bytesMax = Math.max(CACHE_BYTES_MIN, bytesPerRegex * members.length);
    this.cache = new StateCache(new Stepper(compileSearch(known)), bytesMax);
  }

  halves(): Group[] {
    const { members, bytesPerRegex } = this;
    const middle = members.length >>> 1;
    return [members.slice(0, middle), members.slice(middle)].map(
      (half) => new Group(half, bytesPerRegex),
    );
  }

  /** False if the group should be halved. */
  search(bytes: Uint8Array, start: number, end: number, hits: Hits, meter: Meter): boolean {
    const { cache } = this;
    if (cache === undefined) {
      for (const { regex, index } of this.members) {
        if (regex.test(bytes, start, end, meter)) hits.add(index);
      }
      return true;
    }
    this.run(cache, bytes, start, end, hits, meter);
    cache.account(end - start);
    return !cache.simulates;
  }

  /** Budget: two table look-ups per byte while no regex matches. */
  private run(
    cache: StateCache,
    bytes: Uint8Array,
    start: number,
    end: number,
    hits: Hits,
    meter: Meter,
  ): void {
    const { classOf, classCount, looksAhead, beginContext } = cache.stepper.program;
    let state = this.settle(cache, cache.start(beginContext), hits);
    let { transitions } = cache;
    let validEnd = start;
    for (let at = start; at < end && state !== DEAD;) {
      const stop = Math.min(end, at + BYTES_PER_LOOK);
      if (!meter.spend(stop - at)) return;
      while (at < stop && state !== DEAD) {
        const byte = bytes[at] as number;
        if (byte >= 0x80 && at >= validEnd) {
          const length = sequenceLength(bytes, at, end);
          if (length === 0) {
            for (const one of REPLACEMENT_BYTES) {
              if (state === DEAD) break;
              state = this.step(cache, state, classOf[one] as number, at, hits, meter);
            }
            if (cache.simulates || meter.ranOut) return;
            ({ transitions } = cache);
            at++;
            continue;
          }
          validEnd = at + length;
        }
        const byteClass = classOf[byte] as number;
        const next = transitions[state + byteClass] as number;
        if (next > 0) {
          state = next;
        } else {
          state = this.step(cache, state, byteClass, at - start, hits, meter);
          if (cache.simulates || meter.ranOut) return;
          ({ transitions } = cache);
        }
        at++;
      }
    }
    if (looksAhead && state !== DEAD) {
      this.step(cache, state, classCount, end - start, hits, meter);
    }
  }

  private step(
    cache: StateCache,
    state: number,
    byteClass: number,
    at: number,
    hits: Hits,
    meter: Meter,
  ): number {
    const known = cache.transitions[state + byteClass] as number;
    if (known !== 0) return this.settle(cache, known, hits);
    const before = cache.stepper.work;
    const next = cache.compute(state, byteClass, at);
    meter.spend((cache.stepper.work - before) * STEPS_PER_INSTRUCTION);
    return this.settle(cache, next, hits);
  }

  /** Notes what a state reports; returns it as a state from which to continue. */
  private settle(cache: StateCache, state: number, hits: Hits): number {
    if (state >= 0 || state === DEAD) return state;
    const from = cache.reportsFrom(state);
    const count = cache.reportCount(state);
    const { reported } = cache;
    for (let i = from; i < from + count; i++) {
      const member = this.members[reported[i] as number];
      if (member !== undefined) hits.add(member.index);
    }
    return -state;
  }
}
