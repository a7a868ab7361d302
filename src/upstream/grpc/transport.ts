// Carries requests of OTLP over HTTP to an upstream that speaks gRPC. The body becomes the message,
// and the status is translated so that clients retry what may be retried. A message is sent as it
// came, still compressed; JSON is rewritten as protobuf, since gRPC has nothing else.

import { canonicalPath, withoutTrailingSlash } from "../../core/paths.ts";
import {
  GRPC,
  type GrpcStatus,
  httpStatusOf,
  readStatusDetails,
  statusDetails,
  timeoutMsOf,
  timeoutText,
} from "../../core/grpc/index.ts";
import { errorMessage } from "../../core/errors.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { decode } from "../../pipeline/coding/decode.ts";
import type { UpstreamRequest } from "../../pipeline/upstream.ts";
import { bodyCodingOf, mediaTypeOf } from "../../protocols/content.ts";
import type { GrpcService, Transcoder } from "../../protocols/index.ts";
import type { UpstreamTlsPem } from "../fetch-transport.ts";
import type { InFlightRequest } from "../in-flight-requests.ts";
import type { AddedHeaders } from "../added-headers.ts";
import type { Transport } from "../transport.ts";
import {
  call,
  Channel,
  type Connection,
  ConnectionEnded,
  type UnaryRequest,
  type UnaryResponse,
} from "../../system/grpc/index.ts";

export interface GrpcTransportOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string;
  readonly added: AddedHeaders;
  readonly tls?: UpstreamTlsPem | undefined;
  readonly services: readonly GrpcService[];
  /** The deadline of calls whose client set none. */
  readonly timeoutMs: number;
  /** The bound on JSON that is transcoded, in bytes. */
  readonly decodedBytesMax: number;
}

/** Thrown if a request cannot become a call; says why in a response to it. */
class NoCallError extends Error {
  readonly code = "no_grpc_call";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Method {
  /** The gRPC path of the method. */
  readonly path: string;
  /** The HTTP path of the same telemetry. */
  readonly httpPath: string;
  readonly transcoder: () => Promise<Transcoder>;
}

export class GrpcTransport implements Transport {
  readonly knowsConnect = true;
  readonly #options: GrpcTransportOptions;
  readonly #channel: Channel;
  readonly #methods: readonly Method[];

  constructor(options: GrpcTransportOptions) {
    this.#options = options;
    const { origin, tls } = options;
    this.#channel = new Channel({ origin, tls });
    this.#methods = options.services.flatMap(({ methods, transcoder }) =>
      Object.entries(methods).map(([path, httpPath]) => ({ path, httpPath, transcoder })),
    );
  }

  async start(
    request: UpstreamRequest,
    inFlight: InFlightRequest,
    isFresh: boolean,
  ): Promise<Response> {
    const given = Promise.withResolvers<never>();
    given.promise.catch(() => undefined);
    inFlight.target = { abort: (reason) => given.reject(reason) };
    inFlight.isWhole = true;
    let prepared: {
      readonly method: Method;
      readonly unary: UnaryRequest;
      readonly isJson: boolean;
    };
    try {
      prepared = await Promise.race([this.#prepare(request), given.promise]);
    } catch (error) {
      if (error instanceof NoCallError) return refusal(error, request);
      throw error;
    }
    const connecting = this.#channel.acquire(isFresh);
    const connection = await Promise.race([connecting, given.promise]).catch((error: unknown) => {
      // The connection is made all the same, and then belongs to nobody.
      connecting.then((late) => this.#channel.release(late)).catch(() => undefined);
      throw error;
    });
    inFlight.isConnected = true;
    inFlight.metPooled = connection.hasAnswered;
    const response = await this.#call(connection, prepared.unary, inFlight);
    return this.#answer(response, prepared);
  }

  stop(): void {
    this.#channel.close();
  }

  async #call(
    connection: Connection,
    unary: UnaryRequest,
    inFlight: InFlightRequest,
  ): Promise<UnaryResponse> {
    const running = call(connection, unary);
    inFlight.target = {
      abort: (reason) => {
        running.abort(reason);
        this.#channel.suspect(connection);
      },
    };
    try {
      return await running.response;
    } catch (error) {
      // Treated as if the connection had been an old one: then the request is sent again.
      if (error instanceof ConnectionEnded && error.isUnseen) inFlight.metPooled = true;
      throw error;
    } finally {
      this.#channel.release(connection);
    }
  }

  async #prepare(request: UpstreamRequest) {
    const { headers, target } = request;
    const [path = ""] = target.split("?", 1);
    const method = this.#methodAt(path);
    if (method === undefined || request.method !== "POST") {
      const known = this.#methods.map(({ httpPath }) => `POST ${httpPath}`).join(", ");
      const what = `the upstream speaks gRPC, which has nothing for ${request.method} ${path}`;
      throw new NoCallError(501, `${what}; it takes ${known}`);
    }
    const body = await wholeBody(request.body);
    const mediaType = mediaTypeOf(headers);
    const isJson = mediaType === "application/json";
    if (!isJson && !/^application\/(?:x-)?protobuf$/.test(mediaType)) {
      throw new NoCallError(415, "the upstream speaks gRPC; send application/x-protobuf");
    }
    const metadata = this.#options.added.all(headers);
    const timeout = this.#timeoutOf(metadata);
    const coding = headers.get("content-encoding")?.trim().toLowerCase();
    for (const name of NOT_METADATA) metadata.delete(name);
    const isCoded = coding !== undefined && coding !== "" && coding !== "identity";
    const message = isJson ? await this.#transcoded(method, body, headers) : body;
    const encoding = isCoded && !isJson ? (coding === "x-gzip" ? "gzip" : coding) : undefined;
    const unary = { metadata, path: method.path, message, encoding, timeout };
    return { method, unary, isJson };
  }

  #methodAt(path: string): Method | undefined {
    const whole = withoutTrailingSlash(canonicalPath(path));
    return this.#methods.find(({ httpPath }) => whole.endsWith(httpPath));
  }

  /** The client's timeout, if it is shorter than ours. */
  #timeoutOf(metadata: Headers): string {
    const { timeoutMs } = this.#options;
    const asked = timeoutMsOf(metadata.get("grpc-timeout") ?? "") ?? timeoutMs;
    return timeoutText(Math.min(asked, timeoutMs));
  }

  async #transcoded(
    { httpPath, transcoder }: Method,
    body: Uint8Array,
    headers: Headers,
  ): Promise<Uint8Array> {
    const coding = bodyCodingOf(headers);
    if (coding === undefined) throw new NoCallError(415, "the body's coding is not known");
    const decoded = decode(body, coding, this.#options.decodedBytesMax);
    if (decoded.kind === "too_large") {
      throw new NoCallError(413, "the body is larger than max_decoded_bytes");
    }
    if (decoded.kind !== "ok") throw new NoCallError(400, `the body: ${decoded.detail}`);
    const loaded = await transcoder();
    try {
      return loaded.message(httpPath, decoded.bytes);
    } catch (error) {
      const reason = errorMessage(error);
      throw new NoCallError(400, `the body cannot be written as a message of gRPC: ${reason}`);
    }
  }

  async #answer(
    response: UnaryResponse,
    { method, isJson }: { readonly method: Method; readonly isJson: boolean },
  ): Promise<Response> {
    const headers = answerHeaders(response);
    headers.set("content-type", isJson ? "application/json" : "application/x-protobuf");
    if (response.httpStatus !== 200 && response.status === undefined) {
      // Such a response comes from a proxy on the way that does not speak gRPC.
      const message = `the upstream answered with status ${response.httpStatus} and no gRPC`;
      return errorAnswer({ code: GRPC.unknown, message }, response.httpStatus, headers, isJson);
    }
    if (response.status === undefined) throw new ConnectionEnded();
    if (response.status !== GRPC.ok) {
      const said = response.details === undefined ? {} : readStatusDetails(response.details);
      const status = { ...said, code: response.status, message: response.statusMessage };
      headers.set("grpc-status", String(status.code));
      if (said.retryAfterS !== undefined) headers.set("retry-after", String(said.retryAfterS));
      return errorAnswer(status, httpStatusOf(status), headers, isJson);
    }
    const message = response.message ?? NOTHING;
    if (!isJson) return new Response(message.slice(), { headers });
    const transcoder = await method.transcoder();
    const document = transcoder.document(method.httpPath, message);
    return new Response(document.slice(), { headers });
  }
}

const NOTHING = new Uint8Array(0);

/** Headers that belong to the HTTP request, or that the call writes itself. */
const NOT_METADATA = [
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-length",
  "content-type",
  "grpc-timeout",
  "te",
];

async function wholeBody(body: UpstreamRequest["body"]): Promise<Uint8Array> {
  if (body === null) return NOTHING;
  return body instanceof Uint8Array ? body : new Response(body).bytes();
}

/** The headers that the server sent along with its message. */
function answerHeaders({ metadata }: UnaryResponse): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(metadata)) {
    if (value === undefined || name.startsWith(":") || OF_THE_CALL.test(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}
const OF_THE_CALL = /^(?:grpc-.*|content-type|content-length|date|trailer)$/;

/** An error response: google.rpc.Status in the request's encoding. */
function errorAnswer(
  status: GrpcStatus,
  httpStatus: number,
  headers: Headers,
  isJson: boolean,
): Response {
  const { code, message } = status;
  const body = isJson
    ? encodeUtf8(JSON.stringify({ code, message }))
    : statusDetails(status).slice();
  return new Response(body, { status: httpStatus, headers });
}

function refusal({ status, message }: NoCallError, { headers }: UpstreamRequest): Response {
  const isJson = !/^application\/(?:x-)?protobuf/i.test(headers.get("content-type") ?? "");
  const type = isJson ? "application/json" : "application/x-protobuf";
  const code = status === 501 ? GRPC.unimplemented : GRPC.invalidArgument;
  return errorAnswer({ code, message }, status, new Headers({ "content-type": type }), isJson);
}
