// Carries plans out: the one place that does I/O for a request, and the one place where fail-open
// lives. Whatever cannot be evaluated is forwarded as it was received and counted with a reason.

import type { EventBus } from "../o11y/event-bus.ts";
import type { FailOpenReason, PrefilterDecision, RouteKind } from "../o11y/events.ts";
import { UndecodableError } from "../core/errors.ts";
import type { RequestSpan } from "../o11y/spans.ts";
import type {
  AnswerPlan,
  FilterPlan,
  ForwardPlan,
  OwnPlan,
  Plan,
  ScrapePlan,
  RequestHead,
  UpstreamName,
} from "../modules/index.ts";
import type { FilterOutcome, PolicyEngine, RecordFormat, Signal } from "../policy/index.ts";
import { type Decoded, compress, decode } from "./compress.ts";
import { Delivery, leftOut } from "./delivery.ts";
import { stripRequestHeaders } from "./hop-by-hop.ts";
import type { PolicyGate } from "./policy-gate.ts";
import { redirectAnswer, type SendPlan } from "./redirect-answer.ts";
import { isRedirect } from "./redirects.ts";
import { readBounded } from "./relay-body.ts";
import { ownAnswer, type TrafficMeter } from "./request-meter.ts";
import { untilAnswered } from "./request-spans.ts";
import type { Scraper } from "./scrape.ts";
import { emitTooCostly, NONE_TOO_COSTLY } from "./too-costly.ts";
import { BodyTooLargeError } from "./upstream-error.ts";
import type { OutgoingBody, Upstream } from "./upstream.ts";

export interface ExecutorOptions {
  readonly engine: Pick<PolicyEngine, "evaluation">;
  readonly upstreams: Readonly<Record<UpstreamName, Upstream>>;
  readonly bus: EventBus;
  /** Carries out scrape plans, of distributions that have any. */
  readonly scraper?: Pick<Scraper, "execute">;
  /** Puts a body into its coding again. Default: the real ones. */
  readonly compress?: typeof compress;
  /** What reads a body, in place of the plan's format; for those who look at passing records. */
  readonly format?: (signal: Signal, format: RecordFormat) => RecordFormat;
  /** Before the first policies are in force; undefined: there is nothing to wait for. */
  readonly gate?: Pick<PolicyGate, "isOpen" | "enter">;
  /** What would become of a request of this head. Without it no telemetry is led elsewhere. */
  readonly plan?: (head: RequestHead) => Plan | undefined;
  /** A body as received, in bytes. */
  readonly bodyBytesMax: number;
  /** A body after decompression, in bytes. */
  readonly decodedBytesMax: number;
}

/** One request, with what was found out about it once. */
export interface Call {
  readonly request: Request;
  /** Path and query as the client wrote them. */
  readonly target: string;
  /** Bytes of the body: 0 for none, -1 when only its end will tell. */
  readonly bodyBytes: number;
  readonly routeKind: RouteKind;
  readonly meter: TrafficMeter;
  /** Set when the request is traced. */
  readonly span?: RequestSpan | undefined;
}

/**
 * Raw bodies up to this size are sent in one piece: faster than a stream, and they can be sent
 * again.
 */
const WHOLE_BODY_BYTES_MAX = 2 * 1024 * 1024;

/** What policies left of a request. */
interface Judged {
  readonly body: Uint8Array | "as received" | "drop";
  /** In place of its query; absent: that stays. */
  readonly query?: string;
}
const AS_RECEIVED: Judged = { body: "as received" };

/** Digests of the body that no longer hold once policies changed it (RFC 9530, RFC 1864). */
const DIGESTS = ["content-digest", "repr-digest", "digest", "content-md5"];

export class Executor {
  readonly #options: ExecutorOptions;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Answers a request by its plan. Rejects as upstreams do. */
  execute(plan: Plan, call: Call): Promise<Response> {
    switch (plan.kind) {
      case "answer":
        this.#decided(call, "none");
        return Promise.resolve(answer(plan));
      case "own":
        return this.#own(plan, call);
      case "forward":
        return this.#forward(plan, call);
      case "filter":
      case "scrape": {
        const { gate } = this.#options;
        return gate === undefined || gate.isOpen
          ? this.#executeJudged(plan, call)
          : this.#executeEarly(gate, plan, call);
      }
    }
  }

  async #executeEarly(
    gate: Pick<PolicyGate, "enter">,
    plan: FilterPlan | ScrapePlan,
    call: Call,
  ): Promise<Response> {
    const hasPolicies = await gate.enter(call.request.signal);
    if (!hasPolicies) {
      const detail = "not every provider has given its first policies";
      this.#failOpen(plan, "policies_not_ready", 0, detail);
    }
    return this.#executeJudged(plan, call);
  }

  #executeJudged(plan: FilterPlan | ScrapePlan, call: Call): Promise<Response> {
    if (plan.kind === "filter") return this.#filter(plan, call);
    if (this.#options.scraper === undefined) throw new Error("no scrapes in this distribution");
    return this.#options.scraper.execute(plan, call);
  }

  async #own({ page, query }: OwnPlan, call: Call): Promise<Response> {
    this.#decided(call, "none");
    const response = await page.serve(call.request, new URLSearchParams(query));
    // Of bodies that say no length it is not known what the page read.
    call.meter.received(Math.max(0, call.bodyBytes));
    return response;
  }

  #forward(plan: ForwardPlan, call: Call): Promise<Response> {
    const { unjudged } = plan;
    const { bus } = this.#options;
    if (unjudged === undefined) return this.#sendRaw(plan, call);
    bus.emit("fail_open", { ...unjudged, records: 0 });
    return new Delivery(bus, unjudged.telemetry).watch(this.#sendRaw(plan, call));
  }

  /** Sends the request on with nothing parsed. */
  async #sendRaw(plan: SendPlan, call: Call): Promise<Response> {
    this.#decided(call, "fast_path");
    const { bodyBytesMax } = this.#options;
    const { request, bodyBytes: length } = call;
    if (length > bodyBytesMax) throw new BodyTooLargeError(bodyBytesMax);
    let body: OutgoingBody = null;
    if (length > WHOLE_BODY_BYTES_MAX || length === -1) body = request.body;
    else if (length > 0) body = await request.bytes();
    if (body instanceof Uint8Array) call.meter.received(body.length);
    return this.#send(plan, call, body);
  }

  async #send(plan: SendPlan, call: Call, body: OutgoingBody): Promise<Response> {
    const { request, target, meter } = call;
    const { headers, method } = request;
    stripRequestHeaders(headers);
    // A stream has no length of its own; one that is known is better than chunks.
    if (body instanceof ReadableStream && call.bodyBytes >= 0) {
      headers.set("content-length", String(call.bodyBytes));
    }
    const { bodyBytesMax } = this.#options;
    const upstream = this.#options.upstreams[plan.upstream];
    // Its own name, as in the metrics: kinds of traffic may share it.
    const span = call.span?.upstream(upstream.name, headers);
    const outgoing = { method, target, headers, body, bodyBytesMax, client: request, meter };
    const response = await untilAnswered(upstream.send(outgoing), span);
    if (!isRedirect(response)) return response;
    return redirectAnswer(response, { plan, request, target, upstream }, this.#options);
  }

  #filter(plan: FilterPlan, call: Call): Promise<Response> {
    const { bus, engine } = this.#options;
    const isJudged = engine.evaluation(plan.signal) !== undefined;
    const delivery = new Delivery(bus, plan.telemetry);
    return delivery.watch(
      isJudged ? this.#sendJudged(plan, call, delivery) : this.#sendRaw(plan, call),
    );
  }

  async #sendJudged(plan: FilterPlan, call: Call, delivery: Delivery): Promise<Response> {
    this.#decided(call, "policy_path");
    const received = await this.#receive(call);
    call.meter.received(received.length);
    const { body: filtered, query } = this.#judge(plan, received, call, delivery);
    if (filtered === "drop") return emptyAnswer(plan);
    const sent = query === undefined ? call : { ...call, target: withQuery(call.target, query) };
    if (filtered === "as received") {
      return this.#send(plan, sent, received.length === 0 ? null : received);
    }
    for (const name of DIGESTS) call.request.headers.delete(name);
    return this.#send(plan, sent, filtered);
  }

  async #receive({ request, bodyBytes: length }: Call): Promise<Uint8Array> {
    const { bodyBytesMax } = this.#options;
    if (length > bodyBytesMax) throw new BodyTooLargeError(bodyBytesMax);
    if (length >= 0) return request.bytes();
    const { body } = request;
    const bytes = body === null ? new Uint8Array(0) : await readBounded(body, bodyBytesMax);
    if (bytes === undefined) throw new BodyTooLargeError(bodyBytesMax);
    return bytes;
  }

  /**
   * Decodes, evaluates and encodes; never throws. Without an await, as the engine's evaluation asks
   * for.
   */
  #judge(
    plan: FilterPlan,
    received: Uint8Array,
    { span, request }: Call,
    delivery: Delivery,
  ): Judged {
    const evaluation = this.#options.engine.evaluation(plan.signal);
    if (evaluation === undefined) return AS_RECEIVED;
    const decoding = span?.child("decode", { coding: plan.coding, bytes_in: received.length });
    const decoded = this.#decode(plan, received);
    if (decoded.kind !== "ok") {
      decoding?.end({}, decoded.kind);
      return AS_RECEIVED;
    }
    decoding?.end({ bytes_out: decoded.bytes.length });
    const evaluating = span?.child("evaluate", { telemetry: plan.telemetry });
    const format = this.#options.format?.(plan.signal, plan.format) ?? plan.format;
    let outcome: FilterOutcome;
    try {
      outcome = format.filter(decoded.bytes, evaluation);
    } catch (error) {
      evaluation.takeTooCostly?.();
      evaluating?.end({}, reasonOf(error));
      this.#failOpen(plan, reasonOf(error), 0, messageOf(error));
      return AS_RECEIVED;
    }
    const { records, dropped, edited } = outcome;
    evaluating?.end({ records, dropped, edited });
    this.#count(plan, decoded.bytes.length, outcome, evaluation.takeTooCostly?.());
    delivery.judged(records - dropped, outcome.settlement);
    if (leavesNothing(outcome)) return { body: "drop" };
    const { body, query } = outcome;
    if (body === undefined) return query === undefined ? AS_RECEIVED : { ...AS_RECEIVED, query };
    const encoded = this.#encode(plan, body, decoded.coding, request.headers);
    return query === undefined ? { body: encoded } : { body: encoded, query };
  }

  #decode(plan: FilterPlan, received: Uint8Array): Decoded {
    const { decodedBytesMax } = this.#options;
    const decoded = decode(received, plan.coding, decodedBytesMax);
    if (decoded.kind === "too_large") {
      const detail = `more than max_decoded_bytes, ${decodedBytesMax} bytes`;
      this.#failOpen(plan, "decoded_too_large", 0, detail);
    } else if (decoded.kind === "corrupt") {
      this.#failOpen(plan, "undecodable", 0, decoded.detail);
    }
    return decoded;
  }

  /**
   * When what policies left cannot be encoded, it goes out without a coding: what was received
   * would bring back what they took out.
   */
  #encode(
    { telemetry }: FilterPlan,
    bytes: Uint8Array,
    coding: Extract<Decoded, { kind: "ok" }>["coding"],
    headers: Headers,
  ): Uint8Array {
    try {
      return (this.#options.compress ?? compress)(bytes, coding);
    } catch (error) {
      const reason = messageOf(error);
      this.#options.bus.emit("encoding.failed", { telemetry, coding, reason });
      headers.delete("content-encoding");
      return bytes;
    }
  }

  #count(
    plan: FilterPlan,
    bytesIn: number,
    outcome: FilterOutcome,
    tooCostly = NONE_TOO_COSTLY,
  ): void {
    const { records, dropped, edited, unreadable, settlement, body } = outcome;
    const bytesOut = leavesNothing(outcome) ? 0 : (body?.length ?? bytesIn);
    this.#options.bus.emit("records.evaluated", {
      telemetry: plan.telemetry,
      records,
      dropped,
      ...leftOut(settlement, unreadable + tooCostly.records),
      edited,
      bytesIn,
      bytesOut,
    });
    for (const one of settlement?.undecided ?? []) {
      this.#options.bus.emit("sampling.undecided", one);
    }
    if (unreadable > 0) {
      this.#failOpen(plan, "unreadable_record", unreadable, "records that cannot be read");
    }
    emitTooCostly(this.#options.bus, plan.telemetry, tooCostly);
  }

  #decided({ routeKind }: Call, decision: PrefilterDecision): void {
    this.#options.bus.emit("prefilter.decided", { routeKind, decision });
  }

  #failOpen(
    { telemetry }: Pick<FilterPlan, "telemetry">,
    reason: FailOpenReason,
    records: number,
    detail: string,
  ): void {
    this.#options.bus.emit("fail_open", { telemetry, reason, records, detail });
  }
}

/** Bytes of a request's body: 0 for none, -1 when only its end will tell. */
export function bodyLength(request: Request): number {
  // The server hands out no body for these.
  if (request.method === "GET" || request.method === "HEAD") return 0;
  const length = request.headers.get("content-length");
  if (length !== null) {
    const bytes = Number(length);
    // The same length said twice is read as a list; the server goes by the one (RFC 9110 section
    // 8.6).
    return Number.isNaN(bytes) ? -1 : bytes;
  }
  return request.headers.has("transfer-encoding") || request.body !== null ? -1 : 0;
}

/** A target with another query, which begins with "?" or is empty. */
function withQuery(target: string, query: string): string {
  const at = target.indexOf("?");
  return (at < 0 ? target : target.slice(0, at)) + query;
}

function answer({ status, headers, body }: AnswerPlan): Response {
  return ownAnswer(body, status, headers);
}

function emptyAnswer(plan: FilterPlan): Response {
  const { status, contentType, body } = plan.emptyAnswer;
  return ownAnswer(body, status, { "content-type": contentType });
}

/** Whether policies dropped every record, and nothing else has to be sent on. */
function leavesNothing({ records, dropped, remains }: FilterOutcome): boolean {
  return records > 0 && dropped === records && remains !== true;
}

function reasonOf(error: unknown): FailOpenReason {
  return error instanceof UndecodableError ? "undecodable" : "internal_error";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
