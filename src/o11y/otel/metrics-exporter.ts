// Sends the program's own metrics to an OTLP/HTTP endpoint, at intervals and once more when it
// stops. Nothing waits for it. What could not be sent is part of the next export: all counts are
// cumulative.

import { SELF_METRICS_INTERVAL_MS, SELF_METRICS_TIMEOUT_MS } from "../../core/limits.ts";
import { redactUrl } from "../../core/redact.ts";
import { basicCredentials } from "../../system/basic-credentials.ts";
import { OneAtATime } from "../../system/one-at-a-time.ts";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import type { EventBus } from "../event-bus.ts";
import { exportFailure, SELF_TRACES_AGENT, type SpanFetch } from "../spans-exporter.ts";

export interface MetricsExporterOptions {
  /** Where exports are posted: the whole URL. Its userinfo is sent as basic credentials. */
  readonly url: string;
  /** What is exported, as it is now: an ExportMetricsServiceRequest in JSON. */
  readonly json: () => string;
  readonly bus: EventBus;
  readonly schedule?: Schedule;
  readonly fetch?: SpanFetch;
}

export class MetricsExporter {
  readonly #options: MetricsExporterOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #exports = new OneAtATime(() => this.#export(SELF_METRICS_TIMEOUT_MS));
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: MetricsExporterOptions) {
    this.#options = options;
    const url = new URL(options.url);
    const authorization = basicCredentials(url);
    this.#headers = {
      "content-type": "application/json",
      // A proxy that these pass makes no spans of them.
      "user-agent": SELF_TRACES_AGENT,
      ...(authorization === undefined ? {} : { authorization }),
    };
    url.username = "";
    url.password = "";
    this.#url = url.href;
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
    const { json, bus, fetch: send = fetch } = this.#options;
    try {
      const response = await send(this.#url, {
        method: "POST",
        headers: this.#headers,
        body: json(),
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (response.ok) return;
      const reason = `${redactUrl(this.#url)} answered ${response.status}`;
      bus.emit("self_metrics.failed", { reason });
    } catch (error) {
      const reason = `${redactUrl(this.#url)}: ${exportFailure(error, timeoutMs)}`;
      bus.emit("self_metrics.failed", { reason });
    }
  }
}
