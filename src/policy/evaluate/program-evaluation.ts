// Judges records by one program: finds the policies that match, lets them decide, and has edits
// done. Nothing is allocated unless something matches. The time for a record is bounded: what has
// not been decided by then fails open, and what may need redacting is redacted. Policies in shadow
// are judged afterwards, if there are any, and never affect the verdict.

import type { Program } from "../compile/program.ts";
import { RECORD_MS_MAX_DEFAULT } from "../../core/limits.ts";
import { DerivedValues } from "../derived-values.ts";
import { Level, type ValueLevelIndex } from "../fields.ts";
import { Meter } from "../../regex/index.ts";
import type {
  Evaluation,
  Pauses,
  RecordEditor,
  Settlement,
  TooCostly,
  Tried,
  VerdictIndex,
} from "../record-port.ts";
import { Verdict } from "../record-port.ts";
import type { Toll } from "../transform/redaction.ts";
import { ValueStore } from "../value-store.ts";
import type { EngineDeps } from "../engine-port.ts";
import type { ExtensionHandlers } from "../extension-handler.ts";
import type { RecordEncoding, RecordFrame } from "../extension-port.ts";
import { ExtensionDispatch } from "./extension-dispatch.ts";
import type { Onlooker } from "./onlooker.ts";
import { RequestCounts } from "./request-counts.ts";
import { KeepDecision } from "./keep-decision.ts";
import { PointDecision } from "../points/point-decision.ts";
import type { PointEvaluation } from "../points/point-evaluation.ts";
import { PointJudging } from "../points/point-judging.ts";
import { Edits } from "./edits.ts";
import { EditTime } from "./edit-time.ts";
import { Rollout } from "../shadow/rollout.ts";
import { Trial } from "../shadow/trial.ts";
import type { Enforced } from "../shadow/trial-decision.ts";
import { ServiceTally } from "../services/service-tally.ts";
import { Matching } from "./matching.ts";
import { Undecided } from "./undecided.ts";

const NO_EXTENSIONS: ExtensionHandlers = new Map();

/** What an evaluation needs from outside. */
export interface EvaluationDeps extends Pick<
  EngineDeps,
  "nowMs" | "random" | "recordMsMax" | "extensions" | "onExtensionError" | "services"
> {
  /** If present, records are shown to it instead of being judged by policies; see onlooking.ts. */
  readonly onlooker?: Onlooker;
}

export class ProgramEvaluation implements Evaluation {
  readonly fields;
  readonly values: ValueStore;
  private readonly program: Program;
  private readonly requestCounts: RequestCounts;
  private readonly keepDecision: KeepDecision;
  private readonly edits: Edits;
  private readonly offers: ExtensionDispatch;
  private readonly derived: DerivedValues | undefined;
  private readonly judging: PointJudging | undefined;
  private readonly hasPointValues: boolean;
  private readonly policies: Matching;
  private readonly toll: Toll;
  /** Made for the first record about which something was left undecided. */
  private undecided: Undecided | undefined;
  private undecidedRecords = 0;
  /** Undefined: no policy is in rollout. */
  private readonly rollout: Rollout | undefined;
  /** Undefined: no policy is in shadow. */
  private readonly trial: Trial | undefined;
  isTrial = false;
  /** Undefined: policies judge. */
  private readonly onlooker: Onlooker | undefined;

  private readonly deps: EvaluationDeps;
  private scopedFields: ProgramEvaluation | undefined;
  private steps: ProgramEvaluation | undefined;
  private enforced: ProgramEvaluation | undefined;
  readonly enforcedOnly: (() => Evaluation) | undefined;
  readonly services: ServiceTally | undefined;

  /**
   * `scoped`: named fields of records stay valid as long as the scope does. `services`: counts by
   * service; undefined: not counted.
   */
  constructor(
    program: Program,
    deps: EvaluationDeps,
    scoped = false,
    services = tallyOf(program, deps),
  ) {
    const { slots } = program;
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
    this.derived = DerivedValues.of(slots, this.values);
    this.services = scoped ? undefined : services;
    this.requestCounts = new RequestCounts(program, this.services);
    this.keepDecision = new KeepDecision(program, this.values, this.requestCounts, deps);
    const meter = new Meter(deps.nowMs, deps.recordMsMax ?? RECORD_MS_MAX_DEFAULT);
    this.toll = { meter, isUndecided: false, wholeValues: 0 };
    this.policies = new Matching(program, this.values, meter);
    const time = new EditTime(deps.nowMs, deps.recordMsMax ?? RECORD_MS_MAX_DEFAULT);
    this.edits = new Edits(program, this.requestCounts, this.toll, time);
    this.offers = new ExtensionDispatch(
      program,
      deps.extensions ?? NO_EXTENSIONS,
      deps.onExtensionError ?? (() => {}),
    );
    this.rollout = program.isRolledOut ? new Rollout(slots, this.values) : undefined;
    this.trial =
      program.shadow && new Trial(program, this.values, this.keepDecision, this.rollout, deps);
    this.judging = this.pointJudging();
    this.hasPointValues = slots.asks(Level.point);
    this.enforcedOnly = program.asksMore ? () => this.alone() : undefined;
    this.onlooker = deps.onlooker;
  }

  get isOnlooker(): boolean {
    return this.onlooker !== undefined;
  }

  get points(): PointEvaluation | undefined {
    return this.onlooker === undefined ? this.judging : undefined;
  }

  /** Metric filters in OpenTelemetry's dialect, enforced or in shadow, judge data points. */
  private pointJudging(): PointJudging | undefined {
    const { program, policies, rollout, trial, requestCounts, keepDecision } = this;
    if (program.signal !== "metric" || !program.isOtel) return undefined;
    return new PointJudging({
      program,
      policies,
      decision: new PointDecision(program, this.values, keepDecision, requestCounts),
      meter: this.toll.meter,
      rollout,
      trial,
      beginLevel: (level) => this.beginLevel(level),
      matchRecord: () => this.matchRecord(),
    });
  }

  private alone(): Evaluation {
    if (this.enforced === undefined) {
      const program = this.program.enforcedOnly();
      for (const steps = program.prepare(); steps.next().done !== true;);
      this.enforced = new ProgramEvaluation(program, this.deps, false, this.services);
    }
    return this.enforced;
  }

  withScopedFields(): Evaluation {
    this.scopedFields ??= new ProgramEvaluation(this.program, this.deps, true);
    return this.scopedFields;
  }

  forSteps(): Evaluation {
    this.steps ??= new ProgramEvaluation(this.program, this.deps);
    return this.steps;
  }

  begin(body?: Uint8Array): void {
    this.toll.meter.beginBody();
    this.requestCounts.begin();
    this.trial?.begin();
    this.offers.begin(body);
    this.services?.begin(this.values, this.program.serviceSlot, body);
    this.enterResource();
    this.beginScope();
  }
  commit(before?: Settlement): Settlement | undefined {
    this.services?.end();
    const settlement = this.requestCounts.commit(before);
    if (this.offers.active) this.offers.commit();
    return this.trial === undefined ? settlement : this.trial.commit(settlement);
  }
  abort(): void {
    this.requestCounts.abort();
    this.trial?.abort();
    this.offers.abort();
  }

  beginResource(at?: number): void {
    if (at !== undefined) this.services?.beginResource(at);
    this.enterResource();
  }
  private enterResource(): void {
    this.beginLevel(Level.resource);
    this.edits.clear(Level.resource);
  }
  beginScope(): void {
    this.beginLevel(Level.scope);
    this.edits.clear(Level.scope);
  }
  beginRecord(): void {
    this.toll.meter.begin();
    this.beginLevel(Level.record);
    if (this.hasPointValues) this.beginLevel(Level.point);
  }

  /** Decides about a record whose data points were judged. */
  private decidePruned(judging: PointJudging, recordBytes: number): VerdictIndex {
    const { policies, trial } = this;
    const kept = judging.close(recordBytes);
    const { matched, matchedCount } = policies;
    if (trial !== undefined) this.try(trial, this.keepDecision.ofOthers(kept), recordBytes);
    if (this.offers.active) this.offers.collect(matched, matchedCount, kept, this.rollout);
    if (!kept) return Verdict.drop;
    if (judging.isUndecided) this.undecidedRecords++;
    return judging.droppedAny ? Verdict.prune : Verdict.keep;
  }

  private matchRecord(): void {
    if (this.derived !== undefined) this.derived.put();
    this.policies.matchRecord();
    if (this.rollout !== undefined) this.keepEnforced(this.rollout);
    this.policies.recordCount = this.policies.matchedCount;
  }

  decide(recordBytes: number): VerdictIndex {
    const { policies, rollout, trial, judging } = this;
    if (this.onlooker !== undefined) return this.lookOn(this.onlooker, recordBytes);
    if (this.services !== undefined) this.services.record();
    if (judging !== undefined && judging.isOpen) return this.decidePruned(judging, recordBytes);
    if (judging === undefined || !judging.takeMatched()) {
      if (this.derived !== undefined) this.derived.put();
      policies.match();
      if (rollout !== undefined) this.keepEnforced(rollout);
    }
    const { matched, matchedCount } = policies;
    const kept = matchedCount === 0 || this.keepDecision.keeps(matched, matchedCount, recordBytes);
    if (trial !== undefined) {
      this.try(trial, { matched, count: matchedCount, kept }, recordBytes);
    }
    if (this.offers.active) this.offers.collect(matched, matchedCount, kept, rollout);
    if (!kept) return Verdict.drop;
    const undecided = policies.truths.hasOpen ? this.findUndecided() : undefined;
    if (matchedCount === 0 && undecided === undefined) {
      return trial === undefined ? Verdict.keep : this.afterTrial(trial, false);
    }
    const edited = this.edits.collect(matched, matchedCount, undecided);
    const marked = matchedCount > 0 && this.keepDecision.tracestate !== undefined;
    if (trial !== undefined) return this.afterTrial(trial, edited || marked);
    return edited || marked ? Verdict.edit : Verdict.keep;
  }

  get matching(): boolean {
    const { policies, trial } = this;
    const isTried = trial !== undefined && trial.matchedCount > 0;
    return policies.matchedCount > 0 || policies.truths.hasOpen || isTried;
  }
  takeTooCostly(): TooCostly {
    const scoped = this.scopedFields?.takeTooCostly();
    const alone = this.enforced?.takeTooCostly();
    const records = this.undecidedRecords + (scoped?.records ?? 0) + (alone?.records ?? 0);
    const values = this.toll.wholeValues + (scoped?.values ?? 0) + (alone?.values ?? 0);
    this.undecidedRecords = 0;
    this.toll.wholeValues = 0;
    return { records, values };
  }
  lastMatches(): readonly string[] {
    const { program } = this;
    const { matched, matchedCount } = this.policies;
    if (matchedCount === 0) return [];
    const { decider } = this.keepDecision;
    const others = matched.subarray(0, matchedCount).filter((policy) => policy !== decider);
    return [decider, ...others].map((i) => program.policyId(i));
  }
  lastTrials(): readonly Tried[] {
    return this.trial?.outcomesOfLast() ?? [];
  }
  get offering(): boolean {
    return this.offers.pending || this.onlooker?.wantsBytes === true;
  }
  offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    if (this.onlooker !== undefined) this.onlooker.offer?.(bytes, start, end, encoding, frame);
    else this.offers.hold(bytes, start, end, encoding, frame);
  }

  editRecord(editor: RecordEditor, pauses?: Pauses): boolean {
    const { edits, policies, toll, trial } = this;
    if (edits.isPaused) toll.meter.resume();
    else this.keepDecision.writeTracestate(editor);
    if (!edits.run(Level.record, editor, trial, pauses)) {
      toll.meter.pause();
      return false;
    }
    if (edits.areCutShort && !policies.truths.hasOpen) this.undecidedRecords++;
    return true;
  }
  endScope(): boolean {
    return this.edits.has(Level.scope) || this.trial?.isDue(Level.scope) === true;
  }
  editScope(editor: RecordEditor): void {
    this.toll.meter.begin();
    this.edits.run(Level.scope, editor, this.trial);
  }
  endResource(): boolean {
    return this.edits.has(Level.resource) || this.trial?.isDue(Level.resource) === true;
  }
  editResource(editor: RecordEditor): void {
    this.toll.meter.begin();
    this.edits.run(Level.resource, editor, this.trial);
  }

  private lookOn(onlooker: Onlooker, recordBytes: number): VerdictIndex {
    onlooker.record(this.values, recordBytes);
    return Verdict.keep;
  }

  private beginLevel(level: ValueLevelIndex): void {
    const isReset = this.values.begin(level);
    this.policies.beginLevel(level, isReset);
    if (this.trial !== undefined) this.trial.beginLevel(level, isReset);
  }

  /** Keeps, of the matching policies in rollout, only those that are enforced for the record. */
  private keepEnforced(rollout: Rollout): void {
    const { policies, program } = this;
    rollout.begin();
    const { matched, matchedCount } = policies;
    policies.matchedCount = rollout.select(program, matched, matchedCount, true);
  }

  private try(trial: Trial, enforced: Enforced, recordBytes: number): void {
    const { meter } = this.toll;
    meter.pause();
    trial.judge(enforced, recordBytes);
    meter.resume();
  }

  /** The editor is requested also when policies in shadow only look at the record. */
  private afterTrial(trial: Trial, isEdited: boolean): VerdictIndex {
    this.isTrial = !isEdited;
    return isEdited || trial.isDue(Level.record) ? Verdict.edit : Verdict.keep;
  }

  private findUndecided(): Undecided {
    this.undecidedRecords++;
    this.undecided ??= new Undecided(this.program, this.policies.truths);
    this.undecided.collect(this.policies.matched, this.policies.matchedCount, this.rollout);
    return this.undecided;
  }
}

function tallyOf({ signal }: Program, { services }: EvaluationDeps): ServiceTally | undefined {
  return services && new ServiceTally(services, signal);
}
