// The policies, counts and rate limits of all threads, as the main thread holds them: its own
// engine, with the counts of all, and what workers are sent for each set.

import {
  createEngine,
  type Engine,
  type EngineDeps,
  type ExtensionHandlers,
  IdTable,
  type Policy,
  type PolicyEngine,
  shareSet,
  threadRateLimiter,
} from "../../policy/index.ts";
import type { Leasing } from "../shared-limits/leasing.ts";
import { NOTHING_PUBLISHED, type Publication, withWorkingUses } from "./publication.ts";
import { rateListOf } from "./rate-list.ts";
import { PublishedPolicies } from "./published-policies.ts";
import { SharedCounts } from "./shared-counts.ts";
import { SharedRates } from "./shared-rates.ts";

export interface SharedPoliciesOptions {
  /** Sends a set to all workers; resolves when each has it in force. Never rejects. */
  readonly publish: (publication: Publication) => Promise<void>;
  /** Called before counts are looked at. */
  readonly beforeCounts: () => void;
  /** The main thread's name as an owner of locks. */
  readonly owner: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Set when other instances share the rate limits, too. */
  readonly leasing?: Leasing | undefined;
}

export class SharedPolicies {
  /** What a new worker is to be sent. */
  publication: Publication = NOTHING_PUBLISHED;
  readonly #options: SharedPoliciesOptions;
  readonly #counts = new SharedCounts();
  readonly #rates: SharedRates;
  #extensions: ExtensionHandlers | undefined;
  #published: PublishedPolicies | undefined;

  constructor(options: SharedPoliciesOptions) {
    this.#options = options;
    this.#rates = new SharedRates(options);
  }

  /** The main thread's engine, which has the same policies and the counts of all threads. */
  createEngine(deps: EngineDeps): Engine {
    const { beforeCounts, owner, leasing } = this.#options;
    this.#extensions = deps.extensions;
    const engine = createEngine({
      ...deps,
      judgesElsewhere: true,
      rateLimiterOf: (policy, keep) => {
        const rate = this.#rates.rateOf(policy, keep);
        return rate && threadRateLimiter(rate, keep, owner, leasing?.control);
      },
      collectCounts: () => {
        beforeCounts();
        this.#counts.collect((...count) => engine.credit(...count));
      },
    });
    this.#published = new PublishedPolicies({
      engine,
      prepare: (policies) => this.#rates.add(policies),
      publish: (policies, version) => this.#publish(engine, policies, version),
    });
    return engine;
  }

  /** Puts sets in force in that engine and in all workers. */
  get policies(): PolicyEngine {
    return this.#made;
  }

  readonly pause = (): Promise<void> => this.#made.pause();

  /** Takes the counts before they grow over what a word holds. */
  takeCounts(): void {
    this.#published?.totals();
  }

  /** Frees what a worker held that ended otherwise than by itself. */
  repair(deadOwner: number): void {
    this.#rates.repair(deadOwner);
  }

  get #made(): PublishedPolicies {
    if (this.#published === undefined) throw new Error("createEngine comes first");
    return this.#published;
  }

  *#publish(
    engine: Engine,
    policies: readonly Policy[],
    version: number,
  ): Generator<undefined, Promise<void>> {
    const compiled = engine.takeCompiled();
    const working = compiled.policies.map(
      (policy) => policy && withWorkingUses(policy, this.#extensions),
    );
    yield;
    const set = yield* shareSet(working, compiled.programs);
    const leases = this.#options.leasing?.control.memory;
    const rates = rateListOf(working, (policy, keep) => this.#rates.rateOf(policy, keep), leases);
    const counts = this.#counts.addTable(new IdTable(set));
    const message = { kind: "policies", version, set, rates, counts } as const;
    this.publication = { version, message };
    yield;
    return this.#options.publish(this.publication).then(() => this.#rates.keepOnly(policies));
  }
}
