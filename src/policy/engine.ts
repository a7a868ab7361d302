// The engine: it holds the set of policies in force and replaces it with another in one assignment.
// Compiling happens in steps that the caller paces; a body keeps the set that it began with.

import { policyErrorSteps } from "./decode/index.ts";
import {
  type CompileFailure,
  type CompileInput,
  compileProgram,
} from "./compile/compile-program.ts";
import { Program, type ProgramData, type ProgramSources } from "./compile/program.ts";
import { compareUtf8 } from "../core/utf8.ts";
import { type KnownPolicies, PolicyCounts } from "./counts.ts";
import type {
  EngineDeps,
  PolicyEngine,
  PolicyTotals,
  PolicySummary,
  SnapshotSummary,
  StatusDelta,
} from "./engine-port.ts";
import { ExplainingEvaluation } from "./explain.ts";
import { ProgramEvaluation } from "./evaluate/program-evaluation.ts";
import { useFault } from "./extension-handler.ts";
import { FaultBudget, FaultList, NO_FAULTS } from "./fault-list.ts";
import { LocalRateLimiter, type RateLimiter } from "./keep/rate-limiter.ts";
import type { RateKeep } from "./keep/rate-limiter-shared.ts";
import { type Keep, type Policy, type Signal, SIGNALS } from "./model.ts";
import type { Evaluation } from "./record-port.ts";
import { modeOf, ratesOf } from "./shadow/mode.ts";
import { policyWarnings } from "./warnings.ts";

interface Snapshot {
  readonly summary: SnapshotSummary;
  readonly programs: ReadonlyMap<Signal, Program>;
  readonly evaluations: Map<Signal, ProgramEvaluation>;
}

/** What other threads need in order to judge by a set that this engine has compiled. */
export interface CompiledSet {
  /** By their number in the set; undefined: the policy does not work. */
  readonly policies: readonly (Policy | undefined)[];
  readonly programs: readonly ProgramData[];
}

interface Checked {
  readonly policy: Policy;
  readonly errors: readonly string[];
  /** What does not work; this is also reported to the policy's source. */
  readonly warnings: readonly string[];
  /** What is probably not intended: shown only to people who look here. */
  readonly hints: readonly string[];
}

/** Work per step of checking. */
const POLICIES_PER_STEP = 20;

const EMPTY: Snapshot = {
  summary: { version: 0, policies: [], counts: { log: 0, metric: 0, trace: 0 } },
  programs: new Map(),
  evaluations: new Map(),
};
const NOT_KEPT: CompiledSet = { policies: [], programs: [] };

/**
 * An engine without policies.
 *
 * @example
 * const engine = createEngine({
 *   validateRegex: createRegexValidator(),
 *   nowMs: () => performance.now(),
 *   random: Math.random,
 * });
 */
export function createEngine(deps: EngineDeps): Engine {
  return new Engine(deps);
}

/** An engine that can be given policies; see createEngine. */
export class Engine implements PolicyEngine {
  private readonly deps: EngineDeps;
  private readonly counts: PolicyCounts;
  private current: Snapshot = EMPTY;
  private limiters = new Map<string, RateLimiter>();
  /** Evicted windows of limiters that no longer exist. */
  private evictedBefore = 0;
  private compiled = NOT_KEPT;

  constructor(deps: EngineDeps) {
    this.deps = deps;
    this.counts = new PolicyCounts();
  }

  get snapshot(): SnapshotSummary {
    return this.current.summary;
  }

  evaluation(signal: Signal): Evaluation | undefined {
    const { evaluations, programs } = this.current;
    const known = evaluations.get(signal);
    if (known !== undefined) return known;
    const program = programs.get(signal);
    return program && this.evaluationOf(program, evaluations);
  }

  /** The current set for other threads; this engine then forgets it. */
  takeCompiled(): CompiledSet {
    const { compiled } = this;
    this.compiled = NOT_KEPT;
    return compiled;
  }

  /**
   * Makes an evaluation that explains records instead of judging them, by the current set;
   * undefined in the same cases as for `evaluation`.
   */
  explaining(signal: Signal): ExplainingEvaluation | undefined {
    const program = this.current.programs.get(signal);
    return program && new ExplainingEvaluation(program.fresh(), this.deps);
  }

  takeDelta(): StatusDelta {
    this.deps.collectCounts?.();
    return this.counts.takeDelta();
  }

  takePending(): StatusDelta {
    this.deps.collectCounts?.();
    return this.counts.takePending();
  }

  totals(): readonly PolicyTotals[] {
    this.deps.collectCounts?.();
    return this.counts.totals();
  }

  /** The totals of the policies that have counted anything. */
  countedTotals(): readonly PolicyTotals[] {
    this.deps.collectCounts?.();
    return this.counts.countedTotals();
  }

  /** Windows of sample keys that were evicted since start because RATE_KEYS_MAX other keys came. */
  get evictedWindows(): number {
    let evicted = this.evictedBefore;
    for (const limiter of this.limiters.values()) evicted += limiter.evicted;
    return evicted;
  }

  /** The sum of what was counted for policies that are not among the totals any more. */
  forgottenTotals(): PolicyTotals {
    this.deps.collectCounts?.();
    return this.counts.forgottenTotals();
  }

  /** Adds to a count (count-table.ts) of a policy what another engine has counted. */
  credit(policy: string, count: number, more: number): void {
    this.counts.credit(policy, count, more);
  }

  *replace(policies: readonly Policy[]): Generator<undefined, SnapshotSummary> {
    const sorted = sortById(policies);
    yield;
    const checked: Checked[] = [];
    const budget = new FaultBudget();
    for (const [number, policy] of sorted.entries()) {
      if (number % POLICIES_PER_STEP === 0) yield;
      const errors = budget.take(yield* policyErrorSteps(policy, this.deps.validateRegex));
      const warnings = errors.length > 0 ? NO_FAULTS : this.extensionWarnings(policy);
      const hints = errors.length > 0 ? NO_FAULTS : policyWarnings(policy);
      checked.push({ policy, errors, warnings, hints });
    }
    const programs = new Map<Signal, Program>();
    const datas: ProgramData[] = [];
    const counts = { log: 0, metric: 0, trace: 0 };
    const version = this.current.summary.version + 1;
    const sources = this.sourcesOf(sorted, version);
    for (const signal of SIGNALS) {
      const inputs = inputsOf(checked, signal);
      if (inputs.length === 0) continue;
      const { data, size, failures } = yield* compileProgram(
        signal,
        inputs,
        this.deps.services !== undefined,
      );
      noteFailures(checked, signal, failures);
      counts[signal] = size;
      if (size === 0) continue;
      datas.push(data);
      programs.set(signal, new Program(data, sources));
    }
    yield;
    const evaluations = new Map<Signal, ProgramEvaluation>();
    if (this.deps.judgesElsewhere !== true) {
      for (const program of programs.values()) {
        yield* program.prepare();
        evaluations.set(program.signal, new ProgramEvaluation(program, this.deps));
        yield;
      }
    }
    const summary = { version, policies: checked.map(summaryOf), counts };
    yield;
    const known = faultsById(checked);
    yield;
    this.keepLimiters(checked);
    this.current = { summary, programs, evaluations };
    if (this.deps.judgesElsewhere === true) {
      this.compiled = { policies: checked.map(workingOf), programs: datas };
    }
    this.counts.setKnown(known);
    // The machine code compiled for these loops keeps a reference to the list as long as it exists.
    checked.length = 0;
    return summary;
  }

  private sourcesOf(policies: readonly Policy[], version: number): ProgramSources {
    return {
      policyAt: (number) => policies[number] as Policy,
      countsOf: ({ id }) =>
        this.counts.rowOf(id, Math.max(0, this.current.summary.version - version)),
      limiterOf: ({ id }, keep) => this.limiterOf(id, keep),
      budgetOf: this.deps.budgetOf,
    };
  }

  /** Made on demand if an evaluation is asked for that was not made in advance. */
  private evaluationOf(
    program: Program,
    evaluations: Map<Signal, ProgramEvaluation>,
  ): ProgramEvaluation {
    for (const steps = program.prepare(); steps.next().done !== true;);
    const evaluation = new ProgramEvaluation(program, this.deps);
    evaluations.set(program.signal, evaluation);
    return evaluation;
  }

  /** The limiter of a policy with this keep; the one from the previous set, if it had one. */
  private limiterOf(id: string, keep: RateKeep): RateLimiter {
    const key = limiterKey(id, keep);
    const known = this.limiters.get(key);
    if (known !== undefined) return known;
    const shared = this.deps.rateLimiterOf?.(id, keep);
    const limiter = shared ?? new LocalRateLimiter(keep.count, keep.windowMs);
    this.limiters.set(key, limiter);
    return limiter;
  }

  /**
   * Keeps the limiters that a new set uses, and makes those with keys at once: evictions are read
   * there.
   */
  private keepLimiters(checked: readonly Checked[]): void {
    const before = this.limiters;
    this.limiters = new Map();
    for (const { policy, errors } of checked) {
      if (errors.length > 0) continue;
      for (const keep of ratesOf(policy)) {
        const key = limiterKey(policy.id, keep);
        const known = before.get(key);
        before.delete(key);
        if (known !== undefined) this.limiters.set(key, known);
        else if (keep.key !== undefined) this.limiterOf(policy.id, keep);
      }
    }
    for (const { evicted } of before.values()) this.evictedBefore += evicted;
  }

  private extensionWarnings(policy: Policy): readonly string[] {
    if (policy.extensions.length === 0) return NO_FAULTS;
    const warnings = new FaultList();
    for (const [i, use] of policy.extensions.entries()) {
      const fault = useFault(use, this.deps.extensions);
      if (fault !== undefined) warnings.add(`policy: extensions[${i}]: ${fault}`);
    }
    return warnings.all();
  }
}

function inputsOf(checked: readonly Checked[], signal: Signal): CompileInput[] {
  const inputs: CompileInput[] = [];
  for (const [number, { policy, errors }] of checked.entries()) {
    const { target, enabled } = policy;
    if (!enabled || errors.length > 0 || target?.signal !== signal) continue;
    inputs.push({ policy, target, number });
  }
  return inputs;
}

function workingOf({ policy, errors }: Checked): Policy | undefined {
  return policy.enabled && errors.length === 0 ? policy : undefined;
}

/**
 * Notes policies that failed to compile: they are inert and say so, like those with other errors.
 */
function noteFailures(
  checked: Checked[],
  signal: Signal,
  failures: readonly CompileFailure[],
): void {
  if (failures.length === 0) return;
  const reasons = new Map(failures.map(({ policy, reason }) => [policy, reason]));
  for (const [i, one] of checked.entries()) {
    const reason = reasons.get(one.policy);
    if (reason === undefined) continue;
    checked[i] = {
      ...one,
      errors: [`${signal}: cannot be compiled: ${reason}`],
      warnings: [],
      hints: [],
    };
  }
}

/** By id: the errors and warnings of all policies that have this id. */
function faultsById(checked: readonly Checked[]): KnownPolicies {
  const faults = new Map<string, readonly string[]>();
  const lists = new Map<string, FaultList>();
  for (const { policy, errors, warnings } of checked) {
    const { id } = policy;
    if (!faults.has(id)) faults.set(id, NO_FAULTS);
    if (errors.length + warnings.length === 0) continue;
    const list = lists.get(id) ?? new FaultList();
    lists.set(id, list);
    list.addAll(errors);
    list.addAll(warnings);
  }
  for (const [id, list] of lists) faults.set(id, list.all());
  return faults;
}

function summaryOf({ policy, errors, warnings, hints }: Checked): PolicySummary {
  const { id, name, enabled, enforcedPercent, target } = policy;
  const signal = target?.signal;
  const all = warnings.length + hints.length === 0 ? NO_FAULTS : [...warnings, ...hints];
  const mode = modeOf(policy);
  const share = mode === "rollout" && enforcedPercent !== undefined ? { enforcedPercent } : {};
  const dialect = target?.dialect === undefined ? {} : { dialect: target.dialect };
  return { id, name, enabled, mode, ...share, ...dialect, signal, errors, warnings: all };
}

/** Equal for the same policy with the same keep, and for nothing else. */
export function limiterKey(id: string, keep: Keep): string {
  return JSON.stringify([id, keep]);
}

/** By byte order of the UTF-8 id; policies with equal ids stay in their order. */
function sortById(policies: readonly Policy[]): readonly Policy[] {
  const isSorted = policies.every((policy, i) => {
    const before = policies[i - 1];
    return before === undefined || compareUtf8(before.id, policy.id) <= 0;
  });
  return isSorted ? policies : [...policies].sort((a, b) => compareUtf8(a.id, b.id));
}
