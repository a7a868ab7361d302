// Spans about the program's own work: one for each request, and below it one each for decoding,
// evaluating and asking the upstream. Ended spans are events on the bus: the log prints them at
// trace level, the exporter takes those that are sampled. No span is made when nobody would look at
// it.

import type { EventBus } from "./event-bus.ts";
import type { Events } from "./events.ts";
import { SPAN_SAMPLE_RATIO } from "../core/limits.ts";
import { SELF_TRACES_AGENT } from "./otel/json-export.ts";
import {
  formatTraceparent,
  parseTraceparent,
  TRACEPARENT,
  type TraceContext,
} from "./traceparent.ts";

/** What a span is about. */
export type SpanName = "request" | "decode" | "evaluate" | "upstream";
/** The value of an attribute of a span. */
export type SpanAttribute = string | number | boolean;
/** Attributes of a span by name. */
export type SpanAttributes = Readonly<Record<string, SpanAttribute>>;

/** A span that has ended. */
export type EndedSpan = Events["span.ended"];

/** Options of a tracer. */
export interface TracerOptions {
  readonly bus: EventBus;
  /** Every request has a span, for the log. */
  readonly isLogged: boolean;
  /** Sampled requests have a span, for the exporter. */
  readonly isExported: boolean;
  /** Share of the requests without a valid traceparent that are sampled. Default 0.01. */
  readonly ratio?: number;
  /** Unix time in milliseconds with fractions, that never goes back. */
  readonly nowMs?: () => number;
  /** That many random bytes as hex. */
  readonly randomHex?: (bytes: number) => string;
}

/** Of a trace id, the digits that W3C calls random: 56 bits, of which these are the upper 52. */
const RANDOM_DIGITS = 13;
const RANDOM_RANGE = 2 ** 52;

/**
 * Makes the span of each request.
 *
 * @example
 * const tracer = new Tracer({ bus, isLogged: true, isExported: false });
 * const span = tracer.request(request.headers, "POST", "v1_logs");
 * span?.end();
 */
export class Tracer {
  readonly #bus: EventBus;
  readonly #isLogged: boolean;
  readonly #isExported: boolean;
  readonly #threshold: number;
  readonly #nowMs: () => number;
  readonly #randomHex: (bytes: number) => string;

  constructor(options: TracerOptions) {
    this.#bus = options.bus;
    this.#isLogged = options.isLogged;
    this.#isExported = options.isExported;
    this.#threshold = (options.ratio ?? SPAN_SAMPLE_RATIO) * RANDOM_RANGE;
    this.#nowMs = options.nowMs ?? (() => performance.timeOrigin + performance.now());
    this.#randomHex = options.randomHex ?? randomHex;
  }

  /**
   * The span of a request to `route`, a label of a bounded set, or undefined when nobody would look
   * at it: it is not sampled and the log does not ask. Exports of spans are no requests to tell of,
   * also when they come back to us.
   */
  request(headers: Headers, method: string, route: string): RequestSpan | undefined {
    if (!this.#isLogged && !this.#isExported) return undefined;
    if (headers.get("user-agent") === SELF_TRACES_AGENT) return undefined;
    const parent = parseTraceparent(headers.get(TRACEPARENT));
    const traceId = parent?.traceId ?? nonZero(() => this.#randomHex(16));
    const sampled = this.#isExported && (parent?.sampled ?? this.#isChosen(traceId));
    if (!sampled && !this.#isLogged) return undefined;
    const context = { traceId, spanId: this.#spanId(), sampled };
    const attributes = { "http.request.method": method, "http.route": route };
    return new RequestSpan(this.#port, context, parent?.spanId, attributes);
  }

  #isChosen(traceId: string): boolean {
    return Number.parseInt(traceId.slice(-RANDOM_DIGITS), 16) < this.#threshold;
  }

  readonly #spanId = (): string => nonZero(() => this.#randomHex(8));

  readonly #port: SpanPort = {
    nowMs: () => this.#nowMs(),
    newId: () => this.#spanId(),
    ended: (span) => this.#bus.emit("span.ended", span),
  };
}

/** Makes spans for one request, or none if nobody would look at them. */
export interface SpanPort {
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly ended: (span: EndedSpan) => void;
}

/** A span that runs. Ending it again does nothing. */
export class Span {
  protected readonly port: SpanPort;
  readonly context: TraceContext;
  readonly #name: SpanName;
  readonly #parentSpanId: string | undefined;
  readonly #attributes: SpanAttributes;
  readonly #startMs: number;
  #isOver = false;

  constructor(
    port: SpanPort,
    name: SpanName,
    context: TraceContext,
    parentSpanId: string | undefined,
    attributes: SpanAttributes,
  ) {
    this.port = port;
    this.context = context;
    this.#name = name;
    this.#parentSpanId = parentSpanId;
    this.#attributes = attributes;
    this.#startMs = port.nowMs();
  }

  /** `failure`: what went wrong, safe to print; undefined: nothing did. */
  end(attributes: SpanAttributes = {}, failure?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { traceId, spanId, sampled } = this.context;
    this.port.ended({
      span: this.#name,
      traceId,
      spanId,
      ...(this.#parentSpanId === undefined ? {} : { parentSpanId: this.#parentSpanId }),
      sampled,
      startMs: this.#startMs,
      durationMs: Math.max(0, this.port.nowMs() - this.#startMs),
      ...(failure === undefined ? {} : { failure }),
      attributes: { ...this.#attributes, ...attributes },
    });
  }
}

/** The span of a whole request. */
export class RequestSpan extends Span {
  constructor(
    port: SpanPort,
    context: TraceContext,
    parentSpanId: string | undefined,
    attributes: SpanAttributes,
  ) {
    super(port, "request", context, parentSpanId, attributes);
  }

  child(name: Exclude<SpanName, "request">, attributes: SpanAttributes = {}): Span {
    const context = { ...this.context, spanId: this.port.newId() };
    return new Span(this.port, name, context, this.context.spanId, attributes);
  }

  /**
   * The span of the upstream's response. When it is exported, `headers` tell the upstream to
   * continue it; otherwise they stay as the client wrote them.
   */
  upstream(name: string, headers: Headers): Span {
    const span = this.child("upstream", { upstream: name });
    if (span.context.sampled) headers.set(TRACEPARENT, formatTraceparent(span.context));
    return span;
  }
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}

/** Ids of zeros are not valid. */
function nonZero(draw: () => string): string {
  for (;;) {
    const id = draw();
    if (!/^0+$/.test(id)) return id;
  }
}
