// Builds the parts of a running proxy from its configuration and plugs them together. Starts
// nothing: no socket, no provider, no signal handler.

import type { ProxyConfig } from "../../config/index.ts";
import {
  EXTENSIONS,
  type ExtensionContext,
  Extensions,
  type RecordCall,
} from "../../extensions/index.ts";
import type { EventBus, Metrics } from "../../o11y/index.ts";
import type { Engine } from "../../policy/index.ts";
import {
  type Encodings,
  encodingsOf,
  protocolMetricsOf,
  samplesOf,
  stagesOf,
} from "../../protocols/index.ts";
import {
  type PolicyProvider,
  type PolicyRegistry,
  createProviders,
} from "../../providers/index.ts";
import type { SetMemory } from "../../system/free-memory.ts";
import { adminPages } from "../../admin/admin.ts";
import type { GateState } from "../../pipeline/policy-gate.ts";
import { type JudgingThreads, PolicyRuntime } from "../policy-runtime.ts";
import { Readiness } from "../readiness.ts";
import { buildOf, createMetrics } from "../self-metrics.ts";
import { Reloader } from "../../admin/reloader.ts";
import { assembleServing, type ProxyDistribution, type Serving } from "./serving.ts";
import {
  TapSubscriptions,
  type TapBatch,
  type TapSubscription,
} from "../../admin/tap/tap-subscriptions.ts";
import type { FindAnswers, FindDeps } from "../../admin/admin-find.ts";
import { type FindQuery, Sightings } from "../../admin/find/sightings.ts";
import { Switches } from "../../admin/switches.ts";
import { TapRegistry } from "../../admin/tap/tap-registry.ts";

/** Threads that serve in place of this one, as far as the assembly has to know of them. */
export interface ServingThreads extends JudgingThreads {
  /** How many of them serve at the moment. */
  serving(): number;
  /** Tells all threads, those that come later too, whether the first policies are in force. */
  showGate(state: GateState): void;
  /** JavaScript heaps of these threads in use. */
  heapBytes(): number;
  /** Tells all threads which taps are open. */
  showTaps(specs: readonly TapSubscription[]): void;
  /** Who is told of what they leave for taps. */
  onTapped(listener: (batch: TapBatch) => void): void;
  /** Asks all threads where something went. */
  find(query: FindQuery): Promise<FindAnswers>;
  /** Who is told when they have records for extensions. */
  onOffers(listener: (call: RecordCall) => void): void;
}

export interface Assembly extends Serving {
  readonly engine: Engine;
  readonly policies: PolicyRuntime;
  readonly registry: PolicyRegistry;
  readonly extensions: Extensions;
  readonly reloader: Reloader;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
}

export interface AssembleOptions {
  /** Set when other threads serve. */
  readonly threads?: ServingThreads | undefined;
  /** Before those of the configuration. Default: none. */
  readonly providers?: readonly PolicyProvider[];
  /** Monotonic milliseconds; default: those of the process. */
  readonly nowMs?: () => number;
  /** See PolicyRuntimeOptions. */
  readonly memory?: SetMemory;
  /** Reads targets that control planes broadcast. Default: they are refused. */
  readonly readDumpTarget?: ExtensionContext["readDumpTarget"] | undefined;
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
  const { threads, providers = [], nowMs = () => performance.now() } = options;
  const { modules, extensions: kinds = EXTENSIONS } = distribution;
  const encodings = encodingsOf(modules);
  const extensions = new Extensions(kinds, {
    config,
    bus,
    encodings,
    readDumpTarget: options.readDumpTarget ?? refuseTarget,
    startThread: options.startThread,
  });
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
    recordMsMax: config.recordMsMax,
    beforePolicies: config.beforePolicies,
    readyTimeoutMs: config.readyTimeoutMs,
    showGate: (state) => {
      serving.gate.show(state);
      threads?.showGate(state);
    },
    threads,
    nowMs,
    memory: options.memory,
  });
  const { engine, policies, registry } = runtime;
  const reloader = new Reloader(registry);
  const protocols = protocolMetricsOf(modules);
  const metrics = createMetrics(distribution.label, bus, engine, { workers: threads, protocols });
  const readiness = new Readiness(() => runtime.isReady);
  const ready = (): boolean => readiness.isReady;
  const switches = switchesOf(config, bus);
  const { sightings, find, unread } = createMemory(config, bus, threads);
  const { open, taps } = createTaps(switches, encodings, bus, threads);
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
    taps,
    switches,
    find,
    unread,
    plan: (head) => serving.plan(head),
    samples: samplesOf(modules),
    nowMs,
  });
  const shared = { engine, bus, ready, pages, taps: open, sightings };
  const serving = assembleServing(config, distribution, shared);
  const parts = { engine, policies: runtime, registry, extensions, reloader, readiness, metrics };
  return { ...serving, ...parts };
}

/** What remembers where records went, and how it is asked; with other threads, they remember. */
function createMemory(
  { admin }: ProxyConfig,
  bus: EventBus,
  threads: ServingThreads | undefined,
): Pick<FindDeps, "find" | "unread"> & { readonly sightings: Sightings | undefined } {
  let unread = 0;
  const common = { unread: () => unread };
  if (!admin.find) return { ...common, sightings: undefined, find: undefined };
  bus.on("fail_open", ({ reason }) => {
    // Records that took too long were read all the same.
    if (reason !== "too_costly") unread++;
  });
  if (threads !== undefined) {
    return { ...common, sightings: undefined, find: (query) => threads.find(query) };
  }
  const sightings = new Sightings();
  const find = async (query: FindQuery): Promise<FindAnswers> =>
    Promise.resolve({ asked: 1, answers: [sightings.find(query)] });
  return { ...common, sightings, find };
}

function switchesOf({ tapEnabled, admin }: ProxyConfig, bus: EventBus): Switches {
  const configured = { taps: tapEnabled, payloads: admin.showPayloads };
  return new Switches({ configured, isSwitchable: admin.token !== undefined, bus });
}

/** The open taps, and who knows of them; both undefined: taps are off for good. */
function createTaps(
  switches: Switches,
  encodings: Encodings,
  bus: EventBus,
  threads: ServingThreads | undefined,
) {
  if (!switches.state.taps && !switches.isSwitchable) return { open: undefined, taps: undefined };
  const open = new TapSubscriptions((batch) => taps.deliver(batch));
  const taps = new TapRegistry({
    bus,
    showsPayloads: () => switches.state.payloads,
    encodings,
    changed: (specs) => (threads === undefined ? open.show(specs) : threads.showTaps(specs)),
  });
  switches.changed = ({ taps: areOn, payloads }) => {
    if (!areOn) taps.switchOff("all");
    else if (!payloads) taps.switchOff("payloads");
  };
  threads?.onTapped((batch) => taps.deliver(batch));
  return { open, taps };
}
