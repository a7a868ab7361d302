// The engine that the registry sees when workers serve: a set is in force once the main thread's
// engine and every worker have switched to it.

import type {
  Engine,
  Evaluation,
  Policy,
  PolicyEngine,
  PolicyTotals,
  Signal,
  SnapshotSummary,
  StatusDelta,
} from "../../policy/index.ts";
import { yieldToLoop } from "../../system/index.ts";

export interface PublishedPoliciesOptions {
  readonly engine: Engine;
  /** Before the engine is given the set. */
  readonly prepare: (policies: readonly Policy[]) => void;
  /**
   * Sends what the engine has compiled, the last step once it is sent; resolves when all workers
   * have swapped. Never rejects.
   */
  readonly publish: (
    policies: readonly Policy[],
    version: number,
  ) => Generator<undefined, Promise<void>>;
}

export class PublishedPolicies implements PolicyEngine {
  readonly #options: PublishedPoliciesOptions;
  #snapshot: SnapshotSummary;
  #publishing: Promise<void> | undefined;

  constructor(options: PublishedPoliciesOptions) {
    this.#options = options;
    this.#snapshot = options.engine.snapshot;
  }

  get snapshot(): SnapshotSummary {
    return this.#snapshot;
  }

  *replace(policies: readonly Policy[]): Generator<undefined, SnapshotSummary> {
    const { engine, prepare, publish } = this.#options;
    prepare(policies);
    const summary = yield* engine.replace(policies);
    const sent = yield* publish(policies, summary.version);
    const publishing = sent.finally(() => {
      this.#publishing = undefined;
    });
    this.#publishing = publishing;
    while (this.#publishing === publishing) yield;
    this.#snapshot = summary;
    return summary;
  }

  /** Between two steps of `replace`: until all workers have swapped, when they are what is left. */
  readonly pause = (): Promise<void> => this.#publishing ?? yieldToLoop();

  evaluation(signal: Signal): Evaluation | undefined {
    return this.#options.engine.evaluation(signal);
  }

  takePending(): StatusDelta {
    return this.#options.engine.takePending();
  }

  totals(): readonly PolicyTotals[] {
    return this.#options.engine.totals();
  }
}
