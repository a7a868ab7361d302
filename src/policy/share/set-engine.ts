// An engine that judges by sets that another thread has compiled. The only policies it holds are
// those that records have asked for.

import { Program, type ProgramSources } from "../compile/program.ts";
import { type EvaluationDeps, ProgramEvaluation } from "../evaluate/program-evaluation.ts";
import type { Signal } from "../model.ts";
import type { Evaluation } from "../record-port.ts";
import { type SharedSet, SharedPolicyReader } from "./shared-set.ts";

/** Where the counts of policies go, and where their limits and budgets come from. */
export type SetSources = Pick<ProgramSources, "countsOf" | "limiterOf" | "budgetOf">;

/** Judges by the set that it was given last. */
export class SetEngine {
  private readonly deps: EvaluationDeps;
  private evaluations: ReadonlyMap<Signal, ProgramEvaluation> = new Map();

  constructor(deps: EvaluationDeps) {
    this.deps = deps;
  }

  evaluation(signal: Signal): Evaluation | undefined {
    return this.evaluations.get(signal);
  }

  /** Puts a set in force, in steps of a few milliseconds; the last step does it. */
  *adopt(set: SharedSet, sources: SetSources): Generator<undefined, void> {
    const reader = new SharedPolicyReader(set);
    const policyAt = (number: number) => reader.policyAt(number);
    const evaluations = new Map<Signal, ProgramEvaluation>();
    for (const data of set.programs) {
      const program = new Program(data, { ...sources, policyAt });
      yield* program.prepare();
      evaluations.set(data.signal, new ProgramEvaluation(program, this.deps));
      yield;
    }
    this.evaluations = evaluations;
  }
}
