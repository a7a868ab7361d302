// Sorts the predicates of one slot into the tables by which a value finds them, and writes these
// tables to flat memory in the order in which SlotIndex reads them.

import type { FlatWriter } from "../matching/flat-memory.ts";
import type { Predicate } from "./predicate.ts";
import { AutomatonBuilder } from "../matching/automaton.ts";
import { NeedleChooser } from "../matching/needles.ts";
import { HIT_CONFIRM } from "./slot-index.ts";
import {
  AnchoredLiteralsBuilder,
  Contained,
  HitStringsBuilder,
  PostingsBuilder,
} from "./slot-parts.ts";

/** Work per step of building. */
const PREDICATES_PER_STEP = 100;

/** What is known about an index apart from what was written. */
export interface WrittenIndex {
  readonly position: number;
  readonly hitsMax: number;
  /** Whether each thread that searches it has something to make first. */
  readonly isToPrepare: boolean;
}

/** Builds in steps of a few milliseconds. */
export function* writeSlotIndex(
  predicates: readonly Predicate[],
  out: FlatWriter,
): Generator<undefined, WrittenIndex> {
  return yield* new Builder().write(predicates, out);
}

class Builder {
  private readonly always: number[] = [];
  private readonly anyString: number[] = [];
  private readonly trues: number[] = [];
  private readonly falses: number[] = [];
  private readonly intervals: number[] = [];
  private readonly raw = new AnchoredLiteralsBuilder();
  private readonly folded = new AnchoredLiteralsBuilder();
  private readonly byteStrings = new HitStringsBuilder();
  private readonly byteParts = new AutomatonBuilder();
  private readonly bytePostings = new PostingsBuilder();
  /** Predicates on elements of arrays. */
  private readonly elements: Predicate[] = [];
  /** Predicates that strings are searched for. */
  private readonly searched: Predicate[] = [];
  private hits = 0;

  *write(predicates: readonly Predicate[], out: FlatWriter): Generator<undefined, WrittenIndex> {
    for (const [i, predicate] of predicates.entries()) {
      this.hits += this.add(predicate);
      if (i % PREDICATES_PER_STEP === PREDICATES_PER_STEP - 1) yield;
    }
    yield;
    const regexes: number[] = [];
    const contained = yield* this.buildContained(regexes);
    const { position } = out;
    out.int(this.hits);
    for (const list of [this.always, this.anyString, this.trues, this.falses]) out.ints(list);
    out.ints(this.intervals);
    out.ints(regexes);
    this.raw.write(out);
    this.folded.write(out);
    this.byteStrings.write(out);
    contained(out);
    const { byteParts, bytePostings, elements } = this;
    const parts = byteParts.size === 0 ? undefined : yield* byteParts.build(false);
    Contained.write(parts, false, bytePostings, byteParts.size, out);
    out.int(elements.length === 0 ? 0 : 1);
    const below = elements.length === 0 ? undefined : yield* new Builder().write(elements, out);
    return {
      position,
      hitsMax: Math.max(this.hits, below?.hitsMax ?? 0),
      isToPrepare: this.intervals.length + regexes.length > 0 || below?.isToPrepare === true,
    };
  }

  /** Puts a predicate into its table. Returns how many hits it can give there. */
  private add(predicate: Predicate): number {
    const hit = predicate.id * 2;
    const { test } = predicate;
    switch (test.op) {
      case "exists":
        this.always.push(hit);
        return 1;
      case "never":
        return 0;
      case "any_string":
        this.anyString.push(hit);
        return 1;
      case "number":
        this.intervals.push(hit);
        return 1;
      case "bool":
        (test.value ? this.trues : this.falses).push(hit);
        return 1;
      case "bytes":
        this.byteStrings.add(test.value, hit);
        return 1;
      case "contains_bytes": {
        const { bytes } = test.value;
        if (bytes.length === 0) this.always.push(hit + HIT_CONFIRM);
        else this.bytePostings.add(this.byteParts.add(bytes), hit);
        return 1;
      }
      case "holds":
        this.elements.push({ ...predicate, test: test.element });
        return this.add({ ...predicate, test: test.whole });
      case "regex":
        this.searched.push(predicate);
        return 0;
      case "literals": {
        const anchored = test.literals.filter((literal) => literal.op !== "contains");
        for (const literal of anchored) {
          (literal.caseInsensitive ? this.folded : this.raw).add(literal, hit);
        }
        if (anchored.length < test.literals.length) this.searched.push(predicate);
        return anchored.length;
      }
    }
  }

  /**
   * Returns the function that writes the part; hits of unguarded regexes are added to `regexes`.
   */
  private *buildContained(regexes: number[]): Generator<undefined, (out: FlatWriter) => void> {
    const folding = this.searched.some(ignoresCase);
    const chooser = new NeedleChooser(folding);
    const owners: number[] = [];
    for (const { test } of this.searched) {
      owners.push(addOwner(chooser, test));
      if (owners.length % PREDICATES_PER_STEP === 0) yield;
    }
    const builder = new AutomatonBuilder();
    const postings = new PostingsBuilder();
    for (const [i, { id, test }] of this.searched.entries()) {
      if (i % PREDICATES_PER_STEP === 0) yield;
      const owner = owners[i] as number;
      const choice = owner < 0 ? undefined : chooser.choose(owner);
      if (test.op === "regex" && (choice === undefined || !chooser.isSelective(choice))) {
        regexes.push(id * 2);
        this.hits++;
        continue;
      }
      for (const needle of choice?.needles ?? []) {
        postings.add(builder.add(needle), id * 2 + (choice?.exact === true ? 0 : HIT_CONFIRM));
        this.hits++;
      }
    }
    const automaton = builder.size === 0 ? undefined : yield* builder.build(folding);
    return (out) => Contained.write(automaton, folding, postings, builder.size, out);
  }
}

/**
 * The chooser's number for a predicate that strings are searched for; -1: it requires no literal in
 * them.
 */
function addOwner(chooser: NeedleChooser, test: Predicate["test"]): number {
  if (test.op === "literals") {
    const contains = test.literals.filter((literal) => literal.op === "contains");
    return chooser.addContains(contains.map((literal) => literal.source));
  }
  if (test.op !== "regex" || test.shape.kind !== "guarded") return -1;
  return chooser.addGuarded(test.shape.required);
}

function ignoresCase({ test }: Predicate): boolean {
  if (test.op === "literals") {
    return test.literals.some((l) => l.op === "contains" && l.caseInsensitive);
  }
  if (test.op !== "regex" || test.shape.kind !== "guarded") return false;
  return test.shape.required.some((set) => set.some((literal) => literal.caseInsensitive));
}
