// Sends requests to one HTTP upstream and passes its responses on as they arrive: never
// decompressed, never redirected, never silently cut short. Deadlines, the one retry and the
// reports are here; a transport moves the bytes.

import type { EventBus } from "../o11y/event-bus.ts";
import { type ConnectProbe, hasProxyEnvironment, tcpProbe } from "./connect-probe.ts";
import { FetchTransport, type UpstreamTlsPem } from "./fetch-transport.ts";
import { type InFlightRequest, InFlightRequests } from "./in-flight-requests.ts";
import { grpcTransport } from "./grpc/index.ts";
import { type Connect, Http1Transport } from "./http1/transport.ts";
import { AddedHeaders } from "./added-headers.ts";
import type { HeaderChanges } from "./header-changes.ts";
import { boundedBody, relayBody } from "../pipeline/relay-body.ts";
import type { TrafficMeter } from "../pipeline/request-meter.ts";
import type { Transport } from "./transport.ts";
import {
  ClientGoneError,
  UpstreamError,
  isConnectionDeath,
  partialResponse,
  upstreamErrorOf,
} from "../pipeline/upstream-error.ts";
import type { GrpcService, SignalPath } from "../protocols/index.ts";
import { signalOf } from "../pipeline/signal-paths.ts";
import { type UpstreamBase, joinUrl, parseUpstream } from "../pipeline/upstream-url.ts";
import type { Upstream, UpstreamRequest } from "../pipeline/upstream.ts";

/** How long an upstream may take, in milliseconds; 0: no limit. */
export interface UpstreamTimeoutsMs {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

/** Options of the client of one upstream. */
export interface UpstreamClientOptions {
  readonly name: string;
  readonly url: string;
  readonly timeouts: UpstreamTimeoutsMs;
  readonly tls?: UpstreamTlsPem | undefined;
  /** Sent if the client sends none. Default "edge". */
  readonly userAgent?: string;
  /** Added to the list of intermediaries that requests have come through. Default: nothing. */
  readonly via?: string;
  /** Other changes to headers. Default: none. */
  readonly headers?: HeaderChanges | undefined;
  readonly bus: EventBus;
  /** Paths that telemetry is sent to, with which `url` may end. Default: none. */
  readonly signalPaths?: readonly SignalPath[];
  /** Default: our own for plain HTTP, fetch for TLS and for proxies of the environment. */
  readonly transport?: "http1" | "fetch";
  /** For a gRPC URL: what is sent there, and the bound on what is rewritten for it. */
  readonly grpc?: {
    readonly services: readonly GrpcService[];
    readonly decodedBytesMax: number;
  };
  /** Default for this member and the following ones: the real things. */
  readonly nowMs?: () => number;
  readonly connect?: Connect;
  readonly probe?: ConnectProbe;
  readonly env?: Record<string, string | undefined>;
}

/** How much later than our timers fetch's own coarse timer may end whatever is left. */
const BACKSTOP_MS = 4000;
const SWEEP_MS_MAX = 250;
const SWEEP_MS_MIN = 5;

/**
 * The client of one upstream.
 *
 * @example
 * const timeouts = { connectMs: 5000, firstByteMs: 30_000, idleMs: 30_000 };
 * const url = "http://127.0.0.1:4318";
 * const upstream = new UpstreamClient({ name: "default", url, timeouts, bus });
 */
export class UpstreamClient implements Upstream {
  readonly name: string;
  readonly base: UpstreamBase;
  readonly #signalPaths: readonly SignalPath[];
  readonly #timeouts: UpstreamTimeoutsMs;
  readonly #transport: Transport;
  readonly #bus: EventBus;
  readonly #nowMs: () => number;
  readonly #probe: ConnectProbe | undefined;
  readonly #isProxied: boolean;
  readonly #requests: InFlightRequests;
  readonly #unknown = new Set<string>();
  #isProbing = false;

  constructor(options: UpstreamClientOptions) {
    this.name = options.name;
    this.#signalPaths = options.signalPaths ?? [];
    this.base = parseUpstream(options.url, this.#signalPaths);
    this.#timeouts = options.timeouts;
    const added = new AddedHeaders(
      options.userAgent ?? "edge",
      this.base.authorization,
      options.via,
      options.headers,
    );
    this.#bus = options.bus;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    const isGrpc = this.base.origin.startsWith("grpc");
    const isProxied = !isGrpc && hasProxyEnvironment(this.base.isTls, options.env ?? process.env);
    this.#isProxied = isProxied;
    this.#probe = isProxied ? undefined : (options.probe ?? tcpProbe);
    const { connectMs, firstByteMs, idleMs } = options.timeouts;
    const kind = options.transport ?? (this.base.isTls || isProxied ? "fetch" : "http1");
    const backstopMs = Math.max(connectMs, firstByteMs, idleMs) + BACKSTOP_MS;
    if (isGrpc) this.#transport = this.#grpcTransport(options, added);
    else if (kind === "fetch") {
      this.#transport = new FetchTransport(this.base, added, options.tls, backstopMs);
    } else this.#transport = new Http1Transport(this.base, added, options.connect);
    const shortest = Math.min(connectMs / 2, firstByteMs, idleMs);
    const sweepMs = Math.min(SWEEP_MS_MAX, Math.max(SWEEP_MS_MIN, Math.floor(shortest / 4)));
    this.#requests = new InFlightRequests({
      nowMs: this.#nowMs,
      look: (inFlight, nowMs) => this.#look(inFlight, nowMs),
      sweepMs,
    });
  }

  /** Requests that wait for this upstream, including responses that are still coming. */
  get inFlight(): number {
    return this.#requests.active;
  }

  async send(request: UpstreamRequest): Promise<Response> {
    const { body } = request;
    const inFlight = this.#requests.take(request.client);
    const startedMs = inFlight.sinceMs;
    const outgoing =
      body instanceof ReadableStream
        ? { ...request, body: this.#upload(body, request, inFlight) }
        : request;
    let response: Response;
    try {
      response = await this.#transport.start(outgoing, inFlight, false);
    } catch (error) {
      response = await this.#startAgain(outgoing, inFlight, error);
    }
    if (response.status === 404) this.#unknownPath(request);
    const completed = (): void => {
      const durationMs = this.#nowMs() - startedMs;
      const { status } = response;
      this.#bus.emit("upstream.completed", { upstream: this.name, status, durationMs });
    };
    return this.#answer(response, inFlight, request.meter, completed);
  }

  stop(): void {
    this.#transport.stop();
  }

  #grpcTransport({ tls, timeouts, grpc }: UpstreamClientOptions, added: AddedHeaders): Transport {
    const { services = [], decodedBytesMax = 0 } = grpc ?? {};
    const origin = this.base.origin.replace(/^grpc/, "http");
    const timeoutMs = timeouts.firstByteMs;
    return grpcTransport({ origin, added, tls, services, timeoutMs, decodedBytesMax });
  }

  /** Reports, once for each kind, telemetry that is sent to a path where no backend accepts it. */
  #unknownPath({ method, target, isAbsolute }: UpstreamRequest): void {
    if (isAbsolute === true) return;
    const [path = ""] = target.split("?", 1);
    // Without a path, the base itself is what is requested.
    const signal = path === "" ? undefined : signalOf(path, this.#signalPaths);
    if (path !== "" && signal?.methods.includes(method) !== true) return;
    const kind = signal?.path ?? "";
    if (this.#unknown.has(kind)) return;
    this.#unknown.add(kind);
    // What follows a signal's path may be a key.
    const shownPath = signal?.anchor === "begin" ? kind : path;
    const url = joinUrl({ ...this.base, query: "" }, shownPath);
    const cure =
      kind === ""
        ? "check the url of this target"
        : `make the url of this upstream what comes before ${kind}, or all of it`;
    this.#bus.emit("upstream.path_unknown", { upstream: this.name, url, status: 404, cure });
  }

  /**
   * Makes a second attempt if an old connection died under the first before it was answered;
   * otherwise, and if the second attempt fails too, ends the request.
   */
  async #startAgain(
    request: UpstreamRequest,
    inFlight: InFlightRequest,
    first: unknown,
  ): Promise<Response> {
    try {
      const isReplayable = !(request.body instanceof ReadableStream);
      if (!inFlight.metPooled || !isReplayable || !isConnectionDeath(first)) throw first;
      this.#failure(first, true);
      inFlight.isConnected = false;
      inFlight.sinceMs = this.#nowMs();
      return await this.#transport.start(request, inFlight, true);
    } catch (error) {
      this.#requests.release(inFlight);
      throw this.#failure(error, false);
    }
  }

  /**
   * Prepares a body that is sent as it comes. Each piece that is sent gives the upstream its full
   * time to answer again.
   */
  #upload(
    source: ReadableStream<Uint8Array>,
    request: UpstreamRequest,
    inFlight: InFlightRequest,
  ): ReadableStream<Uint8Array> {
    const { number } = inFlight;
    // Once the request is answered, the phase is the response's; once it is over, the entry belongs
    // to another.
    const isOurs = (): boolean => inFlight.isUploading && inFlight.number === number;
    inFlight.isUploading = true;
    return boundedBody(source, request.bodyBytesMax, {
      waiting: () => {
        request.upload?.asked((error) => {
          if (isOurs()) inFlight.target?.abort(error);
        });
        // Until there is a connection, the time to connect runs, whatever the client does.
        if (isOurs() && inFlight.isConnected) inFlight.phase = "paused";
      },
      sent: (bytes) => {
        request.meter?.received(bytes);
        request.upload?.came(bytes);
        if (!isOurs()) return;
        inFlight.phase = "first_byte";
        inFlight.sinceMs = this.#nowMs();
      },
      ended: () => request.upload?.uploaded(),
      broken: (error) => {
        if (isOurs()) inFlight.target?.abort(error);
      },
    });
  }

  /** Hands the response on; the request ends with it, or when its body has ended. */
  #answer(
    response: Response,
    inFlight: InFlightRequest,
    traffic: TrafficMeter | undefined,
    completed: () => void,
  ): Response {
    if (inFlight.isWhole) {
      this.#requests.release(inFlight);
      completed();
      return response;
    }
    inFlight.isUploading = false;
    inFlight.phase = "paused";
    const meter = response.body === null ? undefined : traffic?.begin();
    const over = (): void => {
      this.#requests.release(inFlight);
      completed();
      meter?.ended();
    };
    const body = relayBody(response.body, {
      waiting: () => {
        inFlight.sinceMs = this.#nowMs();
        inFlight.phase = "idle";
      },
      paused: (bytes) => {
        meter?.sent(bytes);
        inFlight.phase = "paused";
      },
      ended: over,
      failed: (error) => {
        const isOurs = error instanceof UpstreamError;
        this.#failure(isOurs ? error : partialResponse(this.base.origin), false);
        over();
      },
      cancelled: () => {
        inFlight.target?.abort(new ClientGoneError());
        over();
      },
    });
    const { status, statusText, headers } = response;
    return new Response(body, { status, statusText, headers });
  }

  /** One check of one request, made by the sweep. */
  #look(inFlight: InFlightRequest, nowMs: number): void {
    const { target } = inFlight;
    if (target === undefined) return;
    if (inFlight.client?.signal.aborted === true) {
      target.abort(new ClientGoneError());
      return;
    }
    const waitedMs = nowMs - inFlight.sinceMs;
    const { connectMs, firstByteMs, idleMs } = this.#timeouts;
    if (inFlight.phase === "idle") {
      if (waitedMs < idleMs) return;
      target.abort(this.#timedOut("idle", `paused for ${idleMs} ms in an answer`));
    } else if (inFlight.phase === "first_byte") {
      if (!inFlight.isConnected && this.#isUnconnected(inFlight, waitedMs)) {
        target.abort(this.#timedOut("connect", `accepted no connection within ${connectMs} ms`));
      } else if (waitedMs >= firstByteMs) {
        target.abort(this.#timedOut("first_byte", `did not answer within ${firstByteMs} ms`));
      }
    }
  }

  /** Whether a request has used up its time to connect. */
  #isUnconnected(inFlight: InFlightRequest, waitedMs: number): boolean {
    const { connectMs } = this.#timeouts;
    if (this.#transport.knowsConnect) return waitedMs >= connectMs;
    if (waitedMs >= connectMs / 2) this.#probeConnect();
    return inFlight.isRefused;
  }

  /**
   * For a transport that does not know: finds out whether the upstream accepts connections at all.
   */
  #probeConnect(): void {
    if (this.#isProbing || this.#probe === undefined) return;
    this.#isProbing = true;
    const { connectMs } = this.#timeouts;
    const startedMs = this.#nowMs();
    this.#probe(this.base.hostname, this.base.port, connectMs / 2, (isAlive) => {
      this.#isProbing = false;
      this.#requests.forEach((inFlight) => {
        if (inFlight.sinceMs > startedMs - connectMs / 2 + 1) return;
        inFlight.isConnected = isAlive;
        inFlight.isRefused = !isAlive;
        this.#look(inFlight, this.#nowMs());
      });
    });
  }

  #timedOut(phase: "connect" | "first_byte" | "idle", what: string): UpstreamError {
    return new UpstreamError("upstream_timeout", phase, `${this.base.origin} ${what}`);
  }

  /** Reports a failure, and returns it as an error for the executor. */
  #failure(error: unknown, retried: boolean): Error {
    const ours = upstreamErrorOf(error, this.base.origin, this.#isProxied);
    if (ours instanceof UpstreamError) {
      const { phase, message: reason } = ours;
      this.#bus.emit("upstream.failed", { upstream: this.name, phase, reason, retried });
    }
    return ours;
  }
}
