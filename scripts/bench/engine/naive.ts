// The yardstick for the index: the same compiled conditions, but every policy is looked at in turn.
// Only keeps that drop are carried out; nothing is counted.

import { type CompileInput, compileProgram } from "../../../src/policy/compile/compile-program.ts";
import { Program } from "../../../src/policy/compile/program.ts";
import { satisfies } from "../../../src/policy/compile/predicate.ts";
import { unmetered } from "../../../src/regex/index.ts";
import { CountsRow } from "../../../src/policy/counts.ts";
import {
  type Evaluation,
  Level,
  type Policy,
  type RateKeep,
  type Signal,
  Verdict,
  type VerdictIndex,
} from "../../../src/policy/index.ts";
import { LocalRateLimiter } from "../../../src/policy/keep/rate-limiter.ts";
import { ValueStore } from "../../../src/policy/value-store.ts";

export function naiveEvaluation(signal: Signal, policies: readonly Policy[]): Evaluation {
  const inputs: CompileInput[] = policies.flatMap((policy, number) =>
    policy.target === undefined ? [] : [{ policy, target: policy.target, number }],
  );
  const sources = {
    policyAt: (number: number) => policies[number] as Policy,
    countsOf: ({ id }: Policy) => new CountsRow(id),
    limiterOf: (_: Policy, keep: RateKeep) => new LocalRateLimiter(keep.count, keep.windowMs),
  };
  for (const steps = compileProgram(signal, inputs); ;) {
    const step = steps.next();
    if (step.done === true) return new NaiveEvaluation(new Program(step.value.data, sources));
  }
}

class NaiveEvaluation implements Evaluation {
  readonly fields;
  readonly values: ValueStore;
  private readonly program: Program;

  constructor(program: Program) {
    const { slots } = program;
    this.program = program;
    this.fields = slots;
    const multi = Uint8Array.from(slots.multi, (several) => (several ? 1 : 0));
    this.values = new ValueStore(Uint8Array.from(slots.levels), multi);
  }

  begin(): void {
    this.beginResource();
    this.beginScope();
  }
  beginResource(): void {
    this.values.begin(Level.resource);
  }
  beginScope(): void {
    this.values.begin(Level.scope);
  }
  beginRecord(): void {
    this.values.begin(Level.record);
  }
  decide(): VerdictIndex {
    let verdict: VerdictIndex = Verdict.keep;
    for (let i = 0; i < this.program.size; i++) {
      const policy = this.program.policy(i);
      const matches = policy.groups.some((group) =>
        group.every(({ predicate, negate }) => this.holds(predicate) !== negate),
      );
      if (matches && policy.keep.kind === "none") verdict = Verdict.drop;
    }
    return verdict;
  }
  readonly offering = false;
  offer(): void {}
  editRecord(): boolean {
    return true;
  }
  endScope(): boolean {
    return false;
  }
  editScope(): void {}
  endResource(): boolean {
    return false;
  }
  editResource(): void {}
  commit(): undefined {}
  abort(): void {}

  private readonly meter = unmetered();

  private holds(predicate: number): boolean {
    const slot = this.program.predicateSlots[predicate] ?? 0;
    const test = this.program.test(predicate);
    if (!this.values.has(slot)) return false;
    for (let entry = slot; entry >= 0; entry = this.values.next(entry)) {
      if (satisfies(test, this.values, entry, this.meter)) return true;
    }
    return false;
  }
}
