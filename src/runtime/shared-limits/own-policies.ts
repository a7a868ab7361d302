// Prepares shared limits for a program with one thread: the memory for a set's limits exists before
// the set is in force, and goes away with the set.

import {
  createEngine,
  type Engine,
  type EngineDeps,
  type Policy,
  type PolicyEngine,
  type SnapshotSummary,
  threadRateLimiter,
} from "../../policy/index.ts";
import { type Pause, yieldToLoop } from "../../system/index.ts";
import type { JudgingThreads } from "../policy-runtime.ts";
import { SharedRates } from "../workers/shared-rates.ts";
import type { Leasing } from "./leasing.ts";

const OWNER = 1;

export class OwnPolicies implements JudgingThreads {
  readonly pause: Pause = yieldToLoop;
  readonly #leasing: Leasing;
  readonly #rates: SharedRates;
  #policies: PolicyEngine | undefined;

  constructor(leasing: Leasing, random: () => number) {
    this.#leasing = leasing;
    this.#rates = new SharedRates({ random, owner: OWNER, leasing });
  }

  get policies(): PolicyEngine {
    if (this.#policies === undefined) throw new Error("createEngine comes first");
    return this.#policies;
  }

  createEngine(deps: EngineDeps): Engine {
    const rates = this.#rates;
    const { control } = this.#leasing;
    const engine = createEngine({
      ...deps,
      rateLimiterOf: (policy, keep) => {
        const rate = rates.rateOf(policy, keep);
        return rate && threadRateLimiter(rate, keep, OWNER, control);
      },
    });
    this.#policies = {
      get snapshot() {
        return engine.snapshot;
      },
      *replace(policies: readonly Policy[]): Generator<undefined, SnapshotSummary> {
        rates.add(policies);
        const summary = yield* engine.replace(policies);
        rates.keepOnly(policies);
        return summary;
      },
      evaluation: (signal) => engine.evaluation(signal),
      takePending: () => engine.takePending(),
      totals: () => engine.totals(),
    };
    return engine;
  }
}
