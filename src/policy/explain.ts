// Explains why a record is kept, dropped or changed. It uses the same compiled program as the
// evaluation, but looks at every policy, matcher by matcher. It is slow and has no side effects: it
// counts nothing and charges no rate limit.

import { type PredicateTest, satisfies, SHORT_TEXT_BYTES } from "./compile/predicate.ts";
import type { CompiledMatcher } from "./compile/access.ts";
import type { CompiledPolicy, Program } from "./compile/program.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { DerivedValues } from "./derived-values.ts";
import {
  describeEdited,
  describeKeep,
  describeMatcher,
  describeOperation,
  describeValue,
} from "./describe.ts";
import { KeepDecision } from "./evaluate/keep-decision.ts";
import { PointDecision } from "./points/point-decision.ts";
import type { EvaluationDeps } from "./evaluate/program-evaluation.ts";
import { explainWinner } from "./explained-winner.ts";
import type {
  MatcherExplanation,
  NearMiss,
  PolicyExplanation,
  RecordExplanation,
} from "./explanation.ts";
import type { PointEvaluation } from "./points/point-evaluation.ts";
import { ExplainedPoints } from "./points/explain-points.ts";
import { groupsOf } from "./groups.ts";
import type { Matcher } from "./model.ts";
import { RequestCounts } from "./evaluate/request-counts.ts";
import { Level, type LevelIndex } from "./fields.ts";
import { Meter } from "../regex/index.ts";
import {
  type Evaluation,
  type RecordEditor,
  ValueKind,
  Verdict,
  type VerdictIndex,
} from "./record-port.ts";
import { ExplainedShadow } from "./shadow/explained-shadow.ts";
import { modeOf } from "./shadow/mode.ts";
import type { Toll } from "./transform/redaction.ts";
import { runOperation } from "./transform/run-transform.ts";
import { type StageIndex, STAGES } from "./transform/stage.ts";
import { Literal } from "./matching/literal.ts";
import { ValueStore } from "./value-store.ts";
import { NEAR_MISSES_MAX, RECORD_MS_MAX_DEFAULT, VALUES_SHOWN_MAX } from "../core/limits.ts";

/** Is driven by a format like an evaluation, and keeps an explanation of each record. */
export class ExplainingEvaluation implements Evaluation {
  readonly fields;
  readonly values: ValueStore;
  readonly explanations: RecordExplanation[] = [];
  /** What every policy saw in the record that was decided last. */
  lastPolicies: readonly PolicyExplanation[] = [];
  private readonly program: Program;
  private readonly derived: DerivedValues | undefined;
  private readonly requestCounts: RequestCounts;
  private readonly keepDecision: KeepDecision;
  private readonly toll: Toll;
  private readonly shadow: ExplainedShadow | undefined;
  private readonly judging: ExplainedPoints | undefined;
  private current: RecordExplanation | undefined;
  private matched: readonly number[] = [];
  /** Policies with kept matches in the current scope and in the current resource. */
  private readonly due = [new Set<number>(), new Set<number>(), new Set<number>()] as const;

  constructor(program: Program, deps: EvaluationDeps) {
    const { slots } = program;
    this.program = program;
    this.fields = slots;
    this.values = new ValueStore(
      Uint8Array.from(slots.levels),
      Uint8Array.from(slots.multi, (multi) => (multi ? 1 : 0)),
    );
    this.derived = DerivedValues.of(slots, this.values);
    this.requestCounts = new RequestCounts(program);
    this.keepDecision = new KeepDecision(program, this.values, this.requestCounts, deps);
    const meter = new Meter(deps.nowMs, deps.recordMsMax ?? RECORD_MS_MAX_DEFAULT);
    this.toll = { meter, isUndecided: false, wholeValues: 0 };
    this.shadow =
      program.shadow && new ExplainedShadow(program, this.values, this.keepDecision, deps);
    this.judging = this.explainedPoints();
  }

  get points(): PointEvaluation | undefined {
    return this.judging;
  }

  private explainedPoints(): ExplainedPoints | undefined {
    const { program, values, keepDecision } = this;
    const { pointwise } = program;
    if (program.signal !== "metric" || !program.isOtel) return undefined;
    const isPointwise = (policy: number): boolean => pointwise?.[policy] === 1;
    const all = Array.from({ length: program.size }, (_, i) => i);
    const explain = (i: number) => this.explainPolicy(program.policy(i), program);
    const enforced = (policies: readonly number[]): readonly number[] =>
      this.shadow?.enforced(program, policies) ?? policies;
    const holds = (i: number): boolean => explain(i).matchers.every((one) => one.holds);
    return new ExplainedPoints({
      values,
      decision: new PointDecision(program, values, keepDecision, this.requestCounts),
      pointwise: all.filter(isPointwise),
      matchRecord: () => {
        this.derived?.put();
        return enforced(all.filter((i) => !isPointwise(i) && holds(i)));
      },
      enforced,
      explain,
    });
  }

  begin(): void {
    this.beginResource();
    this.beginScope();
  }
  commit(): undefined {
    this.requestCounts.abort();
  }
  abort(): void {
    this.requestCounts.abort();
  }
  beginResource(): void {
    this.values.begin(Level.resource);
    this.due[Level.resource].clear();
  }
  beginScope(): void {
    this.values.begin(Level.scope);
    this.due[Level.scope].clear();
  }
  beginRecord(): void {
    this.toll.meter.begin();
    this.values.begin(Level.record);
    this.values.begin(Level.point);
  }

  decide(recordBytes: number): VerdictIndex {
    const { judging } = this;
    const isPruned = judging?.isOpen === true;
    if (!isPruned) this.derived?.put();
    const explained = this.explainAll(this.program).map((one, i) =>
      isPruned ? (judging.nearest.get(i) ?? one) : one,
    );
    const tried = this.shadow === undefined ? [] : this.explainAll(this.shadow.program);
    const isElse = ({ mode }: PolicyExplanation): boolean => mode !== "rollout";
    this.lastPolicies = [...explained, ...tried.filter(isElse)];
    const { kept, matched } = isPruned
      ? judging.close(recordBytes)
      : this.decideWhole(explained, recordBytes);
    const indexes = Int32Array.from(matched);
    const shadow = this.shadow?.explain({ matched: indexes, count: matched.length, kept }, tried);
    // Nothing of this may be counted or charged.
    this.requestCounts.abort();
    this.matched = kept ? matched : [];
    this.current = {
      verdict: kept ? "keep" : "drop",
      matched: matched.map((i) => explained[i] as PolicyExplanation),
      nearMisses: nearMisses(this.lastPolicies),
      winner: explainWinner(this.program, matched, {
        kept,
        decider: this.keepDecision.decider,
        droppedPoints: this.judging?.dropped ?? "",
      }),
      edits: [],
      ...(shadow === undefined || shadow.length === 0 ? {} : { shadow }),
    };
    this.explanations.push(this.current);
    if (!kept) return Verdict.drop;
    if (isPruned) return this.explainPruned(judging.dropped);
    for (const i of this.matched) for (const due of this.due) due.add(i);
    const edits = this.hasOperations(Level.record) || this.keepDecision.tracestate !== undefined;
    return edits ? Verdict.edit : Verdict.keep;
  }

  private explainPruned(dropped: string): VerdictIndex {
    if (dropped === "") return Verdict.keep;
    this.current?.edits.push({
      policy: this.current.winner?.id ?? "",
      operation: `take out ${dropped}`,
      before: undefined,
      after: undefined,
      changed: true,
    });
    return Verdict.prune;
  }

  private decideWhole(
    explained: readonly PolicyExplanation[],
    recordBytes: number,
  ): { readonly kept: boolean; readonly matched: readonly number[] } {
    const matching = matchingOf(explained);
    const matched = this.shadow?.enforced(this.program, matching) ?? matching;
    const { length } = matched;
    const kept =
      length === 0 || this.keepDecision.keeps(Int32Array.from(matched), length, recordBytes);
    return { kept, matched };
  }

  readonly offering = false;
  offer(): void {}

  editRecord(editor: RecordEditor): boolean {
    const tracestate = this.keepDecision.tracestate;
    if (tracestate !== undefined) {
      this.keepDecision.writeTracestate(editor);
      const policy = this.current?.winner?.id ?? "";
      const operation = "write the sampling threshold into tracestate";
      this.current?.edits.push({
        policy,
        operation,
        before: undefined,
        after: decodeUtf8(tracestate),
        changed: true,
      });
    }
    this.run(Level.record, editor);
    return true;
  }
  endScope(): boolean {
    return this.hasOperations(Level.scope);
  }
  editScope(editor: RecordEditor): void {
    this.run(Level.scope, editor);
  }
  endResource(): boolean {
    return this.hasOperations(Level.resource);
  }
  editResource(editor: RecordEditor): void {
    this.run(Level.resource, editor);
  }

  private explainAll(program: Program): PolicyExplanation[] {
    return Array.from({ length: program.size }, (_, i) =>
      this.explainPolicy(program.policy(i), program),
    );
  }

  private explainPolicy(
    { policy, groups, source }: CompiledPolicy,
    program: Program,
  ): PolicyExplanation {
    const { id, name, target } = policy;
    const mode = modeOf(policy);
    const words = target === undefined ? [] : groupsOf(target);
    const explained = groups.map((group, g) => this.explainGroup(group, words[g] ?? [], program));
    const nearest = explained.reduce((best, one) => (isNearer(one, best) ? one : best));
    return {
      id,
      name,
      ...(mode === "enforce" ? {} : { mode }),
      ...(target?.dialect === undefined ? {} : { dialect: target.dialect }),
      keep: describeKeep(source),
      ...(target?.otherGroups === undefined ? {} : { group: explained.indexOf(nearest) }),
      matchers: nearest,
    };
  }

  private explainGroup(
    group: readonly CompiledMatcher[],
    words: readonly Matcher[],
    program: Program,
  ): readonly MatcherExplanation[] {
    return group.map(({ predicate, negate }, i) => {
      const slot = program.predicateSlots[predicate] as number;
      const test = program.test(predicate);
      const shown: string[] = [];
      let found = 0;
      let any = false;
      let isNear = false;
      for (let e = this.values.has(slot) ? slot : -1; e >= 0; e = this.values.next(e)) {
        // Elements of an array are seen only by predicates that ask for them.
        if (this.values.isElement(e) && test.op !== "holds") continue;
        found++;
        const isHit = satisfies(test, this.values, e, this.toll.meter);
        // The value that satisfies the predicate is shown, wherever it is.
        if (shown.length < VALUES_SHOWN_MAX || (isHit && !any)) {
          shown.push(describeValue(this.values, e));
        }
        if (isHit) any = true;
        else if (!negate && holdsFolded(test, this.values, e)) isNear = true;
      }
      const matcher = words[i];
      const holds = any !== negate;
      const more = found - shown.length;
      const values = more > 0 ? [...shown, `… and ${more} more`] : shown;
      return {
        matcher: matcher === undefined ? "" : describeMatcher(matcher),
        values,
        holds,
        ...(isNear && !holds ? { butForCase: true as const } : {}),
      };
    });
  }

  private hasOperations(level: LevelIndex): boolean {
    for (const i of this.due[level]) {
      if ((this.program.policy(i).transform?.[level].length ?? 0) > 0) return true;
    }
    return false;
  }

  private run(level: LevelIndex, editor: RecordEditor): void {
    const due = level === Level.record ? this.matched : [...this.due[level]].sort((a, b) => a - b);
    for (const stage of STAGES) for (const i of due) this.runStage(stage, i, level, editor);
    this.due[level].clear();
  }

  private runStage(
    stage: StageIndex,
    policyIndex: number,
    level: LevelIndex,
    editor: RecordEditor,
  ): void {
    const { policy, transform } = this.program.policy(policyIndex);
    for (const operation of transform?.[level] ?? []) {
      if (operation.stage !== stage) continue;
      const before = describeEdited(editor.find(operation.selector));
      const changed = runOperation(operation, editor, this.toll);
      const after = describeEdited(
        editor.find(operation.selector),
        changed ? operation : undefined,
      );
      const words = describeOperation(operation);
      this.current?.edits.push({ policy: policy.id, operation: words, before, after, changed });
    }
  }
}

/** The policies all of whose matchers hold. */
function matchingOf(explained: readonly PolicyExplanation[]): number[] {
  return explained.flatMap(({ matchers }, i) => (matchers.every(({ holds }) => holds) ? [i] : []));
}

/** Fewer matchers are missing, or equally many are missing and more hold. */
function isNearer(a: readonly MatcherExplanation[], b: readonly MatcherExplanation[]): boolean {
  const fewer = missing(b) - missing(a);
  return fewer > 0 || (fewer === 0 && missing(a) > 0 && a.length > b.length);
}

function missing(matchers: readonly MatcherExplanation[]): number {
  return matchers.filter(({ holds }) => !holds).length;
}

function nearMisses(explained: readonly PolicyExplanation[]): NearMiss[] {
  const close: NearMiss[] = [];
  for (const policy of explained) {
    const firstFailed = policy.matchers.find((matcher) => !matcher.holds);
    const holding = policy.matchers.filter((matcher) => matcher.holds).length;
    const isNear = holding > 0 || policy.matchers.some(({ butForCase }) => butForCase);
    if (firstFailed !== undefined && isNear) close.push({ ...policy, holding, firstFailed });
  }
  close.sort((a, b) => missing(a.matchers) - missing(b.matchers) || b.holding - a.holding);
  return close.slice(0, NEAR_MISSES_MAX);
}

/** Whether a value would satisfy the literals of a test if case were ignored. */
function holdsFolded(test: PredicateTest, values: ValueStore, entry: number): boolean {
  if (test.op === "holds" && !values.isElement(entry))
    return holdsFolded(test.whole, values, entry);
  if (test.op !== "literals" || values.kind(entry) !== ValueKind.string) return false;
  const [start, end] = [values.start(entry), values.end(entry)];
  if (end - start > SHORT_TEXT_BYTES) return false;
  return test.literals.some(({ source }) => {
    const folded = new Literal({ ...source, caseInsensitive: true });
    return folded.matches(values.buffer(entry), start, end);
  });
}
