// Sends the sampled spans of the bus to an OTLP/HTTP endpoint: in batches, one request at a time,
// never waited for. What cannot be kept or sent is counted and given up; nothing is tried twice.

import type { EventBus, Unsubscribe } from "./event-bus.ts";
import type { Events } from "./events.ts";
import {
  SPAN_BATCH_MAX,
  SPAN_EXPORT_INTERVAL_MS,
  SPAN_EXPORT_TIMEOUT_MS,
  SPAN_QUEUE_MAX,
} from "../core/limits.ts";
import { redactUrl } from "../core/redact.ts";
import { spansJson, type SpanResource } from "./spans-otlp.ts";
import { basicCredentials } from "../system/basic-credentials.ts";
import { BatchQueue, type SendResult } from "../system/batch-queue.ts";
import type { Schedule } from "../system/timer.ts";

/** Our own exports go by this name, so that a proxy that they pass makes no spans of them. */
export const SELF_TRACES_AGENT = "edge-self-traces";

/** A span that has ended, as it is exported. */
export type EndedSpan = Events["span.ended"];
/** As much of `fetch` as exporting needs. */
export type SpanFetch = (url: string, init: RequestInit) => Promise<Response>;

/** Nothing is sent twice. */
const NEVER_AGAIN = { firstMs: 0, ceilingMs: 0, askedMsMax: 0 };

/** Where spans are sent, and by what. */
export interface SpanExporterOptions {
  /** Where batches are posted: the whole URL. Its userinfo is sent as basic credentials. */
  readonly url: string;
  readonly resource: SpanResource;
  /** Version of the program. */
  readonly version: string;
  readonly bus: EventBus;
  /** Spans that wait. Default SPAN_QUEUE_MAX; further ones are lost and counted. */
  readonly queueMax?: number;
  readonly schedule?: Schedule;
  readonly fetch?: SpanFetch;
}

/** Sends spans to an OTLP backend, in batches; what cannot be sent is lost and counted. */
export class SpanExporter {
  readonly #options: SpanExporterOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #queue: BatchQueue<EndedSpan>;
  readonly #unsubscribe: Unsubscribe;
  #overflowed = 0;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    const url = new URL(options.url);
    const authorization = basicCredentials(url);
    this.#headers = {
      "content-type": "application/json",
      "user-agent": SELF_TRACES_AGENT,
      ...(authorization === undefined ? {} : { authorization }),
    };
    url.username = "";
    url.password = "";
    this.#url = url.href;
    this.#queue = new BatchQueue({
      batchItemsMax: SPAN_BATCH_MAX,
      batchBytesMax: Infinity,
      waitMsMax: SPAN_EXPORT_INTERVAL_MS,
      queueItemsMax: options.queueMax ?? SPAN_QUEUE_MAX,
      queueBytesMax: Infinity,
      attemptsMax: 1,
      backOff: NEVER_AGAIN,
      send: (batch) => this.#post(batch),
      settled: ({ length }, refusal) => {
        if (refusal === undefined) options.bus.emit("spans.exported", { spans: length });
        else this.#lost(length, refusal);
      },
      ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
    });
    this.#unsubscribe = options.bus.on("span.ended", (span) => {
      if (span.sampled) this.take(span);
    });
  }

  /** Queues a span; it goes out with the next batch. Never waits, never throws. */
  take(span: EndedSpan): void {
    if (!this.#queue.offer(span, 0)) this.#overflowed++;
  }

  /** Sends what waits, for at most `deadlineMs`; then takes no more. Never rejects. */
  async stop(deadlineMs: number): Promise<void> {
    const left = await this.#queue.stop(deadlineMs);
    this.#unsubscribe();
    this.#reportOverflow();
    this.#lost(left.length, "the program stopped");
  }

  async #post(batch: readonly EndedSpan[]): Promise<SendResult> {
    this.#reportOverflow();
    const { resource, version } = this.#options;
    const send = this.#options.fetch ?? fetch;
    try {
      const response = await send(this.#url, {
        method: "POST",
        headers: this.#headers,
        body: spansJson(batch, resource, version),
        redirect: "manual",
        signal: AbortSignal.timeout(SPAN_EXPORT_TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return { kind: "accepted" };
      return refused(`${redactUrl(this.#url)} answered ${response.status}`);
    } catch (error) {
      return refused(`${redactUrl(this.#url)}: ${exportFailure(error, SPAN_EXPORT_TIMEOUT_MS)}`);
    }
  }

  #reportOverflow(): void {
    const overflowed = this.#overflowed;
    this.#overflowed = 0;
    this.#lost(overflowed, "the queue of spans is full");
  }

  #lost(spans: number, reason: string): void {
    if (spans > 0) this.#options.bus.emit("spans.lost", { spans, reason });
  }
}

function refused(reason: string): SendResult {
  return { kind: "refused", reason };
}

/** A word for what went wrong: messages of fetch can hold the URL. */
export function exportFailure(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
