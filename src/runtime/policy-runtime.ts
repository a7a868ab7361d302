// Keeps policies in force for any kind of program: an engine, the validator of its patterns, a
// registry over the providers, and the watch over the first policies. Knows no protocol and no
// door.

import type { BeforePolicies } from "../config/index.ts";
import type { Extensions } from "../extensions/index.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import type { GateState } from "../pipeline/policy-gate.ts";
import {
  type Budgets,
  type Engine,
  type EngineDeps,
  type PolicyEngine,
  type ServiceLedger,
  createEngine,
} from "../policy/index.ts";
import {
  BudgetProvider,
  type PolicyProvider,
  PolicyRegistry,
  type ShadowSettings,
} from "../providers/index.ts";
import { createRegexValidator } from "../re2/index.ts";
import type { SetMemory } from "../system/free-memory.ts";
import type { Pause } from "../system/index.ts";
import type { LogFields } from "../o11y/log-format.ts";
import type { Component } from "./component.ts";
import { FirstPolicies } from "./first-policies.ts";

/** Threads that judge in place of this one. */
export interface JudgingThreads {
  /** The engine of this thread, which has the same policies and the counts of all. */
  createEngine(deps: EngineDeps): Engine;
  /** Puts a set in force in that engine and in all threads; made by `createEngine`. */
  readonly policies: PolicyEngine;
  /** To be used between the steps of a replacement. */
  readonly pause: Pause;
}

/** What policies of a program are made from. */
export interface PolicyRuntimeOptions {
  readonly bus: EventBus;
  /** In the order of the configuration; see `createProviders`. */
  readonly providers: readonly PolicyProvider[];
  /** Handlers of what policies do beside judging. Default: there are none. */
  readonly extensions?: Extensions | undefined;
  /** Which policies are in shadow whatever they say themselves. Default: none. */
  readonly shadow?: ShadowSettings;
  /** What records may have of a day. Default: there are none. */
  readonly budgets?: Budgets | undefined;
  /** Counts what comes and leaves by service. Default: nobody does. */
  readonly services?: ServiceLedger | undefined;
  /** For matching and redacting one record. */
  readonly recordMsMax: number;
  readonly beforePolicies: BeforePolicies;
  /** How long providers may take to give their first policies. 0: they are not waited for. */
  readonly readyTimeoutMs: number;
  /** Told whether the first policies are in force; see `PolicyGate.show`. Default: nobody. */
  readonly showGate?: (state: GateState) => void;
  /** Set when other threads judge, or when this one shares its limits. */
  readonly threads?: JudgingThreads | undefined;
  /** Frees what sets leave. Default: of large ones only. */
  readonly memory?: SetMemory | undefined;
  /** Monotonic milliseconds; default: those of the process. */
  readonly nowMs?: () => number;
}

/**
 * What any program needs to judge records. Without `start` it has no policies, and everything
 * passes.
 *
 * @example
 * const waiting = { beforePolicies: "wait", readyTimeoutMs: 10_000 } as const;
 * const policies = new PolicyRuntime({ bus, providers, recordMsMax: 50, ...waiting });
 * policies.start();
 * await policies.whenComplete;
 * policies.engine.evaluation("log"); // what judges log records; undefined: no policy does
 */
export class PolicyRuntime implements Component {
  readonly engine: Engine;
  /** Puts sets in force in all threads that judge; where there are none, the engine. */
  readonly policies: PolicyEngine;
  readonly registry: PolicyRegistry;
  readonly #first: FirstPolicies;
  #isWatched = false;

  constructor(options: PolicyRuntimeOptions) {
    const { bus, recordMsMax, beforePolicies, readyTimeoutMs, threads } = options;
    const { nowMs = () => performance.now(), showGate: show = () => undefined } = options;
    const { extensions, budgets, services } = options;
    const providers = [...options.providers];
    if (budgets !== undefined && budgets.all.length > 0) {
      providers.push(new BudgetProvider(budgets.all));
    }
    const deps: EngineDeps = {
      validateRegex: createRegexValidator(),
      nowMs,
      random: Math.random,
      recordMsMax,
      extensions: extensions?.handlers,
      services,
      budgetOf: (name) => budgets?.of(name),
      onExtensionError: (...failure) => extensions?.failed(...failure),
    };
    this.engine = threads?.createEngine(deps) ?? createEngine(deps);
    this.policies = threads?.policies ?? this.engine;
    const own = {
      ...(options.shadow === undefined ? {} : { shadow: options.shadow }),
      ...(threads === undefined ? {} : { pause: threads.pause }),
      ...(options.memory === undefined ? {} : { memory: options.memory }),
    };
    this.registry = new PolicyRegistry({ engine: this.policies, bus, providers, ...own });
    this.#first = new FirstPolicies({ beforePolicies, readyTimeoutMs, bus, show });
  }

  /** Whether the program is ready, as far as policies are concerned. */
  get isReady(): boolean {
    return this.#first.isReady;
  }

  /** Resolves when the first policies of every provider are in force. */
  get whenComplete(): Promise<void> {
    return this.registry.whenComplete;
  }

  /**
   * Shuts the gates until the first policies are in force; for programs that open a door before
   * `start`.
   */
  watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#first.watch(this.registry);
  }

  start(): void {
    this.watch();
    this.registry.start();
  }

  reload(): Promise<void> {
    return this.registry.reload();
  }

  drain(): void {
    this.#first.stop();
  }

  /** Control planes are told the last counts. The policies in force stay in force. */
  stop(deadlineMs: number): Promise<void> {
    this.#first.stop();
    return this.registry.stop(deadlineMs);
  }

  status(): LogFields {
    const { version, policies, invalid, missing, providers } = this.registry.status();
    const failing = providers.filter(({ lastError }) => lastError !== undefined);
    const errors = failing.map(({ id, lastError }) => `${id}: ${lastError}`);
    return { version, policies, invalid, missing, errors };
  }
}
