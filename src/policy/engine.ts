// The engine: holds the set of policies in force and swaps it for another in one assignment.
// Compiling happens in steps that the caller paces; requests go on with the set that they began
// with.

import { policyErrorSteps } from "./decode/index.ts";
import { compileProgram, type CompileInput, type Program } from "./compile/program.ts";
import { compareUtf8 } from "../core/utf8.ts";
import { PolicyCounts, type CountsRow } from "./counts.ts";
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
import { useFault } from "./extension-port.ts";
import { FaultBudget, FaultList } from "./fault-list.ts";
import type { RateLimiter } from "./keep/rate-limiter.ts";
import { type Keep, type Policy, type Signal, SIGNALS } from "./model.ts";
import type { Evaluation } from "./record-port.ts";
import { policyWarnings } from "./warnings.ts";

interface Snapshot {
  readonly summary: SnapshotSummary;
  readonly programs: ReadonlyMap<Signal, Program>;
  readonly evaluations: ReadonlyMap<Signal, ProgramEvaluation>;
}

interface Checked {
  readonly policy: Policy;
  readonly counts: CountsRow;
  readonly errors: readonly string[];
  /** What does not work, which the policy's source is told as well. */
  readonly warnings: readonly string[];
  /** What can hardly be meant: for people who look here. */
  readonly hints: readonly string[];
}

/** Work per step of checking. */
const POLICIES_PER_STEP = 20;

const NO_FAULTS: readonly string[] = [];

const EMPTY: Snapshot = {
  summary: { version: 0, policies: [], counts: { log: 0, metric: 0, trace: 0 } },
  programs: new Map(),
  evaluations: new Map(),
};

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
  /** Of limiters that are gone. */
  private evictedBefore = 0;

  constructor(deps: EngineDeps) {
    this.deps = deps;
    this.counts = new PolicyCounts(deps.sharedCountsOf);
  }

  get snapshot(): SnapshotSummary {
    return this.current.summary;
  }

  evaluation(signal: Signal): Evaluation | undefined {
    return this.current.evaluations.get(signal);
  }

  /**
   * Explains records instead of judging them, by the set in force; undefined as for `evaluation`.
   */
  explaining(signal: Signal): ExplainingEvaluation | undefined {
    const program = this.current.programs.get(signal);
    return program && new ExplainingEvaluation(program, this.deps);
  }

  takeDelta(): StatusDelta {
    this.deps.collectCounts?.();
    return this.counts.takeDelta();
  }

  totals(): readonly PolicyTotals[] {
    this.deps.collectCounts?.();
    return this.counts.totals();
  }

  /** Windows of sample keys that were given up since start, because RATE_KEYS_MAX others came. */
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

  /** Adds to a count (counts.ts) of a policy what another engine has counted. */
  credit(policy: string, count: number, more: number): void {
    this.counts.credit(policy, count, more);
  }

  *replace(policies: readonly Policy[]): Generator<undefined, SnapshotSummary> {
    const sorted = sortById(policies);
    yield;
    const checked: Checked[] = [];
    const budget = new FaultBudget();
    for (const policy of sorted) {
      const errors = budget.take(yield* policyErrorSteps(policy, this.deps.validateRegex));
      const warnings = errors.length > 0 ? NO_FAULTS : this.extensionWarnings(policy);
      const hints = errors.length > 0 ? NO_FAULTS : policyWarnings(policy);
      checked.push({ policy, counts: this.counts.rowOf(policy.id), errors, warnings, hints });
      if (checked.length % POLICIES_PER_STEP === 0) yield;
    }
    const programs = new Map<Signal, Program>();
    const counts = { log: 0, metric: 0, trace: 0 };
    for (const signal of SIGNALS) {
      const inputs: CompileInput[] = [];
      for (const { policy, counts: row, errors } of checked) {
        const { target } = policy;
        if (!policy.enabled || errors.length > 0 || target?.signal !== signal) continue;
        const limiterOf = (keep: Keep): RateLimiter | undefined => this.limiterOf(policy.id, keep);
        inputs.push({ policy, target, counts: row, limiterOf });
      }
      if (inputs.length === 0) continue;
      const program = yield* compileProgram(signal, inputs);
      noteFailures(checked, program);
      counts[signal] = program.policies.length;
      if (program.policies.length > 0) programs.set(signal, program);
    }
    yield;
    const evaluations = new Map<Signal, ProgramEvaluation>();
    for (const [signal, program] of programs) {
      evaluations.set(signal, new ProgramEvaluation(program, this.deps));
      yield;
    }
    const summaries = checked.map(summaryOf);
    const limiters = limitersOf(programs);
    yield;
    const version = this.current.summary.version + 1;
    const summary = { version, policies: summaries, counts };
    for (const [key, { evicted }] of this.limiters) {
      if (!limiters.has(key)) this.evictedBefore += evicted;
    }
    this.limiters = limiters;
    this.current = { summary, programs, evaluations };
    this.counts.keepOnly(rowsWithErrors(checked));
    return summary;
  }

  private limiterOf(id: string, keep: Keep): RateLimiter | undefined {
    const shared = keep.kind === "rate" ? this.deps.rateLimiterOf?.(id, keep) : undefined;
    return shared ?? this.limiters.get(limiterKey(id, keep));
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

function limitersOf(programs: ReadonlyMap<Signal, Program>): Map<string, RateLimiter> {
  const limiters = new Map<string, RateLimiter>();
  for (const program of programs.values()) {
    for (const { policy, source, keep } of program.policies) {
      if (keep.kind === "rate") limiters.set(limiterKey(policy.id, source), keep.limiter);
    }
  }
  return limiters;
}

/** Policies that failed to compile are inert and say so, as those with errors of their own. */
function noteFailures(checked: Checked[], { signal, failures }: Program): void {
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

/** One row an id, with the errors and warnings of all policies of that id. */
function rowsWithErrors(checked: readonly Checked[]): CountsRow[] {
  const rows = new Set<CountsRow>();
  const faults = new Map<CountsRow, FaultList>();
  for (const { counts, errors, warnings } of checked) {
    rows.add(counts);
    counts.errors = NO_FAULTS;
    if (errors.length + warnings.length === 0) continue;
    const list = faults.get(counts) ?? new FaultList();
    faults.set(counts, list);
    list.addAll(errors);
    list.addAll(warnings);
  }
  for (const [row, list] of faults) row.errors = list.all();
  return [...rows];
}

function summaryOf({ policy, errors, warnings, hints }: Checked): PolicySummary {
  const { id, name, enabled, target } = policy;
  const signal = target?.signal;
  return { id, name, enabled, signal, errors, warnings: [...warnings, ...hints] };
}

/** Equal for the same policy with the same keep, and for nothing else. */
export function limiterKey(id: string, keep: Keep): string {
  return JSON.stringify([id, keep]);
}

/** By byte order of the UTF-8 id; policies of equal id stay in their order. */
function sortById(policies: readonly Policy[]): readonly Policy[] {
  const isSorted = policies.every((policy, i) => {
    const before = policies[i - 1];
    return before === undefined || compareUtf8(before.id, policy.id) <= 0;
  });
  return isSorted ? policies : [...policies].sort((a, b) => compareUtf8(a.id, b.id));
}
