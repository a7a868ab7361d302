// Turns gRPC calls into the HTTP requests that they stand for: the message is the body, byte for
// byte, and the body of the response is the message that goes back. The server handles such a
// request like any other. Opens no socket.

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import {
  encodedText,
  framed,
  GRPC,
  grpcStatusOf,
  type GrpcStatus,
  type MessagePrefix,
  readStatusDetails,
  statusDetails,
  timeoutMsOf,
} from "../../core/grpc/index.ts";
import { errorMessage } from "../../core/errors.ts";
import { GRPC_RESPONSE_BYTES_MAX } from "../../core/limits.ts";
import { redactText } from "../../core/redact.ts";
import type { EventBus } from "../../o11y/event-bus.ts";
import { ClientGoneError } from "../../pipeline/upstream-error.ts";
import { wholeBodyOf } from "../../pipeline/whole-response.ts";
import { uncompressed } from "../../system/grpc/index.ts";
import { readAtMost } from "../../system/read-stream.ts";
import { type Schedule, realSchedule } from "../../system/timer.ts";
import { misdirected } from "../misdirected.ts";
import { asRequest, IncomingRequest, REQUEST_STATE } from "../incoming-request.ts";
import type { ListenerState } from "../listener-state.ts";
import { HEALTH_CHECK, HEALTH_WATCH, servicesOf } from "./health.ts";
import { HealthService } from "./health-service.ts";
import { FramingError, readMessage } from "./message-reader.ts";
import {
  CONTENT_TYPE,
  headersOf,
  initialMetadata,
  NOTHING_MORE,
  WITH_TRAILERS,
} from "./metadata.ts";

export interface GrpcDoorOptions {
  /** HTTP paths by the paths of the methods that are served. */
  readonly methods: Readonly<Record<string, string>>;
  /** Answers the request that a call stands for. */
  readonly fetch: (request: Request, listener: ListenerState) => Response | Promise<Response>;
  /** The state that `grpc.health.v1.Health` reports. */
  readonly ready: () => boolean;
  /** The bound on a message as it is sent, in bytes. */
  readonly bodyBytesMax: number;
  readonly bus: Pick<EventBus, "emit">;
  /** Default: real timers. */
  readonly schedule?: Schedule;
}

/** A call that ended before it became a request. */
class CallError extends Error {
  readonly code = "grpc_call";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves the calls of a distribution's methods, and those of `grpc.health.v1.Health`.
 *
 * @example
 * const fetch = (request: Request): Response => new Response(request.url);
 * const methods = { "/my.v1.Service/Export": "/v1/my" };
 * const door = new GrpcDoor({ methods, fetch, ready: () => true, bodyBytesMax: 1_000_000, bus });
 */
export class GrpcDoor {
  readonly #options: GrpcDoorOptions;
  readonly #health: HealthService;
  #pending = 0;

  constructor(options: GrpcDoorOptions) {
    this.#options = options;
    const services = servicesOf([...Object.keys(options.methods), HEALTH_CHECK]);
    const { ready, schedule = realSchedule } = options;
    this.#health = new HealthService({ services, ready, schedule });
  }

  /** Calls that have not been answered yet; watchers of health do not count. */
  get pending(): number {
    return this.#pending;
  }

  /** Tells watchers of health that the program is stopping, and ends their calls. */
  drain(): void {
    this.#health.stop();
  }

  /** Answers a call; never rejects. */
  async serve(stream: ServerHttp2Stream, metadata: IncomingHttpHeaders): Promise<void> {
    // Errors are handled where the stream is read and written; without any listener, they would be
    // thrown.
    stream.on("error", () => undefined);
    const path = metadata[":path"] ?? "";
    if (!isCall(metadata)) {
      this.#misdirected(stream);
      return;
    }
    if (path === HEALTH_WATCH) {
      void this.#health.watch(stream);
      return;
    }
    this.#pending++;
    let status: number;
    try {
      status = await this.#answer(stream, path, metadata);
    } catch (error) {
      const ended = statusOfError(error);
      // A fault of the client may have this status as well.
      if (ended === PROXY_FAILED) this.#failed(error);
      if (ended.code === GRPC.deadlineExceeded) {
        this.#options.bus.emit("client.timed_out", { phase: "deadline" });
      }
      end(stream, ended);
      status = ended.code;
    } finally {
      this.#pending--;
    }
    const method = this.#methodLabel(path);
    this.#options.bus.emit("grpc.answered", { method, status });
  }

  /** Resolves to the status that was sent to the client. */
  async #answer(
    stream: ServerHttp2Stream,
    path: string,
    metadata: IncomingHttpHeaders,
  ): Promise<number> {
    if (path === HEALTH_CHECK) return this.#health.check(stream);
    const target = this.#options.methods[path];
    if (target === undefined) {
      const known = Object.keys(this.#options.methods).join(", ");
      throw new CallError(GRPC.unimplemented, `no such method; there are ${known}`);
    }
    const deadline = new Deadline(metadata["grpc-timeout"], this.#options.schedule ?? realSchedule);
    const onClose = (): void => deadline.clientGone();
    stream.on("close", onClose);
    try {
      const answering = this.#request(stream, target, metadata, deadline);
      return await Promise.race([answering, deadline.over]);
    } finally {
      stream.off("close", onClose);
      deadline.cancel();
    }
  }

  async #request(
    stream: ServerHttp2Stream,
    target: string,
    metadata: IncomingHttpHeaders,
    deadline: Deadline,
  ): Promise<number> {
    const coding = metadata["grpc-encoding"];
    const encoding = typeof coding === "string" ? coding : "identity";
    const message = await readMessage(stream, {
      check: (prefix) => this.#check(prefix, encoding),
      broken: (error) => deadline.fail(error),
    });
    const headers = requestHeaders(metadata, message.prefix, encoding);
    const { body, prefix } = message;
    const head = { method: "POST", target, headers, bodyBytes: prefix.length };
    const address = stream.session?.socket.remoteAddress ?? "";
    const request = new IncomingRequest(head, body, { scheme: "http", address });
    deadline.ends(request);
    const response = await this.#options.fetch(asRequest(request), REQUEST_STATE);
    return respond(stream, response, deadline);
  }

  #check({ isCompressed, length }: MessagePrefix, encoding: string): void {
    const { bodyBytesMax } = this.#options;
    if (length > bodyBytesMax) {
      this.#options.bus.emit("request.refused", { reason: "body_too_large" });
      const what = `the message has ${length} bytes, more than max_body_size, ${bodyBytesMax}`;
      throw new CallError(GRPC.resourceExhausted, what);
    }
    if (isCompressed && encoding === "identity") {
      throw new CallError(
        GRPC.internal,
        "the message is compressed, and grpc-encoding says not how",
      );
    }
  }

  #misdirected(stream: ServerHttp2Stream): void {
    const fields = { ":status": 415, "content-type": "text/plain" };
    if (stream.destroyed) return;
    stream.respond(uncompressed(fields), NOTHING_MORE);
    this.#options.bus.emit("client.misdirected", misdirected("http"));
  }

  #failed(error: unknown): void {
    const reason = redactText(errorMessage(error));
    this.#options.bus.emit("request.failed", { knownPath: "other", class: "uncaught", reason });
  }

  #methodLabel(path: string): string {
    if (path === HEALTH_CHECK) return "health";
    return Object.hasOwn(this.#options.methods, path) ? path.slice(1) : "other";
  }
}

function isCall(metadata: IncomingHttpHeaders): boolean {
  const type = metadata["content-type"];
  return metadata[":method"] === "POST" && type !== undefined && GRPC_TYPE.test(type);
}
/** Protobuf, either implied or by name; other encodings of messages are not supported. */
const GRPC_TYPE = /^application\/grpc(?:\+proto)?\s*(?:;|$)/i;

function requestHeaders(
  metadata: IncomingHttpHeaders,
  { isCompressed, length }: MessagePrefix,
  encoding: string,
): Headers {
  let headers: Headers;
  try {
    headers = headersOf(metadata);
  } catch (error) {
    throw new CallError(GRPC.invalidArgument, `metadata: ${errorMessage(error)}`);
  }
  headers.set("content-type", "application/x-protobuf");
  headers.set("content-length", String(length));
  if (isCompressed) headers.set("content-encoding", encoding);
  return headers;
}

/** Resolves to the status that was sent to the client. */
async function respond(
  stream: ServerHttp2Stream,
  response: Response,
  deadline: Deadline,
): Promise<number> {
  const bytes = wholeBodyOf(response) ?? (await bodyOf(response));
  if (deadline.isOver || stream.destroyed) return GRPC.cancelled;
  const status = statusOf(response, bytes);
  if (status.code !== GRPC.ok) {
    end(stream, status);
    return status.code;
  }
  const isMessage = PROTOBUF.test(response.headers.get("content-type") ?? "");
  stream.respond(initialMetadata(response.headers), WITH_TRAILERS);
  stream.on("wantTrailers", () => stream.sendTrailers(trailersOf(OK)));
  // Backends that answer in a different form have accepted the request all the same.
  stream.end(framed(isMessage ? bytes : new Uint8Array(0)));
  return GRPC.ok;
}

const OK: GrpcStatus = { code: GRPC.ok, message: "" };
const PROTOBUF = /^application\/(?:x-)?protobuf\s*(?:;|$)/i;

async function bodyOf(response: Response): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  try {
    const bytes = await readAtMost(reader, GRPC_RESPONSE_BYTES_MAX);
    if (bytes !== undefined) return bytes;
    await reader.cancel();
  } catch {
    // Over HTTP, its client would see the connection cut, and send the request again.
    if (response.ok) throw new CallError(GRPC.unavailable, "the upstream's answer broke off");
  }
  return new Uint8Array(0);
}

/**
 * The gRPC status for a response: the upstream's own if it has one, otherwise one for its HTTP
 * status.
 */
function statusOf({ status, headers }: Response, bytes: Uint8Array): GrpcStatus {
  if (status >= 200 && status < 300) return OK;
  const said = PROTOBUF.test(headers.get("content-type") ?? "") ? readStatusDetails(bytes) : {};
  const own = Number(headers.get("grpc-status") ?? "");
  const code = own > 0 && own <= GRPC.unauthenticated ? own : grpcStatusOf(status);
  const message = said.message ?? `the upstream answered with status ${status}`;
  return { code, message, retryAfterS: said.retryAfterS ?? retryAfter(headers) };
}

/** In seconds; the form with a date is for browsers. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function trailersOf(status: GrpcStatus) {
  const fields: Record<string, string> = { "grpc-status": String(status.code) };
  if (status.message !== "") fields["grpc-message"] = encodedText(status.message);
  if (status.retryAfterS !== undefined) {
    fields["grpc-status-details-bin"] = Buffer.from(statusDetails(status)).toString("base64");
  }
  return uncompressed(fields);
}

/** Ends a call without a message; the rest of its request is not awaited. */
function end(stream: ServerHttp2Stream, status: GrpcStatus): void {
  if (stream.destroyed || stream.closed) return;
  const fields = { ":status": 200, "content-type": CONTENT_TYPE, ...trailersOf(status) };
  stream.respond(uncompressed(fields), NOTHING_MORE);
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

function statusOfError(error: unknown): GrpcStatus {
  if (error instanceof CallError) return { code: error.status, message: error.message };
  if (error instanceof FramingError) return { code: GRPC.invalidArgument, message: error.message };
  if (error instanceof ClientGoneError) return { code: GRPC.cancelled, message: error.message };
  return PROXY_FAILED;
}

const PROXY_FAILED: GrpcStatus = {
  code: GRPC.internal,
  message: "the proxy failed on this call",
};

/** How long the client waits: its deadline, and whether it is still there. */
class Deadline {
  #request: IncomingRequest | undefined;
  #isOver = false;
  readonly #over = Promise.withResolvers<never>();
  readonly #cancelTimer: (() => void) | undefined;

  constructor(timeout: string | string[] | undefined, schedule: Schedule) {
    this.#over.promise.catch(() => undefined);
    const timeoutMs = typeof timeout === "string" ? timeoutMsOf(timeout) : undefined;
    if (timeoutMs === undefined || timeoutMs > TIMER_MS_MAX) return;
    this.#cancelTimer = schedule(timeoutMs, () => {
      this.fail(new CallError(GRPC.deadlineExceeded, "the call's deadline has passed"));
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sets the request that is aborted when the call ends early. */
  ends(request: IncomingRequest): void {
    this.#request = request;
    if (this.#isOver) request.abort();
  }

  /** Rejects when the time is over or the client is gone. */
  get over(): Promise<never> {
    return this.#over.promise;
  }

  clientGone(): void {
    this.fail(new ClientGoneError());
  }

  /** Ends the call, whatever its request would come to. */
  fail(error: Error): void {
    this.#isOver = true;
    this.#over.reject(error);
    this.#request?.abort();
  }

  cancel(): void {
    this.#cancelTimer?.();
  }
}

/** The longest time that a timer can wait. */
const TIMER_MS_MAX = 0x7fffffff;
