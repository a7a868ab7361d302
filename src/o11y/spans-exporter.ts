// Sends the sampled spans of the bus to an OTLP/HTTP endpoint: in batches, one request at a time.
// Nothing waits for it. What cannot be kept or sent is counted and dropped; nothing is retried.

import type { EventBus, Unsubscribe } from "./event-bus.ts";
import type { Events } from "./events.ts";
import {
  SPAN_BATCH_MAX,
  SPAN_EXPORT_INTERVAL_MS,
  SPAN_EXPORT_TIMEOUT_MS,
  SPAN_QUEUE_MAX,
} from "../core/limits.ts";
import { type ExportFetch, JsonExport } from "./otel/json-export.ts";
import { spansJson, type SpanResource } from "./spans-otlp.ts";
import { BatchQueue, type SendResult } from "../system/batch-queue.ts";
import type { Schedule } from "../system/timer.ts";

/** A span that has ended, as it is exported. */
export type EndedSpan = Events["span.ended"];

/** Nothing is sent twice. */
const NEVER_AGAIN = { firstMs: 0, ceilingMs: 0, askedMsMax: 0 };

/** Where and how spans are sent. */
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
  readonly fetch?: ExportFetch;
}

/** Sends spans to an OTLP backend, in batches; what cannot be sent is lost and counted. */
export class SpanExporter {
  readonly #options: SpanExporterOptions;
  readonly #endpoint: JsonExport;
  readonly #queue: BatchQueue<EndedSpan>;
  readonly #unsubscribe: Unsubscribe;
  #overflowed = 0;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    this.#endpoint = new JsonExport(options.url, options.fetch);
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
    const body = (): string => spansJson(batch, resource, version);
    const reason = await this.#endpoint.post(body, SPAN_EXPORT_TIMEOUT_MS);
    return reason === undefined ? { kind: "accepted" } : { kind: "refused", reason };
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
