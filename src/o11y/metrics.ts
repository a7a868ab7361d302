// The program's own metrics: counts what happens on the bus, and prints the counts for Prometheus.
// It holds only the series of metric-table.ts and those of protocols; values that others hold, such
// as totals of policies and memory, are read when the text is asked for.

import type { BudgetStatus, PolicyTotals } from "../policy/index.ts";
import type { EventBus, Unsubscribe } from "./event-bus.ts";
import type { EventName } from "./events.ts";
import { statusClass, TRANSFORM_KINDS } from "./labels.ts";
import { DelayMax, LoopDelay } from "./loop-delay.ts";
import { MetricFamily } from "./metric-family.ts";
import type { MetricSpec, ProtocolMetric, ProtocolMetrics } from "./metric-spec.ts";
import {
  isPrinted,
  labelValuesOf,
  METRICS,
  type MetricKey,
  withLabelValues,
} from "./metric-table.ts";
import { countLimits, showBudgets } from "./limit-metrics.ts";
import { countItems, EvaluatedItems } from "./otel/item-metrics.ts";
import { metricsJson } from "./otel/metrics-otlp.ts";
import { isAlwaysShown, POLICY_COUNTS } from "./policy-metrics.ts";
import { PolicySeries } from "./policy-series.ts";
import { countRecords } from "./record-metrics.ts";
import { countFailures } from "./dump-metrics.ts";
import { countRefusals, showSaturation } from "./saturation-metrics.ts";
import type { SpanResource } from "./spans-otlp.ts";
import { openFilesNow } from "../system/open-files.ts";
import { realSchedule, type Schedule } from "../system/timer.ts";

/** `Content-Type` of the metrics in Prometheus's text format. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The process at one moment. Sizes in bytes, times in seconds. */
export interface ProcessSample {
  /** Files and sockets that are open, and that may be; 0: the system does not tell. */
  readonly openFiles: number;
  readonly openFilesMax: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly cpuSeconds: number;
  readonly startUnixSeconds: number;
}

/** What a sample of the process does not show of its workers. */
export interface WorkersSample {
  /** How many serve at the moment. */
  serving(): number;
  /** Their JavaScript heaps in use. */
  heapBytes(): number;
}

/** Which build it is, for `edge_build_info`. */
export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
  readonly distribution: string;
}

/** Where metrics come from, besides the bus. */
export interface MetricsOptions {
  readonly build: BuildInfo;
  /** What the protocols of the program bring. Default: nothing. */
  readonly protocols?: ProtocolMetrics;
  /** Threads that serve in place of the main one. Default: there are none. */
  readonly workers?: WorkersSample | undefined;
  /** Counts of policies since start; `engine.totals()`. Default: none. */
  readonly policyTotals?: () => readonly PolicyTotals[];
  /** What the counts of a policy of the set in force are in. Default: nobody knows. */
  readonly policyItems?: (id: string) => "logs" | "metrics" | "traces" | undefined;
  /** Windows of rate limits that were given up since start. Default: none. */
  readonly evictedWindows?: () => number;
  /** How budgets stand. Default: there are none. */
  readonly budgets?: (() => readonly (readonly [name: string, BudgetStatus])[]) | undefined;
  readonly process?: () => ProcessSample;
  /** What requests hold at the moment. Default: there are none. */
  readonly saturation?: (() => Parameters<typeof showSaturation>[1]) | undefined;
  /** Wall clock and monotonic clock in milliseconds. */
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  readonly schedule?: Schedule;
}

const NO_PROTOCOLS: ProtocolMetrics = { telemetry: [], knownPaths: [], stages: [], metrics: [] };

/** Counts the events of a bus, and prints them for Prometheus. */
export class Metrics {
  readonly #families: Readonly<Record<MetricKey, MetricFamily>>;
  /** Of the protocols. */
  readonly #brought: readonly MetricFamily[];
  readonly #protocols: ProtocolMetrics;
  readonly #policies = new PolicySeries();
  readonly #items: EvaluatedItems;
  readonly #loopDelay: LoopDelay;
  readonly #monotonicMs: () => number;
  /** By thread: main, worker. */
  readonly #delayMax: Readonly<Record<"main" | "worker", DelayMax>>;
  readonly #subscriptions: Unsubscribe[] = [];
  readonly #options: MetricsOptions;
  readonly #bus: EventBus;
  readonly #nowMs: () => number;

  constructor(bus: EventBus, options: MetricsOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#protocols = options.protocols ?? NO_PROTOCOLS;
    this.#families = createFamilies(options.build, this.#protocols);
    this.#items = new EvaluatedItems(options.policyItems ?? (() => undefined));
    const { buildInfo } = this.#families;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    const nowMs = this.#monotonicMs();
    this.#delayMax = { main: new DelayMax(nowMs), worker: new DelayMax(nowMs) };
    this.#loopDelay = new LoopDelay({
      onDelay: (delayMs) => this.#delayed("main", delayMs),
      nowMs: this.#monotonicMs,
      schedule: options.schedule ?? realSchedule,
    });
    buildInfo.set(0, 1);
    this.#countRequests();
    this.#countUpstreams();
    this.#countPolicies();
    this.#countProviders();
    this.#countDumps();
    this.#countLookers();
    this.#countThreads();
    this.#subscriptions.push(
      ...countRecords(bus, this.#families),
      ...countLimits(bus, this.#families),
      countItems(bus, this.#families),
      bus.on("loop.delayed", ({ delayMs }) => this.#delayed("worker", delayMs)),
      bus.on("request.completed", () => this.#loopDelay.note()),
    );
    this.#brought = this.#protocols.metrics.map((metric) => this.#countBrought(metric));
    this.#loopDelay.start();
  }

  /** All metrics in the Prometheus text format 0.0.4. */
  metricsText(): string {
    return this.#printed()
      .map((family) => family.text())
      .join("");
  }

  /** All metrics as an ExportMetricsServiceRequest in OTLP JSON. */
  metricsJson(resource: SpanResource, version: string): string {
    const times = { startMs: performance.timeOrigin, nowMs: this.#nowMs() };
    return metricsJson(this.#printed(), resource, version, times);
  }

  #printed(): readonly MetricFamily[] {
    this.#collect();
    return [...Object.values(this.#families), ...this.#brought].filter(({ spec }) =>
      isPrinted(spec, this.#protocols),
    );
  }

  /** Stops listening and measuring. */
  stop(): void {
    this.#loopDelay.stop();
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe();
  }

  #delayed(thread: "main" | "worker", delayMs: number): void {
    const { loopDelay } = this.#families;
    loopDelay.observe(loopDelay.at(thread), delayMs / 1000);
    this.#delayMax[thread].note(delayMs, this.#monotonicMs());
  }

  #countRequests(): void {
    const { requests, requestDuration, responses, requestErrors } = this.#families;
    const { requestBytes, responseBytes, prefilter, misdirectedClients } = this.#families;
    this.#subscriptions.push(
      ...countRefusals(this.#bus, this.#families),
      this.#bus.on("request.completed", (event) => {
        const { knownPath } = event;
        requests.add(requests.at(event.method.toLowerCase(), knownPath), 1);
        requestDuration.observe(requestDuration.at(knownPath), event.durationMs / 1000);
        responses.add(responses.at(knownPath, statusClass(event.status)), 1);
        requestBytes.add(requestBytes.at(knownPath), event.bytesIn);
        responseBytes.add(responseBytes.at(knownPath), event.bytesOut);
      }),
      this.#bus.on("client.misdirected", ({ kind }) => {
        misdirectedClients.add(misdirectedClients.at(kind), 1);
      }),
      this.#bus.on("request.failed", (event) => {
        requestErrors.add(requestErrors.at(event.knownPath, event.class), 1);
      }),
      this.#bus.on("prefilter.decided", (event) => {
        prefilter.add(prefilter.at(event.routeKind, event.decision), 1);
      }),
    );
  }

  #countBrought<N extends EventName>({ spec, event, count }: ProtocolMetric<N>): MetricFamily {
    const values = labelValuesOf(this.#protocols);
    const family = new MetricFamily(withLabelValues(spec, values));
    this.#subscriptions.push(this.#bus.on(event, (happened) => count(happened, family)));
    return family;
  }

  #countUpstreams(): void {
    const { upstreamDuration, upstreamResponses, upstreamErrors, upstreamRetries } = this.#families;
    this.#subscriptions.push(
      this.#bus.on("upstream.completed", (event) => {
        const { upstream } = event;
        upstreamDuration.observe(upstreamDuration.atOpen(upstream), event.durationMs / 1000);
        upstreamResponses.add(upstreamResponses.atOpen(upstream, statusClass(event.status)), 1);
      }),
      this.#bus.on("upstream.failed", (event) => {
        upstreamErrors.add(upstreamErrors.atOpen(event.upstream, event.phase), 1);
        upstreamRetries.add(upstreamRetries.atOpen(event.upstream), event.retried ? 1 : 0);
      }),
    );
  }

  #countPolicies(): void {
    const { policiesLoaded, policiesVersion, policiesInvalid } = this.#families;
    const { reloadDuration, reloadFailures, policiesReady } = this.#families;
    this.#subscriptions.push(
      this.#bus.on("policies.complete", () => policiesReady.set(0, 1)),
      this.#bus.on("policies.replaced", (event) => {
        for (const signal of ["log", "metric", "trace"] as const) {
          policiesLoaded.set(policiesLoaded.at(signal), event.counts[signal]);
        }
        policiesVersion.set(0, event.version);
        reloadDuration.observe(0, event.durationMs / 1000);
        policiesInvalid.set(0, event.invalid ?? 0);
        // The engine may have forgotten those that left the set when somebody looks next.
        this.#updatePolicies();
      }),
      this.#bus.on("policies.replace_failed", () => reloadFailures.add(0, 1)),
    );
  }

  #countProviders(): void {
    const { providerUp, providerLastSuccess, providerLoads } = this.#families;
    const { providerFailures, providerPolicies } = this.#families;
    const succeeded = (id: string): void => {
      providerUp.set(providerUp.atOpen(id), 1);
      providerLastSuccess.set(providerLastSuccess.atOpen(id), this.#nowMs() / 1000);
    };
    this.#subscriptions.push(
      this.#bus.on("provider.added", ({ provider }) => {
        for (const family of [providerUp, providerLastSuccess, providerLoads, providerFailures]) {
          family.atOpen(provider);
        }
        providerPolicies.atOpen(provider);
      }),
      this.#bus.on("provider.loaded", ({ provider, policies }) => {
        succeeded(provider);
        providerLoads.add(providerLoads.atOpen(provider), 1);
        providerPolicies.set(providerPolicies.atOpen(provider), policies);
      }),
      this.#bus.on("provider.unchanged", ({ provider }) => succeeded(provider)),
      this.#bus.on("provider.failed", ({ provider, keeping }) => {
        providerUp.set(providerUp.atOpen(provider), 0);
        providerFailures.add(providerFailures.atOpen(provider), 1);
        providerPolicies.set(providerPolicies.atOpen(provider), keeping);
      }),
    );
  }

  #countDumps(): void {
    const { dumpFlushes, dumpObjects, dumpRecords, dumpBytes, dumpFailures } = this.#families;
    const { dumpSpooled, dumpLost, dumpBacklog, dumpSpool } = this.#families;
    this.#subscriptions.push(
      ...countFailures(this.#bus, this.#families),
      this.#bus.on("dump.flushed", () => dumpFlushes.add(0, 1)),
      this.#bus.on("dump.uploaded", ({ records, bytes }) => {
        dumpObjects.add(0, 1);
        dumpRecords.add(0, records);
        dumpBytes.add(0, bytes);
      }),
      this.#bus.on("dump.failed", () => dumpFailures.add(0, 1)),
      this.#bus.on("dump.spooled", ({ records }) => dumpSpooled.add(0, records)),
      this.#bus.on("extension.records_lost", ({ reason, records }) => {
        dumpLost.add(dumpLost.at(reason), records);
      }),
      this.#bus.on("dump.backlog", ({ memoryBytes, spoolBytes }) => {
        dumpBacklog.set(0, memoryBytes);
        dumpSpool.set(0, spoolBytes);
      }),
    );
  }

  /** Own spans, and taps. */
  #countLookers(): void {
    const { selfSpans, tapRecords } = this.#families;
    this.#subscriptions.push(
      this.#bus.on("spans.exported", ({ spans }) => selfSpans.add(selfSpans.at("exported"), spans)),
      this.#bus.on("spans.lost", ({ spans }) => selfSpans.add(selfSpans.at("lost"), spans)),
      this.#bus.on("tap.closed", ({ shown, lost }) => {
        tapRecords.add(tapRecords.at("shown"), shown);
        tapRecords.add(tapRecords.at("lost"), lost);
      }),
    );
  }

  /** Workers, and the listener's certificate. */
  #countThreads(): void {
    const { workerFailures, workerEventsLost, threadHangs, tlsReloads } = this.#families;
    this.#subscriptions.push(
      this.#bus.on("worker.failed", () => workerFailures.add(0, 1)),
      this.#bus.on("thread.hung", () => threadHangs.add(0, 1)),
      this.#bus.on("worker.events_lost", ({ events }) => workerEventsLost.add(0, events)),
      this.#bus.on("tls.reloaded", () => tlsReloads.add(tlsReloads.at("ok"), 1)),
      this.#bus.on("tls.reload_failed", () => tlsReloads.add(tlsReloads.at("failed"), 1)),
    );
  }

  #updatePolicies(): void {
    this.#policies.update(this.#options.policyTotals?.() ?? []);
  }

  #collectPolicies(): void {
    const families = POLICY_COUNTS.map((count) => [count, this.#families[count]] as const);
    for (const [, family] of families) family.clear();
    const other = ["other", this.#policies.other] as const;
    const labelled = this.#policies.labelled();
    this.#items.collect(labelled, this.#families);
    for (const [id, row] of [...labelled, other]) {
      // A policy may be named "other" itself: its counts are added there.
      for (const [count, family] of families) {
        if (row[count] === 0 && !isAlwaysShown(count)) continue;
        family.add(family.atOpen(id), row[count]);
      }
    }
  }

  #collect(): void {
    const { transforms, subscriberFailures, rateKeysEvicted } = this.#families;
    const { residentMemory, heapMemory, cpu, startTime, loopDelayMax, workersServing } =
      this.#families;
    this.#updatePolicies();
    this.#collectPolicies();
    rateKeysEvicted.set(0, this.#options.evictedWindows?.() ?? 0);
    for (const [i, kind] of TRANSFORM_KINDS.entries()) {
      transforms.set(transforms.at(kind, "hit"), this.#policies.transforms[i]?.hits ?? 0);
      transforms.set(transforms.at(kind, "miss"), this.#policies.transforms[i]?.misses ?? 0);
    }
    const sample = (this.#options.process ?? sampleProcess)();
    residentMemory.set(0, sample.residentBytes);
    const { workers } = this.#options;
    heapMemory.set(0, sample.heapBytes + (workers?.heapBytes() ?? 0));
    workersServing.set(0, workers?.serving() ?? 0);
    cpu.set(0, sample.cpuSeconds);
    startTime.set(0, sample.startUnixSeconds);
    for (const thread of ["main", "worker"] as const) {
      const maxMs = this.#delayMax[thread].at(this.#monotonicMs());
      loopDelayMax.set(loopDelayMax.at(thread), maxMs / 1000);
    }
    showSaturation(this.#families, this.#options.saturation?.(), sample);
    showBudgets(this.#families, this.#options.budgets?.() ?? []);
    subscriberFailures.set(0, this.#bus.failures);
  }
}

function createFamilies(
  build: BuildInfo,
  protocols: ProtocolMetrics,
): Record<MetricKey, MetricFamily> {
  const { version, commit, distribution } = build;
  const ofBuild = { version: [version], commit: [commit], distribution: [distribution] };
  const values = { ...labelValuesOf(protocols), ...ofBuild };
  const entries: readonly [string, MetricSpec][] = Object.entries(METRICS);
  // The keys are those of METRICS, which `fromEntries` cannot know.
  return Object.fromEntries(
    entries.map(([key, spec]) => [key, new MetricFamily(withLabelValues(spec, values))]),
  ) as Record<MetricKey, MetricFamily>;
}

function sampleProcess(): ProcessSample {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return {
    residentBytes: memory.rss,
    heapBytes: memory.heapUsed,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    startUnixSeconds: Math.round(performance.timeOrigin) / 1000,
    ...openFilesNow(),
  };
}
