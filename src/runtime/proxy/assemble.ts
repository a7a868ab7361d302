// Builds the parts of a running proxy from its configuration and plugs them together. Starts
// nothing: no socket, no provider, no signal handler.

import type { ProxyConfig, UpstreamHeaderValues } from "../../config/index.ts";
import { EXTENSIONS, type ExtensionContext, Extensions } from "../../extensions/index.ts";
import type { EventBus, Metrics } from "../../o11y/index.ts";
import { type Budgets, type Engine, ServiceLedger, ServiceLedgers } from "../../policy/index.ts";
import { encodingsOf, protocolMetricsOf, samplesOf, stagesOf } from "../../protocols/index.ts";
import {
  type PolicyProvider,
  type PolicyRegistry,
  createProviders,
} from "../../providers/index.ts";
import type { SetMemory } from "../../system/free-memory.ts";
import { SavingsBook } from "../../admin/savings/savings-book.ts";
import { adminPages } from "../../admin/admin.ts";
import { createBudgets } from "../budgets.ts";
import { type JudgingThreads, PolicyRuntime } from "../policy-runtime.ts";
import { Readiness } from "../readiness.ts";
import { buildOf, createMetrics, type SelfMetricsOptions, totalsOf } from "../self-metrics.ts";
import { Reloader } from "../../admin/reloader.ts";
import { createLookouts } from "./lookouts.ts";
import type { ServingThreads } from "./serving-threads.ts";
import { assembleServing, type ProxyDistribution, type Serving } from "./serving.ts";
import type { AnalysisControl } from "../../admin/analysis/analysis-control.ts";

export interface Assembly extends Serving {
  readonly engine: Engine;
  readonly policies: PolicyRuntime;
  readonly registry: PolicyRegistry;
  readonly extensions: Extensions;
  readonly reloader: Reloader;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly analysis: AnalysisControl;
  readonly budgets: Budgets;
}

export interface AssembleOptions {
  /** Set when other threads serve. */
  readonly threads?: ServingThreads | undefined;
  /** In place of an engine of its own; with other threads, theirs. */
  readonly ownPolicies?: JudgingThreads | undefined;
  /** Those of the configuration, when other threads share them. Default: made here. */
  readonly budgets?: Budgets | undefined;
  /** Where threads count by service. Default: this one alone does. */
  readonly services?: ServiceLedgers | undefined;
  /** Before those of the configuration. Default: none. */
  readonly providers?: readonly PolicyProvider[];
  /** Monotonic milliseconds; default: those of the process. */
  readonly nowMs?: () => number;
  /** See PolicyRuntimeOptions. */
  readonly memory?: SetMemory;
  /** Reads targets that control planes broadcast. Default: they are refused. */
  readonly readDumpTarget?: ExtensionContext["readDumpTarget"] | undefined;
  /** See ServingDeps. */
  readonly headerValues?: UpstreamHeaderValues | undefined;
  /** See ExtensionContext. */
  readonly startThread?: ExtensionContext["startThread"];
}

const refuseTarget: ExtensionContext["readDumpTarget"] = () => ({ fault: "none is read here" });

export function assemble(
  config: ProxyConfig,
  distribution: ProxyDistribution,
  bus: EventBus,
  options: AssembleOptions = {},
): Assembly {
  const { threads, budgets = createBudgets(config.budgets), providers = [] } = options;
  const { services = new ServiceLedgers(), nowMs = () => performance.now() } = options;
  const { modules, extensions: kinds = EXTENSIONS } = distribution;
  const encodings = encodingsOf(modules);
  const { readDumpTarget = refuseTarget, startThread } = options;
  const context = { config, bus, encodings, readDumpTarget, startThread };
  const extensions = new Extensions(kinds, context);
  threads?.onOffers((call) => extensions.called(call));
  const identity = {
    stages: stagesOf(modules),
    service: config.service,
    extensions: () => extensions.capabilities(),
  };
  const deps = { identity, onExtensionConfigs: extensions.configure.bind(extensions) };
  const runtime = new PolicyRuntime({
    bus,
    providers: [...providers, ...createProviders(config.providers, deps)],
    extensions,
    shadow: config,
    budgets,
    services: new ServiceLedger(services.open()),
    recordMsMax: config.recordMsMax,
    beforePolicies: config.beforePolicies,
    readyTimeoutMs: config.readyTimeoutMs,
    showGate: (state) => {
      serving.gate.show(state);
      threads?.showGate(state);
    },
    threads: threads ?? options.ownPolicies,
    nowMs,
    memory: options.memory,
  });
  const { engine, policies, registry } = runtime;
  const reloader = new Reloader(registry);
  const measured = { ...measuredBy(config, modules, threads, () => serving), budgets };
  const metrics = createMetrics(distribution.label, bus, engine, measured);
  const readiness = new Readiness(() => runtime.isReady);
  const ready = (): boolean => readiness.isReady;
  const { seeing, shown } = createLookouts(config, encodings, bus, threads);
  const pages = adminPages({
    config,
    build: buildOf(distribution.label),
    engine,
    policies,
    registry,
    reloader,
    ready,
    threads: () => threads?.serving() ?? 1,
    metricsText: () => metrics.metricsText(),
    budgets,
    savings: new SavingsBook({ bus, policyTotals: () => totalsOf(engine), services }),
    ...shown,
    plan: (head) => serving.plan(head),
    samples: samplesOf(modules),
    nowMs,
  });
  const shared = { engine, bus, ready, pages, headerValues: options.headerValues, ...seeing };
  const serving = assembleServing(config, distribution, shared);
  const parts = { engine, policies: runtime, registry, extensions, reloader, readiness, metrics };
  return { ...serving, ...parts, analysis: shown.analysis, budgets };
}

/** What the metrics are told besides events. */
function measuredBy(
  { connectionsMax: requestsMax, inflightBytesMax: bytesMax }: ProxyConfig,
  modules: ProxyDistribution["modules"],
  threads: ServingThreads | undefined,
  serving: () => Serving,
): SelfMetricsOptions {
  const saturation = () => {
    const { room, doors } = serving();
    const own = { requests: room.inFlight, bytes: room.bytes, connections: 0 };
    const held = threads?.held() ?? own;
    const connections = held.connections + doors.connections();
    return { ...held, connections, requestsMax, bytesMax };
  };
  return { workers: threads, protocols: protocolMetricsOf(modules), saturation };
}
