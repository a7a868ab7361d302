// Carries out scrape plans: fetches the exposition and passes on what policies leave of it. What
// cannot be judged leaves as it was received and is counted with a reason; if the exporter's
// response breaks off, so does ours.

import { errorMessage } from "../../core/errors.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { EventBus } from "../../o11y/event-bus.ts";
import type { Events, FailOpenReason, LossReason } from "../../o11y/events.ts";
import type { ScrapePlan } from "../../protocols/index.ts";
import { SCRAPE_REDIRECTS_MAX } from "../../core/limits.ts";
import { bodyCodingOf, shown } from "../../protocols/content.ts";
import type { Evaluation, PolicyEngine } from "../../policy/index.ts";
import type { ByteSink, StreamFilter, StreamFilterOptions } from "../../protocols/scrape-format.ts";
import type { Call } from "../call.ts";
import { Delivery, leftOut } from "../delivery.ts";
import { stripRequestHeaders } from "../hop-by-hop.ts";
import { destinationOf, endlessError, isFollowed, redirectError } from "../redirects.ts";
import { type Onlookers, shownSink } from "../onlooker.ts";
import { type BodyEnd, filterScrape } from "./scrape-body.ts";
import type { TrafficMeter } from "../request-meter.ts";
import { untilAnswered } from "../request-spans.ts";
import { acceptsGzip, askForReadable, describeFiltered } from "./scrape-headers.ts";
import { emitTooCostly, NONE_TOO_COSTLY } from "../too-costly.ts";
import type { UpstreamError } from "../upstream-error.ts";
import { joinTarget } from "../upstream-url.ts";
import type { Upstream } from "../upstream.ts";

/** What a scraper needs to carry out plans. Sizes in bytes. */
export interface ScraperOptions {
  readonly engine: Pick<PolicyEngine, "evaluation">;
  readonly bus: EventBus;
  /** Where scrapes go whose path belongs to no target. */
  readonly upstream: Upstream;
  /** By path in `prometheus.targets`. */
  readonly targets: ReadonlyMap<string, Upstream>;
  /** Decoded bytes of one scrape; 0: no limit. */
  readonly inputBytesMax: number;
  readonly outputBytesMax: number;
  /** Onlookers for what policies leave. Default: none. */
  readonly onlookers?: Onlookers | undefined;
  /** Monotonic milliseconds. Default: the real clock. */
  readonly nowMs?: () => number;
}

/** Label of scrapes whose path belongs to no target. */
const DEFAULT_TARGET = "default";

type Outcome = Events["scrape.completed"]["outcome"];

/** What is known about a scrape from its request. */
interface Scrape {
  readonly plan: ScrapePlan;
  readonly target: string;
  readonly startedMs: number;
  readonly evaluation: Evaluation | undefined;
  /** Looks at what policies leave of the scrape. */
  readonly onlooker: Evaluation | undefined;
  readonly asGzip: boolean;
  readonly meter: TrafficMeter;
}

/** Carries out scrape plans. */
export class Scraper {
  readonly #options: ScraperOptions;
  readonly #nowMs: () => number;

  constructor(options: ScraperOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Answers a scrape. Rejects as upstreams do. */
  async execute(plan: ScrapePlan, call: Call): Promise<Response> {
    const { engine, bus, inputBytesMax, outputBytesMax, onlookers } = this.#options;
    const onlooker = onlookers?.(plan.signal);
    const judging = engine.evaluation(plan.signal);
    // If no policy looks, an onlooker's evaluation keeps everything.
    const evaluation = judging ?? onlooker;
    const isFiltered = evaluation !== undefined || inputBytesMax > 0 || outputBytesMax > 0;
    const decision = isFiltered ? "policy_path" : "fast_path";
    bus.emit("prefilter.decided", { routeKind: call.routeKind, decision });
    if (!isFiltered) return this.#fetch(plan, call);
    const { headers, method } = call.request;
    const scrape: Scrape = {
      plan,
      target: plan.target ?? DEFAULT_TARGET,
      startedMs: this.#nowMs(),
      evaluation,
      onlooker: judging === undefined ? undefined : onlooker,
      asGzip: acceptsGzip(headers.get("accept-encoding")),
      meter: call.meter,
    };
    askForReadable(headers, plan.format);
    let response: Response;
    try {
      response = await this.#fetch(plan, call);
    } catch (error) {
      this.#completed(scrape, "upstream_failed");
      throw error;
    }
    if (response.status !== 200 || response.body === null || method === "HEAD") {
      this.#completed(scrape, "relayed");
      if (method === "HEAD" && response.status === 200) describeFiltered(response.headers, false);
      return response;
    }
    return this.#filter(scrape, response, response.body);
  }

  /**
   * The exporter's response. Redirects within its own origin are followed here: the scraper would
   * follow them past the policies.
   */
  async #fetch(plan: ScrapePlan, call: Call): Promise<Response> {
    const { upstream, targets } = this.#options;
    stripRequestHeaders(call.request.headers);
    const to = plan.target === undefined ? upstream : (targets.get(plan.target) ?? upstream);
    const { base } = to;
    let response = await ask(to, plan.path, false, call);
    if (base === undefined) return response;
    let asked = joinTarget(base, plan.path);
    for (let redirects = 0; isFollowed(response); redirects++) {
      void response.body?.cancel().catch(() => undefined);
      const destination = destinationOf(response, base, asked);
      if (destination?.isOwn !== true) throw this.#refused(to, redirectError(base, destination));
      if (redirects === SCRAPE_REDIRECTS_MAX)
        throw this.#refused(to, endlessError(base, redirects));
      asked = destination.target;
      response = await ask(to, asked, true, call);
    }
    // The scraper must not follow a redirect that was not followed here.
    response.headers.delete("location");
    return response;
  }

  #refused({ name: upstream }: Upstream, error: UpstreamError): UpstreamError {
    const { phase, message: reason } = error;
    this.#options.bus.emit("upstream.failed", { upstream, phase, reason, retried: false });
    return error;
  }

  #filter(scrape: Scrape, response: Response, source: ReadableStream<Uint8Array>): Response {
    const { headers } = response;
    const create = scrape.plan.format.filterOf(headers);
    const coding = bodyCodingOf(headers);
    if (create === undefined) {
      const detail = `content-type ${shown(headers.get("content-type"))}`;
      return this.#unjudged(scrape, response, "unknown_content_type", detail);
    }
    if (coding !== "identity" && coding !== "gzip") {
      const detail = `content-encoding ${shown(headers.get("content-encoding"))}`;
      return this.#unjudged(scrape, response, "unknown_encoding", detail);
    }
    const meter = scrape.meter.begin();
    const body = filterScrape({
      source,
      isGzip: coding === "gzip",
      asGzip: scrape.asGzip,
      filterTo: (sink) => this.#filterTo(scrape, create, sink),
      sent: (bytes) => meter.sent(bytes),
      ended: (end, filter) => {
        this.#ended(scrape, end, filter);
        meter.ended();
      },
    });
    describeFiltered(headers, scrape.asGzip);
    return new Response(body, { status: 200, statusText: response.statusText, headers });
  }

  #filterTo(
    { evaluation, onlooker }: Scrape,
    create: (options: StreamFilterOptions) => StreamFilter,
    sink: ByteSink,
  ): StreamFilter {
    const { inputBytesMax, outputBytesMax } = this.#options;
    const to = onlooker === undefined ? sink : shownSink(onlooker, sink, create);
    return create({ evaluation, sink: to, inputBytesMax, outputBytesMax });
  }

  /** Responds with what was received. */
  #unjudged(scrape: Scrape, response: Response, reason: FailOpenReason, detail: string): Response {
    this.#failOpen(scrape, reason, 0, detail);
    this.#completed(scrape, "unjudged");
    return response;
  }

  #ended(scrape: Scrape, end: BodyEnd, filter: StreamFilter): void {
    const { bus, inputBytesMax, outputBytesMax } = this.#options;
    const { samples, dropped, unreadable, tooLong } = filter.counts;
    if (scrape.evaluation !== undefined) {
      const { telemetry } = scrape.plan;
      const tooCostly = scrape.evaluation.takeTooCostly?.() ?? NONE_TOO_COSTLY;
      emitTooCostly(bus, telemetry, tooCostly);
      const faults = filter.fault === undefined ? 0 : 1;
      const unjudged = unreadable + tooLong + tooCostly.records + faults;
      const records = samples + unreadable + tooLong;
      const bytes = bytesOf(filter, end);
      const reasons = leftOut(filter.settlement, unjudged, bytes);
      const counts = { records, points: samples, dropped, ...reasons, edited: 0, ...bytes };
      scrape.evaluation.services?.settleAs(encodeUtf8(scrape.target), counts);
      bus.emit("records.evaluated", { telemetry, ...counts });
      const delivery = new Delivery(bus, telemetry);
      delivery.judged(records - dropped, filter.settlement);
      if (end.kind !== "whole") delivery.failed(lossReasonOf(end));
    }
    for (const { reason, records, detail } of filter.passed) {
      this.#failOpen(scrape, reason, records, detail);
    }
    if (filter.fault !== undefined) {
      this.#failOpen(scrape, "internal_error", 0, errorMessage(filter.fault));
    }
    const { target } = scrape;
    if (end.kind === "input_limit" || end.kind === "output_limit") {
      const bytesMax = end.kind === "input_limit" ? inputBytesMax : outputBytesMax;
      bus.emit("scrape.cut_off", { target, reason: end.kind, bytesMax });
    } else if (end.kind === "failed") {
      bus.emit("scrape.cut_off", { target, reason: end.reason, bytesMax: 0 });
    }
    this.#completed(scrape, outcomeOf(end), filter);
  }

  #failOpen(scrape: Scrape, reason: FailOpenReason, records: number, detail: string): void {
    const { telemetry } = scrape.plan;
    this.#options.bus.emit("fail_open", { telemetry, reason, records, detail });
  }

  #completed(scrape: Scrape, outcome: Outcome, filter?: StreamFilter): void {
    const { lines = 0, samples = 0, dropped = 0, bytesIn = 0, bytesOut = 0 } = filter?.counts ?? {};
    this.#options.bus.emit("scrape.completed", {
      target: scrape.target,
      outcome,
      lines,
      samples,
      dropped,
      bytesIn,
      bytesOut,
      durationMs: this.#nowMs() - scrape.startedMs,
    });
  }
}

/**
 * Bytes before policies and after them. If a scrape was cut off, bytes that were read but neither
 * removed nor passed on are in neither number: no policy is responsible for them.
 */
function bytesOf({ counts, settlement }: StreamFilter, { kind }: BodyEnd) {
  const { bytesIn, bytesOut } = counts;
  if (kind === "whole") return { bytesIn, bytesOut };
  const { bytes } = settlement ?? {};
  if (bytes === undefined) return { bytesIn: bytesOut, bytesOut };
  const { droppedBytes, sampledBytes, limitedBytes, budgetedBytes } = bytes;
  const takenBytes = droppedBytes + sampledBytes + limitedBytes + budgetedBytes;
  return { bytesIn: bytesOut + takenBytes, bytesOut };
}

/** A scraper discards what it has of a scrape that was cut off. */
function lossReasonOf({ kind }: BodyEnd): LossReason {
  if (kind === "failed") return "upstream_failed";
  return kind === "cancelled" ? "client_gone" : "too_large";
}

/** `isAbsolute`: the target is relative to the upstream's origin. */
function ask(
  to: Upstream,
  target: string,
  isAbsolute: boolean,
  { request, span, meter }: Call,
): Promise<Response> {
  const { method, headers } = request;
  const asking = span?.upstream(to.name, headers);
  const sent = to.send({
    method,
    target,
    isAbsolute,
    headers,
    body: null,
    bodyBytesMax: 0,
    client: request,
    meter,
  });
  return untilAnswered(sent, asking);
}

function outcomeOf(end: BodyEnd): Outcome {
  switch (end.kind) {
    case "whole":
      return "ok";
    case "failed":
      return "upstream_failed";
    case "cancelled":
      return "client_gone";
    default:
      return end.kind;
  }
}
