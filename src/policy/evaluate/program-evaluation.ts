// Judges records by one program. The values of a record are looked at once; each predicate that
// fires makes its groups of matchers candidates, and only their other matchers are verified, each
// at most once per record. A policy of which several groups match has matched once. Nothing is
// allocated unless something matches. A record has a bounded time: what was not decided then, fails
// open; what may have to be redacted, is.

import type { Program } from "../compile/program.ts";
import { RECORD_MS_MAX_DEFAULT } from "../../core/limits.ts";
import { Level, type LevelIndex } from "../fields.ts";
import { Meter } from "../../regex/index.ts";
import type {
  Evaluation,
  RecordEditor,
  Settlement,
  TooCostly,
  VerdictIndex,
} from "../record-port.ts";
import { Verdict } from "../record-port.ts";
import type { Toll } from "../transform/redaction.ts";
import { ValueStore } from "../value-store.ts";
import type { EngineDeps } from "../engine-port.ts";
import type { ExtensionHandlers } from "../extension-handler.ts";
import type { RecordEncoding, RecordFrame } from "../extension-port.ts";
import { ExtensionDispatch } from "./extension-dispatch.ts";
import { RequestCounts } from "./request-counts.ts";
import type { PairTable } from "../compile/pair-table.ts";
import { KeepDecision } from "./keep-decision.ts";
import { Edits } from "./edits.ts";
import { Truth, Truths } from "./truths.ts";
import { Undecided } from "./undecided.ts";

const NO_EXTENSIONS: ExtensionHandlers = new Map();

/** What evaluating needs from outside. */
export type EvaluationDeps = Pick<
  EngineDeps,
  "nowMs" | "random" | "recordMsMax" | "extensions" | "onExtensionError"
>;

export class ProgramEvaluation implements Evaluation {
  readonly fields;
  readonly values: ValueStore;
  private readonly program: Program;
  private readonly requestCounts: RequestCounts;
  private readonly keepDecision: KeepDecision;
  private readonly edits: Edits;
  private readonly offers: ExtensionDispatch;
  private readonly truths: Truths;
  private readonly toll: Toll;
  /** Made for the first record of which something was left undecided. */
  private undecided: Undecided | undefined;
  private undecidedRecords = 0;
  private readonly hits: Int32Array;
  /** Candidates whose access predicate is one of the resource's or the scope's. */
  private readonly scoped: readonly [Int32Array, Int32Array];
  private readonly scopedCounts = new Int32Array(2);
  private readonly searched = [false, false];
  /** True predicates that are half of a pair, for each level one list of each role. */
  private readonly halves: readonly (readonly [Int32Array, Int32Array])[];
  private readonly halfCounts = new Int32Array(6);
  private readonly paired: Int32Array;
  private readonly matched: Int32Array;
  /** By policy: the last record that it matched; empty when none has several groups. */
  private readonly matchedAt: Float64Array;
  private recordNumber = 0;
  private matchedCount = 0;

  private readonly deps: EvaluationDeps;
  private scopedFields: ProgramEvaluation | undefined;
  private steps: ProgramEvaluation | undefined;

  /** `scoped`: named fields of records last as long as the scope. */
  constructor(program: Program, deps: EvaluationDeps, scoped = false) {
    const { slots, size, groupCount, predicateCount } = program;
    this.program = program;
    this.deps = deps;
    this.fields = slots;
    const levels = Uint8Array.from(slots.levels, (level, slot) =>
      scoped && level === Level.record && slots.refs[slot]?.kind === "field" ? Level.scope : level,
    );
    this.values = new ValueStore(
      levels,
      Uint8Array.from(slots.multi, (multi) => (multi ? 1 : 0)),
    );
    this.requestCounts = new RequestCounts(program);
    this.keepDecision = new KeepDecision(program, this.values, this.requestCounts, deps);
    const meter = new Meter(deps.nowMs, deps.recordMsMax ?? RECORD_MS_MAX_DEFAULT);
    this.toll = { meter, isUndecided: false, wholeValues: 0 };
    this.truths = new Truths(program, this.values, meter);
    this.edits = new Edits(program, this.requestCounts, this.toll);
    this.offers = new ExtensionDispatch(
      program,
      deps.extensions ?? NO_EXTENSIONS,
      deps.onExtensionError ?? (() => {}),
    );
    this.hits = new Int32Array(program.hitsMax);
    this.scoped = [new Int32Array(groupCount), new Int32Array(groupCount)];
    this.matched = new Int32Array(size);
    this.matchedAt = new Float64Array(groupCount > size ? size : 0);
    const halves = program.pairs === undefined ? 0 : predicateCount;
    this.halves = [0, 1, 2].map(() => [new Int32Array(halves), new Int32Array(halves)] as const);
    this.paired = new Int32Array(program.pairs?.size ?? 0);
  }

  withScopedFields(): Evaluation {
    this.scopedFields ??= new ProgramEvaluation(this.program, this.deps, true);
    return this.scopedFields;
  }

  forSteps(): Evaluation {
    this.steps ??= new ProgramEvaluation(this.program, this.deps);
    return this.steps;
  }

  begin(): void {
    this.toll.meter.beginBody();
    this.requestCounts.begin();
    this.offers.abort();
    this.beginResource();
    this.beginScope();
  }
  commit(before?: Settlement): Settlement | undefined {
    const settlement = this.requestCounts.commit(before);
    if (this.offers.active) this.offers.commit();
    return settlement;
  }
  abort(): void {
    this.requestCounts.abort();
    this.offers.abort();
  }

  beginResource(): void {
    this.beginLevel(Level.resource);
    this.edits.clear(Level.resource);
    this.scopedCounts[1] = 0;
    this.searched[1] = false;
  }
  beginScope(): void {
    this.beginLevel(Level.scope);
    this.edits.clear(Level.scope);
    this.scopedCounts[0] = 0;
    this.searched[0] = false;
  }
  beginRecord(): void {
    this.toll.meter.begin();
    this.beginLevel(Level.record);
  }

  decide(recordBytes: number): VerdictIndex {
    this.match();
    const { matched, matchedCount } = this;
    const kept = matchedCount === 0 || this.keepDecision.keeps(matched, matchedCount, recordBytes);
    if (this.offers.active) this.offers.collect(matched, matchedCount, kept);
    if (!kept) return Verdict.drop;
    const undecided = this.truths.hasOpen ? this.findUndecided() : undefined;
    if (matchedCount === 0 && undecided === undefined) return Verdict.keep;
    const edited = this.edits.collect(matched, matchedCount, undecided);
    const marked = matchedCount > 0 && this.keepDecision.tracestate !== undefined;
    return edited || marked ? Verdict.edit : Verdict.keep;
  }

  get matching(): boolean {
    return this.matchedCount > 0 || this.truths.hasOpen;
  }
  takeTooCostly(): TooCostly {
    const others = this.scopedFields?.takeTooCostly();
    const records = this.undecidedRecords + (others?.records ?? 0);
    const values = this.toll.wholeValues + (others?.values ?? 0);
    this.undecidedRecords = 0;
    this.toll.wholeValues = 0;
    return { records, values };
  }
  lastMatches(): readonly string[] {
    const { matched, matchedCount, program } = this;
    if (matchedCount === 0) return [];
    const { decider } = this.keepDecision;
    const others = matched.subarray(0, matchedCount).filter((policy) => policy !== decider);
    return [decider, ...others].map((i) => program.policyId(i));
  }
  get offering(): boolean {
    return this.offers.pending;
  }
  offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    this.offers.hold(bytes, start, end, encoding, frame);
  }

  editRecord(editor: RecordEditor): void {
    this.keepDecision.writeTracestate(editor);
    this.edits.run(Level.record, editor);
  }
  endScope(): boolean {
    return this.edits.has(Level.scope);
  }
  editScope(editor: RecordEditor): void {
    this.toll.meter.begin();
    this.edits.run(Level.scope, editor);
  }
  endResource(): boolean {
    return this.edits.has(Level.resource);
  }
  editResource(editor: RecordEditor): void {
    this.toll.meter.begin();
    this.edits.run(Level.resource, editor);
  }

  /** Finds the policies that match the record at hand, in no order. */
  private match(): void {
    this.matchedCount = 0;
    this.recordNumber++;
    this.searchLasting(Level.scope, 0);
    this.searchLasting(Level.resource, 1);
    for (let which = 0; which < 2; which++) {
      const candidates = this.scoped[which] as Int32Array;
      const count = this.scopedCounts[which] as number;
      for (let i = 0; i < count; i++) this.verify(candidates[i] as number);
    }
    const { always } = this.program;
    for (let i = 0; i < always.length; i++) this.verify(always[i] as number);
    this.searchLevel(Level.record, -1);
    if (this.program.pairs !== undefined) this.matchPairs(this.program.pairs);
  }

  /** Verifies the groups of which both predicates are true, in whichever levels they are. */
  private matchPairs(pairs: PairTable): void {
    const { halves, halfCounts, paired } = this;
    for (let first = 0; first < 3; first++) {
      const primaries = halfCounts[first * 2] as number;
      if (primaries === 0) continue;
      for (let second = 0; second < 3; second++) {
        const secondaries = halfCounts[second * 2 + 1] as number;
        if (secondaries === 0) continue;
        const count = pairs.collect(
          (halves[first] as readonly [Int32Array, Int32Array])[0],
          primaries,
          (halves[second] as readonly [Int32Array, Int32Array])[1],
          secondaries,
          paired,
        );
        for (let i = 0; i < count; i++) this.verify(paired[i] as number);
      }
    }
  }

  private beginLevel(level: LevelIndex): void {
    this.halfCounts[level * 2] = 0;
    this.halfCounts[level * 2 + 1] = 0;
    this.truths.beginLevel(level);
    if (!this.values.begin(level)) return;
    this.truths.forget();
    this.scopedCounts.fill(0);
    this.halfCounts.fill(0);
    this.searched.fill(false);
  }

  private searchLasting(level: LevelIndex, which: number): void {
    if (this.searched[which] === true) return;
    this.searched[which] = true;
    this.searchLevel(level, which);
  }

  /**
   * Looks at every value of a level; candidates are verified, or kept for all records of a scoped
   * level.
   */
  private searchLevel(level: LevelIndex, which: number): void {
    const { values, hits } = this;
    const touched = values.touched[level];
    const count = values.touchedCounts[level] as number;
    for (let i = 0; i < count; i++) {
      const slot = touched[i] as number;
      const index = this.program.index(slot);
      if (index === undefined) continue;
      for (let entry = slot; entry >= 0; entry = values.next(entry)) {
        const found = index.search(values, entry, hits, 0, this.toll.meter);
        this.truths.noteSearched(index, slot, entry, level);
        for (let h = 0; h < found; h++) this.fire(hits[h] as number, entry, level, which);
      }
    }
  }

  private fire(hit: number, entry: number, level: LevelIndex, which: number): void {
    if (!this.truths.take(hit, entry, level)) return;
    const predicate = hit >> 1;
    const { postingStarts, postings, pairs } = this.program;
    if (pairs !== undefined) this.noteHalf(predicate, pairs.roles[predicate] as number, level);
    const to = postingStarts[predicate + 1] as number;
    for (let i = postingStarts[predicate] as number; i < to; i++) {
      const group = postings[i] as number;
      if (which < 0) this.verify(group);
      else this.addLasting(which, group);
    }
  }

  private noteHalf(predicate: number, roles: number, level: LevelIndex): void {
    for (let role = 0; role < 2; role++) {
      if ((roles & (role + 1)) === 0) continue;
      const at = this.halfCounts[level * 2 + role] as number;
      (this.halves[level] as readonly [Int32Array, Int32Array])[role as 0 | 1][at] = predicate;
      this.halfCounts[level * 2 + role] = at + 1;
    }
  }

  private addLasting(which: number, group: number): void {
    const at = this.scopedCounts[which] as number;
    (this.scoped[which] as Int32Array)[at] = group;
    this.scopedCounts[which] = at + 1;
  }

  private verify(group: number): void {
    const { matcherStarts, matchers, size, owners } = this.program;
    const policy = group < size ? group : (owners[group - size] as number);
    if (this.matchedAt.length > 0 && this.matchedAt[policy] === this.recordNumber) return;
    const to = matcherStarts[group + 1] as number;
    for (let i = matcherStarts[group] as number; i < to; i++) {
      const matcher = matchers[i] as number;
      const truth = this.truths.of(matcher >> 1);
      if (truth === Truth.undecided || (truth === Truth.yes) === ((matcher & 1) !== 0)) return;
    }
    if (this.matchedAt.length > 0) this.matchedAt[policy] = this.recordNumber;
    this.matched[this.matchedCount++] = policy;
  }

  private findUndecided(): Undecided {
    this.undecidedRecords++;
    this.undecided ??= new Undecided(this.program, this.truths);
    this.undecided.collect(this.matched, this.matchedCount);
    return this.undecided;
  }
}
