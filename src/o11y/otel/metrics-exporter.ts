// Sends the program's own metrics to an OTLP/HTTP endpoint, at intervals and once more when it
// stops. Nothing waits for it. What could not be sent is part of the next export, because all
// counts are cumulative.

import { SELF_METRICS_INTERVAL_MS, SELF_METRICS_TIMEOUT_MS } from "../../core/limits.ts";
import { OneAtATime } from "../../system/one-at-a-time.ts";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import type { EventBus } from "../event-bus.ts";
import { type ExportFetch, JsonExport } from "./json-export.ts";

export interface MetricsExporterOptions {
  /** Where exports are posted: the whole URL. Its userinfo is sent as basic credentials. */
  readonly url: string;
  /** What is exported, as it is now: an ExportMetricsServiceRequest in JSON. */
  readonly json: () => string;
  readonly bus: EventBus;
  readonly schedule?: Schedule;
  readonly fetch?: ExportFetch;
}

export class MetricsExporter {
  readonly #options: MetricsExporterOptions;
  readonly #endpoint: JsonExport;
  readonly #exports = new OneAtATime(() => this.#export(SELF_METRICS_TIMEOUT_MS));
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: MetricsExporterOptions) {
    this.#options = options;
    this.#endpoint = new JsonExport(options.url, options.fetch);
  }

  /** The first export comes after an interval. */
  start(): void {
    const { schedule = realSchedule } = this.#options;
    this.#cancel = schedule(SELF_METRICS_INTERVAL_MS, () => {
      void this.#exports.run();
      if (!this.#stopped) this.start();
    });
  }

  /** Exports once more, for at most `deadlineMs`. Never rejects. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#export(deadlineMs);
  }

  async #export(timeoutMs: number): Promise<void> {
    const { json, bus } = this.#options;
    const reason = await this.#endpoint.post(json, timeoutMs);
    if (reason !== undefined) bus.emit("self_metrics.failed", { reason });
  }
}
