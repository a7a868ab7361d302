// Sends requests to one HTTP upstream and hands its answers on as they come: never decompressed,
// never redirected, never cut short in silence. Built on fetch, whose pool of connections and proxy
// environment it uses.

import type { EventBus } from "../o11y/event-bus.ts";
import { type ConnectProbe, hasProxyEnvironment, tcpProbe } from "./connect-probe.ts";
import { type Flight, FlightTable } from "./flights.ts";
import { stripResponseHeaders } from "./hop-by-hop.ts";
import { boundedBody, relayBody } from "./relay-body.ts";
import {
  ClientGoneError,
  UpstreamError,
  isConnectionDeath,
  upstreamErrorOf,
} from "./upstream-error.ts";
import { type UpstreamBase, joinUrl, parseUpstream } from "./upstream-url.ts";
import type { Upstream, UpstreamRequest } from "./upstream.ts";

export interface UpstreamTimeoutsMs {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

/** PEM texts. */
export interface UpstreamTlsPem {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface UpstreamClientOptions {
  readonly name: string;
  readonly url: string;
  readonly timeouts: UpstreamTimeoutsMs;
  readonly tls?: UpstreamTlsPem | undefined;
  /** Sent when the client has none. Default "edge". */
  readonly userAgent?: string;
  readonly bus: EventBus;
  /** Default: the real ones. */
  readonly nowMs?: () => number;
  readonly probe?: ConnectProbe;
  readonly env?: Record<string, string | undefined>;
}

/**
 * Answers up to this size, whose length is known, are handed on without a stream of our own around
 * them.
 */
const DIRECT_BODY_BYTES_MAX = 64 * 1024;
/** How much later than ours fetch's own, coarser timer may end what is left. */
const BACKSTOP_MS = 4000;
const SWEEP_MS_MAX = 250;
const SWEEP_MS_MIN = 5;

export class UpstreamClient implements Upstream {
  readonly name: string;
  readonly #base: UpstreamBase;
  readonly #timeouts: UpstreamTimeoutsMs;
  readonly #backstopMs: number;
  readonly #userAgent: string;
  readonly #bus: EventBus;
  readonly #nowMs: () => number;
  readonly #probe: ConnectProbe | undefined;
  readonly #session: Bun.FetchSession | undefined;
  readonly #fetch: Bun.FetchSession["fetch"];
  readonly #flights: FlightTable;
  /** About how many connections wait in fetch's pool: whether the next request meets an old one. */
  #pooled = 0;
  #isProbing = false;

  constructor(options: UpstreamClientOptions) {
    this.name = options.name;
    this.#base = parseUpstream(options.url);
    this.#timeouts = options.timeouts;
    const { connectMs, firstByteMs, idleMs } = options.timeouts;
    this.#backstopMs = Math.max(connectMs, firstByteMs, idleMs) + BACKSTOP_MS;
    this.#userAgent = options.userAgent ?? "edge";
    this.#bus = options.bus;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    const isProxied = hasProxyEnvironment(this.#base.isTls, options.env ?? process.env);
    this.#probe = isProxied ? undefined : (options.probe ?? tcpProbe);
    this.#session = sessionOf(options.tls);
    this.#fetch = this.#session?.fetch ?? fetch;
    const shortest = Math.min(connectMs / 2, firstByteMs, idleMs);
    const sweepMs = Math.min(SWEEP_MS_MAX, Math.max(SWEEP_MS_MIN, Math.floor(shortest / 4)));
    this.#flights = new FlightTable({
      nowMs: this.#nowMs,
      look: (flight, nowMs) => this.#look(flight, nowMs),
      sweepMs,
    });
  }

  /** Requests that wait for this upstream, answers that are still coming included. */
  get inFlight(): number {
    return this.#flights.active;
  }

  async send(request: UpstreamRequest): Promise<Response> {
    const { headers } = request;
    if (!headers.has("user-agent")) headers.set("user-agent", this.#userAgent);
    const { authorization } = this.#base;
    if (authorization !== undefined && !headers.has("authorization")) {
      headers.set("authorization", authorization);
    }
    const url = joinUrl(this.#base, request.target);
    const flight = this.#flights.take(request.client);
    const startedMs = flight.sinceMs;
    const metPooled = this.#pooled > 0;
    if (metPooled) this.#pooled--;
    let response: Response;
    try {
      response = await this.#start(url, request, flight, true);
      if (response.headers.get("connection") !== "close") this.#pooled++;
    } catch (error) {
      response = await this.#startAgain(url, request, flight, { error, metPooled });
    }
    this.#bus.emit("upstream.completed", {
      upstream: this.name,
      status: response.status,
      durationMs: this.#nowMs() - startedMs,
    });
    return this.#answer(response, request, flight);
  }

  close(): void {
    this.#session?.close();
  }

  #start(
    url: string,
    request: UpstreamRequest,
    flight: Flight,
    keepalive: boolean,
  ): Promise<Response> {
    const { method, headers, body } = request;
    return this.#fetch(url, {
      method,
      headers,
      body: body instanceof ReadableStream ? this.#upload(body, request, flight) : body,
      decompress: false,
      redirect: "manual",
      keepalive,
      timeout: this.#backstopMs,
      signal: flight.controller?.signal ?? null,
    });
  }

  /**
   * A second attempt when an old connection died under the first before it was answered; otherwise,
   * and when the second fails, the end of the flight.
   */
  async #startAgain(
    url: string,
    request: UpstreamRequest,
    flight: Flight,
    first: { readonly error: unknown; readonly metPooled: boolean },
  ): Promise<Response> {
    try {
      const isReplayable = !(request.body instanceof ReadableStream);
      const isOver = flight.controller === undefined || flight.controller.signal.aborted;
      if (!first.metPooled || !isReplayable || isOver || !isConnectionDeath(first.error)) {
        throw first.error;
      }
      this.#failure(first.error, true);
      // What killed one idle connection has most likely killed the others: the second one is new.
      this.#pooled = 0;
      flight.sinceMs = this.#nowMs();
      return await this.#start(url, request, flight, false);
    } catch (error) {
      this.#flights.release(flight);
      throw this.#failure(error, false);
    }
  }

  /**
   * A body that is sent as it comes. The upstream's time to answer begins anew with each piece that
   * it was sent.
   */
  #upload(
    source: ReadableStream<Uint8Array>,
    request: UpstreamRequest,
    flight: Flight,
  ): ReadableStream<Uint8Array> {
    const { controller } = flight;
    // Once it is answered, the phase is that of the answer; once it is over, the place is
    // another's.
    const isOurs = (): boolean => flight.isUploading && flight.controller === controller;
    flight.isUploading = true;
    return boundedBody(source, request.bodyBytesMax, {
      waiting: () => {
        if (isOurs()) flight.phase = "paused";
      },
      sent: () => {
        if (!isOurs()) return;
        flight.phase = "first_byte";
        flight.sinceMs = this.#nowMs();
      },
      broken: (error) => controller?.abort(error),
    });
  }

  /** Hands the answer on; the flight ends with it, or when its body has. */
  #answer(response: Response, request: UpstreamRequest, flight: Flight): Response {
    const { headers } = response;
    stripResponseHeaders(headers);
    if (isDirect(response, request)) {
      this.#flights.release(flight);
      return response;
    }
    flight.isUploading = false;
    flight.phase = "paused";
    const body = relayBody(response.body, {
      waiting: () => {
        flight.sinceMs = this.#nowMs();
        flight.phase = "idle";
      },
      paused: () => {
        flight.phase = "paused";
      },
      ended: () => this.#flights.release(flight),
      failed: (error) => {
        this.#flights.release(flight);
        this.#failure(receiveError(error, this.#base.origin), false);
      },
      cancelled: () => {
        flight.controller?.abort(new ClientGoneError());
        this.#flights.release(flight);
      },
    });
    return new Response(body, {
      status: response.status,
      statusText: response.statusText,
      headers,
    });
  }

  /** One look of the sweep at one flight. */
  #look(flight: Flight, nowMs: number): void {
    const { controller } = flight;
    if (controller === undefined) return;
    if (flight.client?.signal.aborted === true) {
      controller.abort(new ClientGoneError());
      return;
    }
    const waitedMs = nowMs - flight.sinceMs;
    const { connectMs, firstByteMs, idleMs } = this.#timeouts;
    if (flight.phase === "idle" && waitedMs >= idleMs) {
      controller.abort(this.#timedOut("idle", `paused for ${idleMs} ms in an answer`));
    } else if (flight.phase === "first_byte" && waitedMs >= firstByteMs) {
      controller.abort(this.#timedOut("first_byte", `did not answer within ${firstByteMs} ms`));
    } else if (flight.phase === "first_byte" && !flight.isConnected && waitedMs >= connectMs / 2) {
      this.#probeConnect();
    }
  }

  /**
   * Asks whether the upstream can be connected to, and ends all that have waited too long when not.
   */
  #probeConnect(): void {
    if (this.#isProbing || this.#probe === undefined) return;
    this.#isProbing = true;
    const { connectMs } = this.#timeouts;
    const startedMs = this.#nowMs();
    this.#probe(this.#base.hostname, this.#base.port, connectMs / 2, (isAlive) => {
      this.#isProbing = false;
      this.#flights.forEach((flight) => {
        if (flight.phase !== "first_byte" || flight.isConnected) return;
        if (isAlive) flight.isConnected = flight.sinceMs <= startedMs;
        else if (startedMs - flight.sinceMs >= connectMs / 2 - 1) {
          const reason = `accepted no connection within ${connectMs} ms`;
          flight.controller?.abort(this.#timedOut("connect", reason));
        }
      });
    });
  }

  #timedOut(phase: "connect" | "first_byte" | "idle", what: string): UpstreamError {
    return new UpstreamError("upstream_timeout", phase, `${this.#base.origin} ${what}`);
  }

  /** Reports a failure, and gives it back as an error for the executor. */
  #failure(error: unknown, retried: boolean): Error {
    const ours = upstreamErrorOf(error, this.#base.origin);
    if (ours instanceof UpstreamError) {
      const { phase, message: reason } = ours;
      this.#bus.emit("upstream.failed", { upstream: this.name, phase, reason, retried });
    }
    return ours;
  }
}

/**
 * Whether the answer can be returned as it is, which is a tenth of the whole cost of a small
 * request. Not when it might fail half-way with a secret of the query in the runtime's report, nor
 * when the runtime would make up a content type.
 */
function isDirect(response: Response, request: UpstreamRequest): boolean {
  if (request.method === "HEAD" || response.status === 204 || response.status === 304) return true;
  const length = response.headers.get("content-length");
  if (length === null || Number(length) > DIRECT_BODY_BYTES_MAX) return false;
  return response.headers.has("content-type") && !request.target.includes("?");
}

function receiveError(error: unknown, origin: string): Error {
  if (error instanceof UpstreamError) return error;
  return new UpstreamError("upstream_failed", "receive", `${origin} ended its answer half-way`);
}

function sessionOf(tls: UpstreamTlsPem | undefined): Bun.FetchSession | undefined {
  if (tls === undefined) return undefined;
  const { ca, cert, key } = tls;
  return new Bun.FetchSession({
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
}
