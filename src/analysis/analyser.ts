// Looks at a sample of the requests of one thread, and counts what is in them. Sketches of several
// threads are merged into one that has the same seed. It has no clock and no randomness of its own.

import type { RecordEncoding } from "../policy/extension-port.ts";
import type { Signal } from "../policy/model.ts";
import type { Evaluation } from "../policy/record-port.ts";
import type { SeriesOf } from "../protocols/protocol.ts";
import { ANALYSIS_RECORDS_PER_SECOND, ANALYSIS_SHOWN_RECORDS_MIN } from "../core/limits.ts";
import { type LogCounts, LogSketch } from "./logs/log-sketch.ts";
import { type MetricCounts, MetricSketch } from "./metrics/metric-sketch.ts";
import { type SpanCounts, SpanSketch } from "./spans/span-sketch.ts";
import type { Look } from "./tally.ts";

/** What a place takes at most; `npx bun run bench analysis` measures it. */
const PLACE_BYTES = { log: 3072, metric: 10_240, trace: 1536 } as const;

/** What is looked at, and how. */
export interface AnalysisSpec {
  readonly signals: readonly Signal[];
  /** Share of requests, above 0 and at most 1. */
  readonly sample: number;
  /** Of one thread. */
  readonly memoryBytesMax: number;
  /** The same for sketches that are to be merged. */
  readonly seed: number;
}

/** What one thread counted, to be sent. */
export interface AnalysisCounts {
  readonly requests: number;
  readonly looks: number;
  readonly memoryBytes: number;
  readonly logs: LogCounts | undefined;
  readonly metrics: MetricCounts | undefined;
  readonly traces: SpanCounts | undefined;
}

export interface AnalyserDeps {
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** What tells the series of metrics, by their encoding. */
  readonly seriesOf: ReadonlyMap<RecordEncoding, SeriesOf>;
}

export class Analyser {
  readonly spec: AnalysisSpec;
  readonly logs: LogSketch | undefined;
  readonly metrics: MetricSketch | undefined;
  readonly traces: SpanSketch | undefined;
  /** Requests that there were, and those that were looked at. */
  requests = 0;
  looks = 0;
  readonly #deps: AnalyserDeps;
  /** Records that may be looked at whatever the sample is; below 0 after a large request. */
  #allowance = ANALYSIS_RECORDS_PER_SECOND;
  #allowedMs: number;

  constructor(spec: AnalysisSpec, deps: AnalyserDeps) {
    this.spec = spec;
    this.#deps = deps;
    this.#allowedMs = deps.nowMs();
    const { signals, seed } = spec;
    const shownMin = ANALYSIS_SHOWN_RECORDS_MIN;
    const options = (signal: Signal) => ({ seed, shownMin, placesMax: placesOf(spec, signal) });
    if (signals.includes("log")) this.logs = new LogSketch(options("log"));
    if (signals.includes("metric")) this.metrics = new MetricSketch(options("metric"));
    if (signals.includes("trace")) this.traces = new SpanSketch(options("trace"));
  }

  /** About as many as the sketches take. */
  get memoryBytes(): number {
    const { logs, metrics, traces } = this;
    return (
      (logs?.size ?? 0) * PLACE_BYTES.log +
      (metrics?.size ?? 0) * PLACE_BYTES.metric +
      (traces?.size ?? 0) * PLACE_BYTES.trace
    );
  }

  /** What counts the records of the next request; undefined: it is not looked at. */
  observer(signal: Signal): Evaluation | undefined {
    if (!this.spec.signals.includes(signal)) return undefined;
    this.requests++;
    const look = this.#look();
    if (look === undefined) return undefined;
    this.looks++;
    if (signal === "log") return this.logs?.observer(look);
    if (signal === "trace") return this.traces?.observer(look);
    return this.metrics?.observer(look, this.#deps.seriesOf);
  }

  get counts(): AnalysisCounts {
    const { requests, looks, memoryBytes, logs, metrics, traces } = this;
    return {
      requests,
      looks,
      memoryBytes,
      logs: logs?.counts,
      metrics: metrics?.counts,
      traces: traces?.counts,
    };
  }

  merge({ requests, looks, logs, metrics, traces }: AnalysisCounts): void {
    this.requests += requests;
    this.looks += looks;
    if (logs !== undefined) this.logs?.merge(logs);
    if (metrics !== undefined) this.metrics?.merge(metrics);
    if (traces !== undefined) this.traces?.merge(traces);
  }

  /** So many of a second are looked at in any case, so that little streams are seen whole. */
  #look(): Look | undefined {
    const { random, nowMs } = this.#deps;
    const now = nowMs();
    const earned = ((now - this.#allowedMs) / 1000) * ANALYSIS_RECORDS_PER_SECOND;
    this.#allowance = Math.min(ANALYSIS_RECORDS_PER_SECOND, this.#allowance + earned);
    this.#allowedMs = now;
    const { sample } = this.spec;
    if (this.#allowance > 0) return { weight: 1, counted: () => void this.#allowance-- };
    return random() < sample ? { weight: 1 / sample, counted: () => undefined } : undefined;
  }
}

/** The memory is shared out among the signals that are looked at. */
function placesOf({ signals, memoryBytesMax }: AnalysisSpec, signal: Signal): number {
  const bytes = memoryBytesMax / Math.max(1, signals.length);
  return Math.max(1, Math.floor(bytes / PLACE_BYTES[signal]));
}
