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
import { realSchedule, type Schedule } from "../system/timer.ts";

/** Our own exports go by this name, so that a proxy that they pass makes no spans of them. */
export const SELF_TRACES_AGENT = "edge-self-traces";

type EndedSpan = Events["span.ended"];
export type SpanFetch = (url: string, init: RequestInit) => Promise<Response>;

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

export class SpanExporter {
  readonly #options: SpanExporterOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #schedule: Schedule;
  readonly #queueMax: number;
  readonly #unsubscribe: Unsubscribe;
  #queue: EndedSpan[] = [];
  #overflowed = 0;
  #sending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isStopped = false;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    this.#queueMax = options.queueMax ?? SPAN_QUEUE_MAX;
    this.#schedule = options.schedule ?? realSchedule;
    const url = new URL(options.url);
    this.#headers = {
      "content-type": "application/json",
      "user-agent": SELF_TRACES_AGENT,
      ...credentialsOf(url),
    };
    url.username = "";
    url.password = "";
    this.#url = url.href;
    this.#unsubscribe = options.bus.on("span.ended", (span) => {
      if (span.sampled) this.take(span);
    });
  }

  /** Queues a span; it goes out with the next batch. Never waits, never throws. */
  take(span: EndedSpan): void {
    if (this.#isStopped || this.#queue.length >= this.#queueMax) {
      this.#overflowed++;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= SPAN_BATCH_MAX) this.#send();
    else this.#sendLater();
  }

  /** Sends what waits, for at most `deadlineMs`; then takes no more. Never rejects. */
  async stop(deadlineMs: number): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const late = Promise.withResolvers<void>();
    const cancel = this.#schedule(deadlineMs, late.resolve);
    await Promise.race([this.#drain(), late.promise]);
    cancel();
    this.#unsubscribe();
    this.#isStopped = true;
    this.#reportOverflow();
    this.#lost(this.#queue.splice(0).length, "the program stopped");
  }

  async #drain(): Promise<void> {
    for (;;) {
      this.#send();
      if (this.#sending === undefined) return;
      await this.#sending;
    }
  }

  #sendLater(): void {
    if (this.#sending !== undefined) return;
    this.#cancelTimer ??= this.#schedule(SPAN_EXPORT_INTERVAL_MS, () => this.#send());
  }

  /** Begins a request unless one is on its way. */
  #send(): void {
    if (this.#sending !== undefined || this.#queue.length === 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const batch = this.#queue.splice(0, SPAN_BATCH_MAX);
    this.#sending = this.#post(batch).finally(() => {
      this.#sending = undefined;
      if (this.#isStopped) return;
      if (this.#queue.length >= SPAN_BATCH_MAX) this.#send();
      else if (this.#queue.length > 0) this.#sendLater();
    });
  }

  async #post(batch: readonly EndedSpan[]): Promise<void> {
    this.#reportOverflow();
    const { bus, resource, version } = this.#options;
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
      if (response.ok) bus.emit("spans.exported", { spans: batch.length });
      else this.#lost(batch.length, `${redactUrl(this.#url)} answered ${response.status}`);
    } catch (error) {
      this.#lost(batch.length, `${redactUrl(this.#url)}: ${reasonOf(error)}`);
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

/** A word for what went wrong: messages of fetch can hold the URL. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError") return `no answer within ${SPAN_EXPORT_TIMEOUT_MS} ms`;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/** RFC 7617. */
function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${new TextEncoder().encode(pair).toBase64()}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
