// Carries out plans. It is the one place that does I/O for a request, and the one place where
// failing open is implemented: what cannot be evaluated is forwarded as it was received and counted
// with a reason.

import { errorMessage } from "../core/errors.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import type { FailOpenReason, PrefilterDecision } from "../o11y/events.ts";
import { SMALL_BODY_BYTES_MAX, UPLOAD_WINDOW_BYTES, WHOLE_BODY_BYTES_MAX } from "../core/limits.ts";
import type {
  FilterPlan,
  ForwardPlan,
  Plan,
  ScrapePlan,
  RequestHead,
  UpstreamName,
} from "../protocols/index.ts";
import type { Pauses, PolicyEngine, RecordFormat, Signal } from "../policy/index.ts";
import { type Judging, judgeSteps, judgeWhole, leavesNothing } from "./body-judging.ts";
import type { Call } from "./call.ts";
import { compressAside, type Original } from "./coding/compress.ts";
import type { WireCoding } from "./coding/decode.ts";
import { decodeBody, whyUndecoded } from "./coding/decode-body.ts";
import { decodeTwice, type InnerWork, pack } from "./coding/inner-coding.ts";
import { Delivery } from "./delivery.ts";
import type { FailureKeeper } from "./failures/failed-request.ts";
import { stripRequestHeaders } from "./hop-by-hop.ts";
import { LargeBodies } from "./large-bodies.ts";
import { type Onlookers, shownTo } from "./onlooker.ts";
import type { PolicyGate } from "./policy-gate.ts";
import { servePage, NO_PAGES, type LocalPages } from "./local-pages.ts";
import { receiveBody } from "./room/receive-body.ts";
import { redirectResponse, type SendPlan } from "./redirect-response.ts";
import { isRedirect } from "./redirects.ts";
import { freeBuffer } from "./free-buffer.ts";
import { acceptedResponse } from "./request-meter.ts";
import { untilAnswered } from "./request-spans.ts";
import type { Scraper } from "./scrape/scrape.ts";
import { BodyTooLargeError, ClientGoneError } from "./upstream-error.ts";
import type { OutgoingBody, Upstream } from "./upstream.ts";
import { wholeBodyOf } from "./whole-response.ts";
import { withQuery } from "./upstream-url.ts";

/** What an executor needs to carry out plans. Sizes in bytes, times in milliseconds. */
export interface ExecutorOptions {
  readonly engine: Pick<PolicyEngine, "evaluation">;
  readonly upstreams: Readonly<Record<UpstreamName, Upstream>>;
  readonly bus: EventBus;
  /** The program's own pages. Default: none. */
  readonly pages?: LocalPages;
  /** Carries out scrape plans, in distributions that have any. */
  readonly scraper?: Pick<Scraper, "execute">;
  /** Encodes a body again. Default: the real codings. */
  readonly compress?: (
    bytes: Uint8Array,
    coding: WireCoding,
    original: Original,
  ) => Uint8Array | Promise<Uint8Array>;
  /** The format that reads a body, derived from the plan's; for taps. */
  readonly format?: (signal: Signal, format: RecordFormat) => RecordFormat;
  /** Onlookers for what policies leave. Default: none. */
  readonly onlookers?: Onlookers | undefined;
  /** Keeps failed telemetry. Default: nothing is kept. */
  readonly failures?: FailureKeeper | undefined;
  /**
   * Holds requests until the first policies are in force; undefined: there is nothing to wait for.
   */
  readonly gate?: Pick<PolicyGate, "isOpen" | "enter">;
  /** The plan for a request with this head. Without it, telemetry is never redirected. */
  readonly plan?: (head: RequestHead) => Plan | undefined;
  /** A body as received, in bytes. */
  readonly bodyBytesMax: number;
  /** A body after decompression, in bytes. */
  readonly decodedBytesMax: number;
}

/** What policies left of a request. */
interface Judged {
  readonly body: Uint8Array | "as received" | "drop";
  /** Replaces the query; absent: the query stays. */
  readonly query?: string;
}
const AS_RECEIVED: Judged = { body: "as received" };

/** Digests of the body that no longer hold after policies changed it (RFC 9530, RFC 1864). */
const DIGESTS = ["content-digest", "repr-digest", "digest", "content-md5"];

/**
 * Does what plans say: the one place that sends requests on.
 *
 * @example
 * const upstreams = { default: upstream, logs: upstream, metrics: upstream, traces: upstream };
 * const bounds = { bodyBytesMax: 20_000_000, decodedBytesMax: 64_000_000 };
 * const executor = new Executor({ engine, upstreams, bus, ...bounds });
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #largeBodies = new LargeBodies();

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Answers a request by its plan. Rejects as upstreams do. */
  execute(plan: Plan, call: Call): Promise<Response> {
    switch (plan.kind) {
      case "respond":
      case "page":
        return servePage(plan, call, this.#options.bus, this.#options.pages ?? NO_PAGES);
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
    return plan.kind === "filter" ? this.#filter(plan, call) : this.#scrape(plan, call);
  }

  async #scrape(plan: ScrapePlan, call: Call): Promise<Response> {
    if (this.#options.scraper === undefined) throw new Error("no scrapes in this distribution");
    await call.permit.enter(false);
    const response = await this.#options.scraper.execute(plan, call);
    const { request, target } = call;
    const { method, headers } = request;
    const { telemetry } = plan;
    const { status } = response;
    const sent = { method, target, headers, body: null };
    this.#options.failures?.take({ ...sent, telemetry, status, unread: undefined });
    return response;
  }

  #forward(plan: ForwardPlan, call: Call): Promise<Response> {
    const { unjudged } = plan;
    const { bus } = this.#options;
    if (unjudged === undefined) return this.#sendRaw(plan, call);
    bus.emit("fail_open", { ...unjudged, records: 0 });
    const delivery = this.#delivery(unjudged.telemetry);
    delivery.unread(unjudged.reason);
    return this.#sendRaw(plan, call, delivery);
  }

  #delivery(telemetry: FilterPlan["telemetry"]): Delivery {
    const { bus, failures } = this.#options;
    return new Delivery(bus, telemetry, failures);
  }

  /** Sends the request on with nothing parsed. */
  async #sendRaw(plan: SendPlan, call: Call, delivery?: Delivery): Promise<Response> {
    this.#decided(call, "fast_path");
    const { bodyBytesMax } = this.#options;
    const { request, bodyBytes: length, permit } = call;
    try {
      if (length > bodyBytesMax) throw new BodyTooLargeError(bodyBytesMax);
      const isUpload = length > WHOLE_BODY_BYTES_MAX || length === -1;
      let body: OutgoingBody = null;
      if (isUpload) body = request.body;
      else if (length > 0) body = await receiveBody(request, length, bodyBytesMax, permit);
      if (body instanceof Uint8Array) call.meter.received(body.length);
      const room = isUpload ? permit.hold(UPLOAD_WINDOW_BYTES) : undefined;
      if (room !== undefined) await room;
      const entering = permit.enter(isUpload && body !== null);
      if (entering !== undefined) await entering;
      // A body that cannot be read to its end must not be sent on as if it were complete.
      if (isUpload && request.signal.aborted) throw new ClientGoneError();
      const response = await this.#send(plan, call, body, delivery);
      const answer = this.#answered(response, plan, call, delivery);
      if (body instanceof Uint8Array && wholeBodyOf(response) !== undefined) freeBuffer(body);
      return answer;
    } catch (error) {
      delivery?.broke(error);
      throw error;
    }
  }

  #send(
    plan: SendPlan,
    call: Call,
    body: OutgoingBody,
    delivery: Delivery | undefined,
  ): Promise<Response> {
    const { request, target, meter, permit } = call;
    const { headers, method } = request;
    stripRequestHeaders(headers);
    // A stream has no length of its own; a known length is better than chunks.
    if (body instanceof ReadableStream && call.bodyBytes >= 0) {
      headers.set("content-length", String(call.bodyBytes));
    }
    const { bodyBytesMax } = this.#options;
    const upstream = this.#options.upstreams[plan.upstream];
    // The upstream's own name, as in the metrics: several kinds of traffic may share an upstream.
    const span = call.span?.upstream(upstream.name, headers);
    delivery?.leaves({ method, target, headers, body });
    const sending = upstream.send({
      method,
      target,
      headers,
      body,
      bodyBytesMax,
      client: request,
      meter,
      upload: permit,
    });
    return untilAnswered(sending, span);
  }

  /** The response to pass on; throws UpstreamError. */
  #answered(
    response: Response,
    plan: SendPlan,
    { request, target }: Call,
    delivery: Delivery | undefined,
  ): Response {
    const upstream = this.#options.upstreams[plan.upstream];
    const answer = isRedirect(response)
      ? redirectResponse(response, { plan, request, target, upstream }, this.#options)
      : response;
    delivery?.answered(answer);
    return answer;
  }

  #filter(plan: FilterPlan, call: Call): Promise<Response> {
    const { engine, onlookers } = this.#options;
    const onlooker = onlookers?.(plan.signal);
    const delivery = this.#delivery(plan.telemetry);
    if (onlooker !== undefined) return this.#sendJudged(plan, { ...call, onlooker }, delivery);
    const isJudged = engine.evaluation(plan.signal) !== undefined;
    return isJudged ? this.#sendJudged(plan, call, delivery) : this.#sendRaw(plan, call, delivery);
  }

  async #sendJudged(plan: FilterPlan, call: Call, delivery: Delivery): Promise<Response> {
    this.#decided(call, "policy_path");
    const { request, bodyBytes, permit } = call;
    const { bodyBytesMax } = this.#options;
    try {
      const received = await receiveBody(request, bodyBytes, bodyBytesMax, permit);
      call.meter.received(received.length);
      // From here on policies count the request: one that gets no slot must not have been judged.
      const entering = permit.enter(false);
      if (entering !== undefined) await entering;
      const { body: judged, query } = await this.#judge(plan, received, call, delivery);
      if (judged === "drop") return acceptedResponse(plan.emptyResponse);
      const outgoing = judged === "as received" ? received : judged;
      if (outgoing !== received && outgoing.buffer !== received.buffer) freeBuffer(received);
      permit.keep(outgoing.length);
      if (judged !== "as received") for (const name of DIGESTS) request.headers.delete(name);
      const sent = query === undefined ? call : { ...call, target: withQuery(call.target, query) };
      const body = outgoing.length === 0 ? null : outgoing;
      return this.#answered(await this.#send(plan, sent, body, delivery), plan, sent, delivery);
    } catch (error) {
      delivery.broke(error);
      throw error;
    }
  }

  /** Decodes, evaluates and encodes; rejects with NoRoomError and ClientGoneError only. */
  async #judge(
    plan: FilterPlan,
    received: Uint8Array,
    call: Call,
    delivery: Delivery,
  ): Promise<Judged> {
    const { span, request } = call;
    const decoding = span?.child("decode", { coding: plan.coding, bytes_in: received.length });
    const { decodedBytesMax } = this.#options;
    const { coding, inner } = plan;
    const decode =
      inner === undefined
        ? decodeBody(received, coding, decodedBytesMax, call.permit)
        : decodeTwice(received, { coding, inner }, decodedBytesMax, this.#innerWork(call));
    const decoded = decode instanceof Promise ? await decode : decode;
    if (decoded.kind !== "ok") {
      const { reason, detail } = whyUndecoded(decoded, decodedBytesMax);
      delivery.unread(reason);
      this.#failOpen(plan, reason, 0, detail);
      decoding?.end({}, decoded.kind);
      return AS_RECEIVED;
    }
    decoding?.end({ bytes_out: decoded.bytes.length });
    const isSmall = decoded.bytes.length <= SMALL_BODY_BYTES_MAX;
    const outcome = isSmall
      ? this.#evaluate(plan, decoded.bytes, call, delivery)
      : await this.#evaluateInSteps(plan, decoded.bytes, call, delivery);
    const isOwn = decoded.bytes !== received;
    if (isOwn && outcome?.body?.buffer !== decoded.bytes.buffer) freeBuffer(decoded.bytes);
    if (outcome === undefined) return AS_RECEIVED;
    if (leavesNothing(outcome)) return { body: "drop" };
    const { body, query } = outcome;
    if (body === undefined) return query === undefined ? AS_RECEIVED : { ...AS_RECEIVED, query };
    const packing = decoded.inner ?? inner;
    const packed = packing === undefined ? body : await pack(packing, body, this.#innerWork(call));
    const original = { packed: received, clearBytes: decoded.codedBytes ?? decoded.bytes.length };
    const encoded = await this.#encode(plan, packed, decoded.coding, original, request.headers);
    return query === undefined ? { body: encoded } : { body: encoded, query };
  }

  #innerWork({ permit, request }: Call): InnerWork {
    return { permit, largeBodies: this.#largeBodies, client: request.signal };
  }

  /** Undefined: the body could not be judged, and is forwarded as received. */
  #evaluate(plan: FilterPlan, bytes: Uint8Array, call: Call, delivery: Delivery) {
    const judging = this.#judging(plan, bytes, call, delivery);
    return judging && judgeWhole(judging);
  }

  /** The same for a large body. */
  #evaluateInSteps(plan: FilterPlan, bytes: Uint8Array, call: Call, delivery: Delivery) {
    const begin = function* (this: Executor, pauses: Pauses) {
      const judging = this.#judging(plan, bytes, call, delivery);
      return judging && (yield* judgeSteps(judging, pauses));
    };
    return this.#largeBodies.filter(begin.bind(this), call.request.signal);
  }

  #judging(
    plan: FilterPlan,
    bytes: Uint8Array,
    { span, onlooker }: Call,
    delivery: Delivery,
  ): Judging | undefined {
    const { bus, engine } = this.#options;
    const { signal, telemetry } = plan;
    // The set of policies may have been replaced while the body was arriving.
    const judging = engine.evaluation(signal);
    // If no policy looks, an onlooker's evaluation keeps everything.
    const evaluation = judging ?? onlooker;
    if (evaluation === undefined) return undefined;
    const own = this.#options.format?.(signal, plan.format) ?? plan.format;
    const isSeenApart = judging !== undefined && onlooker !== undefined;
    const format = isSeenApart ? shownTo(onlooker, own, plan.format) : own;
    return { bus, telemetry, format, evaluation, bytes, delivery, span };
  }

  /**
   * If what policies left cannot be encoded, it is sent without a coding: sending what was received
   * would bring back what they removed.
   */
  async #encode(
    { telemetry }: FilterPlan,
    bytes: Uint8Array,
    coding: WireCoding,
    original: Original,
    headers: Headers,
  ): Promise<Uint8Array> {
    if (coding === "identity") return bytes;
    const encode = this.#options.compress ?? compressAside;
    try {
      return await encode(bytes, coding, original);
    } catch (error) {
      const reason = errorMessage(error);
      this.#options.bus.emit("encoding.failed", { telemetry, coding, reason });
      headers.delete("content-encoding");
      return bytes;
    }
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
