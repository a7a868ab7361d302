// Takes one request from its head to its response: it routes, plans and executes it, and responds
// to the errors that may occur. Knows no protocol and does no I/O of its own; the socket is the
// listener's.

import { errorMessage } from "../core/errors.ts";
import { Hono } from "hono";
import type { EventBus } from "../o11y/event-bus.ts";
import type { Events } from "../o11y/events.ts";
import { REFUSAL_REASONS } from "../o11y/labels.ts";
import { redactText } from "../core/redact.ts";
import type { Tracer } from "../o11y/spans.ts";
import type { Plan, RequestHead } from "../protocols/index.ts";
import type { ListenerState } from "./listener-state.ts";
import type { Cors } from "./cors.ts";
import type { Call } from "../pipeline/call.ts";
import type { Executor } from "../pipeline/executor.ts";
import { asksToClose } from "../pipeline/hop-by-hop.ts";
import { grpcResponse, misdirected } from "./misdirected.ts";
import { withholdToken } from "./admin-token.ts";
import {
  errorResponse,
  INTERNAL,
  isSoonRead,
  type LocalError,
  localErrorOf,
} from "./local-errors.ts";
import { bodyLength } from "../pipeline/room/receive-body.ts";
import { refusalOf } from "./refusals.ts";
import { RequestMeter } from "../pipeline/request-meter.ts";
import { RequestShapes } from "./request-shapes.ts";
import { endWith } from "../pipeline/request-spans.ts";
import type { Room } from "../pipeline/room/room.ts";
import type { Routed, Router } from "./router.ts";
import { ClientGoneError, isAbort, UpstreamError } from "../pipeline/upstream-error.ts";
import type { Via } from "./via.ts";

/** What a server needs to answer requests. */
export interface ProxyServerOptions {
  readonly router: Router;
  readonly executor: Pick<Executor, "execute">;
  readonly bus: EventBus;
  /** Makes spans of requests; undefined: nothing would read them. */
  readonly tracer?: Pick<Tracer, "request"> | undefined;
  /** Limits what requests may hold at once; requests for the program's own pages hold nothing. */
  readonly room: Room;
  /** The token of the program's own pages, which must not reach an upstream. */
  readonly adminToken?: string | undefined;
  /** Recognizes requests that come back; undefined: such requests loop. */
  readonly via?: Via | undefined;
  /** Which pages may send requests from browsers; undefined: no CORS headers are added. */
  readonly cors?: Cors | undefined;
  /** Monotonic milliseconds. Default: the real clock. */
  readonly nowMs?: () => number;
}

/** One request, with what its head and the routes say about it. */
interface Received extends Pick<Call, "request" | "target" | "bodyBytes" | "permit" | "span"> {
  readonly path: string;
  readonly routed: Routed | undefined;
  readonly meter: RequestMeter;
}

/** nginx's status for a client that went away before it was answered; only metrics see it. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Answers requests by what their modules plan. It listens nowhere: `listen` does.
 *
 * @example
 * const room = new Room({ bus, requestsMax: 1000, bytesMax: 100_000_000, waitMs: 5000 });
 * const server = new ProxyServer({ router, executor, bus, room });
 * const target = { kind: "tcp", host: "127.0.0.1", port: 4318 } as const;
 * const listener = await listen({ target, idleTimeoutMs: 60_000, fetch: server.app.fetch });
 */
export class ProxyServer {
  /** Serves every method and path; `app.request()` answers without a socket. */
  readonly app: Hono<{ Bindings: ListenerState }>;
  readonly #options: ProxyServerOptions;
  readonly #nowMs: () => number;
  readonly #shapes = new RequestShapes();
  #inFlight = 0;
  #isLastCall = false;

  constructor(options: ProxyServerOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    // Routing uses whole paths as they arrive, so Hono need not look at the URL.
    this.app = new Hono<{ Bindings: ListenerState }>({ getPath: () => "/" });
    this.app.all("/", (context) => this.#handle(context.req.raw, context.env));
  }

  /** Requests that have not been answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The kinds of the last requests, without any of their content; one line each. */
  recentRequests(): string[] {
    return this.#shapes.describe(this.#nowMs());
  }

  /** From now on, every response asks its client to use another connection. */
  announceDrain(): void {
    this.#isLastCall = true;
  }

  async #handle(request: Request, listener: ListenerState | undefined): Promise<Response> {
    const startedMs = this.#nowMs();
    const { method } = request;
    const target = targetOf(request.url);
    const path = pathOf(target);
    const routed = this.#options.router.find(method, path);
    const knownPath = routed?.route.knownPath ?? "other";
    const bodyBytes = bodyLength(request);
    const isLast = asksToClose(request.headers);
    const span =
      routed?.route.routeKind === "health"
        ? undefined
        : this.#options.tracer?.request(request.headers, method, knownPath);
    const number = this.#shapes.begin(method, knownPath, request.headers, bodyBytes, startedMs);
    const meter = new RequestMeter();
    const permit = this.#options.room.permit(
      request,
      () => addressOf(request, listener),
      bodyBytes,
    );
    this.#inFlight++;
    const { cors } = this.#options;
    const isOpen = cors !== undefined && routed?.route.routeKind !== "health";
    const origin = isOpen ? request.headers.get("origin") : null;
    const preflight = isOpen ? this.#preflight(cors, request) : undefined;
    let response: Response;
    try {
      response =
        preflight ??
        (await this.#respond({ request, target, path, routed, bodyBytes, meter, permit, span }));
    } catch (error) {
      meter.restart();
      const problem = this.#errorOf(error, knownPath, bodyBytes);
      response =
        problem === undefined
          ? new Response(null, { status: CLIENT_CLOSED_REQUEST })
          : this.#errorResponse(problem, path, request.headers);
    } finally {
      this.#inFlight--;
    }
    if (isOpen && preflight === undefined) cors.open(response.headers, origin);
    // The listener closes the connection, and a proxy that is not told keeps it for its next
    // request.
    if (isLast || this.#isLastCall) response.headers.set("connection", "close");
    this.#shapes.answered(number, response.status);
    endWith(span, response.status);
    const { status } = response;
    const isOver = meter.settle(method, response, () => {
      permit.leave();
      const durationMs = this.#nowMs() - startedMs;
      const traffic = { bytesIn: meter.bytesIn, bytesOut: meter.bytesOut };
      const event = { method, knownPath, status, durationMs, ...traffic };
      this.#options.bus.emit("request.completed", event);
    });
    if (!isOver) permit.answering();
    return method === "HEAD" ? headOf(response) : response;
  }

  /** The response to a request; it may be one that reports an error. */
  #respond(received: Received): Response | Promise<Response> {
    const { request, target, path, routed, bodyBytes, meter, permit, span } = received;
    const { method, headers } = request;
    const grpc = grpcResponse(request);
    if (grpc !== undefined) {
      this.#options.bus.emit("client.misdirected", misdirected("grpc"));
      return grpc;
    }
    const refusal = this.#refusal(received);
    if (refusal !== undefined || routed === undefined) {
      this.#refused(refusal ?? NOT_FOUND);
      return this.#errorResponse(refusal ?? NOT_FOUND, path, headers);
    }
    const { knownPath, routeKind } = routed.route;
    const plan = this.#plan(routed, { method, path, query: target.slice(path.length), headers });
    if (routeKind !== "health") this.#withholdToken(headers, knownPath);
    return this.#options.executor.execute(plan, {
      request,
      target,
      bodyBytes,
      routeKind,
      meter,
      permit,
      span,
    });
  }

  /** Answers preflights here rather than at the upstream. */
  #preflight(cors: Cors, request: Request): Response | undefined {
    const response = cors.preflight(request);
    const decision = { routeKind: "passthrough", decision: "none" } as const;
    if (response !== undefined) this.#options.bus.emit("prefilter.decided", decision);
    return response;
  }

  /** Why a request is refused by its head alone; undefined: it is not refused. */
  #refusal({ request, routed, bodyBytes }: Received): LocalError | undefined {
    const { method, headers } = request;
    const refusal = refusalOf(method, headers);
    if (refusal !== undefined) return { ...refusal, isLast: true };
    if (routed === undefined) return NOT_FOUND;
    const { knownPath, routeKind } = routed.route;
    if (routeKind === "health" || this.#options.via?.hasPassed(headers) !== true) return undefined;
    this.#failed(knownPath, "loop", LOOP.message);
    return { ...LOOP, isLast: !isSoonRead(bodyBytes) };
  }

  /**
   * A module that fails to plan must not cost the client its request: it is forwarded unread.
   * Requests for the program's own pages stay here whatever is wrong with them, because they carry
   * credentials for those pages.
   */
  #plan(routed: Routed, head: RequestHead): Plan {
    const { knownPath, routeKind, upstream = "default" } = routed.route;
    const isLocal = routeKind === "health";
    try {
      const plan = routed.module.plan(head, routed.route);
      if (!isLocal || plan.kind === "respond" || plan.kind === "page") return plan;
      throw new Error(`a page of the program's own was planned as ${plan.kind}`);
    } catch (error) {
      this.#failed(knownPath, "module", error);
      if (isLocal || upstream === "none") throw new PlanError();
      if (routeKind === "passthrough") return { kind: "forward", upstream };
      const detail = "it could not be planned how to read the body";
      const unjudged = { telemetry: routeKind, reason: "internal_error", detail } as const;
      return { kind: "forward", upstream, unjudged };
    }
  }

  #withholdToken(headers: Headers, knownPath: string): void {
    const { adminToken, bus } = this.#options;
    if (adminToken === undefined || !withholdToken(headers, adminToken)) return;
    const cure = "send admin.token to /_edge only, and give upstreams credentials of their own";
    bus.emit("token.withheld", { knownPath, cure });
  }

  /** An error in the form that clients of the path read, whatever the method. */
  #errorResponse(error: LocalError, path: string, headers: Headers): Response {
    return errorResponse(error, this.#options.router.errorsAt(path), headers);
  }

  /** Undefined: the client is gone. */
  #errorOf(error: unknown, knownPath: string, bodyBytes: number): LocalError | undefined {
    if (error instanceof ClientGoneError || isAbort(error)) return undefined;
    const known = localErrorOf(error, bodyBytes);
    if (known === undefined && !(error instanceof PlanError)) {
      this.#failed(knownPath, "uncaught", error);
    }
    if (known !== undefined && !(error instanceof UpstreamError)) this.#refused(known);
    return known ?? INTERNAL;
  }

  #refused({ code }: LocalError): void {
    const reason = REFUSAL_REASONS.find((one) => one === code) ?? "other";
    this.#options.bus.emit("request.refused", { reason });
  }

  #failed(knownPath: string, kind: Events["request.failed"]["class"], error: unknown): void {
    const reason = redactText(errorMessage(error));
    this.#options.bus.emit("request.failed", { knownPath, class: kind, reason });
  }
}

/** A request that was not planned and goes no further; the reason has been reported. */
class PlanError extends Error {}

/** RFC 5842 section 7.2. */
const LOOP: LocalError = {
  status: 508,
  code: "loop_detected",
  message:
    "the request has come back to the proxy that sent it on; give its upstreams URLs of others",
};
const NOT_FOUND: LocalError = {
  status: 404,
  code: "not_found",
  message: "no module takes this path",
};

/** A HEAD request is answered without the body, but with its length (RFC 9110 section 9.3.2). */
function headOf(response: Response): Response {
  if (response.body === null) return response;
  const { status, headers } = response;
  return new Response(null, { status, headers });
}

function addressOf(request: Request, listener: ListenerState | undefined): string {
  return listener?.requestIP(request)?.address ?? "unknown";
}

/**
 * Path and query of a URL as they arrived; a fragment is not part of a request (RFC 9112 section
 * 3.2).
 */
export function targetOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  const hash = url.indexOf("#");
  const end = hash === -1 ? url.length : hash;
  const target = start === -1 ? "/" : url.slice(start, end);
  return MAY_BE_RAW.test(target) ? normalised(target) : target;
}

/** The path of a target: the part before the query. */
export function pathOf(target: string): string {
  const queryAt = target.indexOf("?");
  return queryAt === -1 ? target : target.slice(0, queryAt);
}

/**
 * Without a Host, or with one that fits into no URL, the server normalizes nothing. A target with
 * `..` segments would leave the upstream's base path.
 */
const MAY_BE_RAW = /[^!-~]|\\|\/(?:\.|%2e)/i;
const SOME_ORIGIN = "http://edge";

function normalised(target: string): string {
  return new URL(SOME_ORIGIN + target).href.slice(SOME_ORIGIN.length);
}
