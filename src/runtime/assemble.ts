// Builds the parts of a running proxy from its configuration and plugs them together. Starts
// nothing: no socket, no provider, no signal handler.

import type { ProxyConfig } from "../config/index.ts";
import { type EventBus, Metrics } from "../o11y/index.ts";
import { type Engine, type EngineDeps, type PolicyEngine, createEngine } from "../policy/index.ts";
import { PolicyRegistry, createProviders } from "../providers/index.ts";
import { type Pause } from "../system/index.ts";
import { createJudge } from "../re2/index.ts";
import { adminPages } from "../admin/admin.ts";
import { COMMIT, VERSION } from "../o11y/build-info.ts";
import { FirstPolicies } from "./first-policies.ts";
import type { GateState } from "../pipeline/policy-gate.ts";
import { Readiness } from "./readiness.ts";
import { Reloader } from "../admin/reloader.ts";
import { assembleServing, type ProxyDistribution, type Serving } from "./serving.ts";
import { TapBoard, type TapBatch, type TapSpec } from "../admin/tap/tap-board.ts";
import { TapHub } from "../admin/tap/tap-hub.ts";

/** Threads that serve in place of this one, as far as the assembly has to know of them. */
export interface ServingThreads {
  /** The engine of this thread, which has the same policies and the counts of all. */
  createEngine(deps: EngineDeps): Engine;
  /** Puts a set in force in that engine and in all threads; made by `createEngine`. */
  readonly policies: PolicyEngine;
  /** To be used between the steps of a replacement. */
  readonly pause: Pause;
  /** How many of them serve at the moment. */
  serving(): number;
  /** Tells all threads, those that come later too, whether the first policies are in force. */
  showGate(state: GateState): void;
  /** JavaScript heaps of these threads in use. */
  heapBytes(): number;
  /** Tells all threads which taps are open. */
  showTaps(specs: readonly TapSpec[]): void;
  /** Who is told of what they leave for taps. */
  onTapped(listener: (batch: TapBatch) => void): void;
}

export interface Assembly extends Serving {
  readonly engine: Engine;
  readonly registry: PolicyRegistry;
  readonly reloader: Reloader;
  readonly firstPolicies: FirstPolicies;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
}

export interface AssembleOptions {
  /** Set when other threads serve. */
  readonly threads?: ServingThreads | undefined;
  /** Monotonic milliseconds; default: those of the process. */
  readonly nowMs?: () => number;
}

export function assemble(
  config: ProxyConfig,
  distribution: ProxyDistribution,
  bus: EventBus,
  { threads, nowMs = () => performance.now() }: AssembleOptions = {},
): Assembly {
  const { recordMsMax } = config;
  const engineDeps = { judge: createJudge(), nowMs, random: Math.random, recordMsMax };
  const engine = threads?.createEngine(engineDeps) ?? createEngine(engineDeps);
  const policies = threads?.policies ?? engine;
  const identity = { stages: distribution.stages, service: config.service };
  const providers = createProviders(config.providers, { identity });
  const pause = threads === undefined ? {} : { pause: threads.pause };
  const registry = new PolicyRegistry({ engine: policies, bus, providers, ...pause });
  const reloader = new Reloader(registry);
  const build = { version: VERSION, commit: COMMIT, distribution: distribution.label };
  const metrics = new Metrics(bus, {
    build,
    policyTotals: () => [...engine.totals(), engine.forgottenTotals()],
    evictedWindows: () => engine.evictedWindows,
    workers: threads,
  });
  const { beforePolicies, readyTimeoutMs } = config;
  const firstPolicies = new FirstPolicies({
    beforePolicies,
    readyTimeoutMs,
    bus,
    show: (state) => {
      serving.gate.show(state);
      threads?.showGate(state);
    },
  });
  const readiness = new Readiness(() => firstPolicies.isReady);
  const ready = (): boolean => readiness.isReady;
  const board = config.tapEnabled ? new TapBoard((batch) => taps?.deliver(batch)) : undefined;
  const taps =
    board &&
    new TapHub({
      bus,
      showsPayloads: config.admin.showPayloads,
      changed: (specs) => (threads === undefined ? board.show(specs) : threads.showTaps(specs)),
    });
  if (taps !== undefined) threads?.onTapped((batch) => taps.deliver(batch));
  const pages = adminPages({
    config,
    build,
    engine,
    policies,
    registry,
    reloader,
    ready,
    threads: () => threads?.serving() ?? 1,
    metricsText: () => metrics.metricsText(),
    taps,
    plan: (head) => serving.plan(head),
    nowMs,
  });
  const serving = assembleServing(config, distribution, { engine, bus, ready, pages, taps: board });
  return { ...serving, engine, registry, reloader, firstPolicies, readiness, metrics };
}
