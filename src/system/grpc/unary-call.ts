// One unary call on a connection: sends the message and assembles the response. It does not know
// what is in the message.

import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { decodedText, framed, PREFIX_BYTES, prefixOf } from "../../core/grpc/index.ts";
import { GRPC_RESPONSE_BYTES_MAX } from "../../core/limits.ts";
import { joined } from "../read-stream.ts";
import { type Connection, ConnectionEnded } from "./channel.ts";
import { uncompressed } from "./uncompressed.ts";

export interface UnaryRequest {
  /** Fields of the head without those of HTTP/2 itself. */
  readonly metadata: Headers;
  readonly path: string;
  readonly message: Uint8Array;
  /** What the message is compressed with. */
  readonly encoding: string | undefined;
  readonly timeout: string;
  /** Default GRPC_RESPONSE_BYTES_MAX. */
  readonly responseBytesMax?: number;
}

/** How a call ended. */
export interface UnaryResponse {
  /** Of HTTP; what is not 200 comes from something before the server. */
  readonly httpStatus: number;
  /** Undefined: nothing was said. */
  readonly status: number | undefined;
  readonly statusMessage: string;
  /** google.rpc.Status; undefined: there is none. */
  readonly details: Uint8Array | undefined;
  readonly metadata: IncomingHttpHeaders;
  /** More came than may; then there is no message. */
  readonly isTooLarge: boolean;
  /** Undefined: none came, or one that is compressed, which nobody asked for. */
  readonly message: Uint8Array | undefined;
}

/** Responses before the response; with more of them the connection is ended. */
const INFORMATIONAL_MAX = 20;

/** By which a call is ended from outside; the promise rejects with the reason. */
export interface RunningCall {
  readonly response: Promise<UnaryResponse>;
  abort(reason: Error): void;
}

export function call(connection: Connection, request: UnaryRequest): RunningCall {
  const { promise, resolve, reject } = Promise.withResolvers<UnaryResponse>();
  let stream: ReturnType<Connection["session"]["request"]>;
  try {
    stream = connection.session.request(headOf(request), { endStream: false });
  } catch {
    reject(new ConnectionEnded(true));
    return { response: promise, abort: () => undefined };
  }
  let head: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const pieces: Uint8Array[] = [];
  let received = 0;
  const { responseBytesMax: bytesMax = GRPC_RESPONSE_BYTES_MAX } = request;
  stream.on("response", (fields) => {
    head = fields;
    connection.hasAnswered = true;
  });
  let announced = 0;
  // Of those that come before the response (RFC 9110 section 15.2) there is no need for many.
  stream.on("headers", () => {
    if (++announced > INFORMATIONAL_MAX) connection.session.destroy();
  });
  stream.on("trailers", (fields) => (trailers = fields));
  stream.on("data", (piece: Uint8Array) => {
    received += piece.length;
    if (received <= bytesMax) pieces.push(piece);
  });
  let broken: Error | undefined;
  stream.on("error", (error: Error) => (broken = error));
  stream.on("close", () => {
    const fields = "grpc-status" in trailers ? trailers : head;
    const isAnswered = fields["grpc-status"] !== undefined || head[":status"] !== undefined;
    // A stream that is reset with NO_ERROR behind its status has been answered.
    if (!isAnswered || (fields["grpc-status"] === undefined && broken !== undefined)) {
      const { lastStream } = connection;
      const isPast = lastStream !== undefined && (stream.id ?? Infinity) > lastStream;
      const isRefused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      reject(new ConnectionEnded(isPast || isRefused));
      return;
    }
    const isWhole = received <= bytesMax;
    resolve(responseOf(head, fields, isWhole ? joined(pieces) : undefined));
  });
  stream.end(framed(request.message, request.encoding !== undefined));
  return {
    response: promise,
    abort: (reason) => {
      reject(reason);
      stream.close(constants.NGHTTP2_CANCEL);
    },
  };
}

function headOf({ metadata, path, encoding, timeout }: UnaryRequest): OutgoingHttpHeaders {
  const head: OutgoingHttpHeaders = { ":method": "POST", ":path": path };
  metadata.forEach((value, name) => {
    head[name] = value;
  });
  head["content-type"] = "application/grpc";
  head["te"] = "trailers";
  head["grpc-timeout"] = timeout;
  if (encoding !== undefined) head["grpc-encoding"] = encoding;
  return uncompressed(head);
}

function responseOf(
  head: IncomingHttpHeaders,
  fields: IncomingHttpHeaders,
  body: Uint8Array | undefined,
): UnaryResponse {
  const status = text(fields["grpc-status"]);
  const details = text(fields["grpc-status-details-bin"]);
  return {
    httpStatus: Number(head[":status"] ?? 200),
    status: status !== undefined && /^\d{1,3}$/.test(status) ? Number(status) : undefined,
    statusMessage: decodedText(text(fields["grpc-message"]) ?? ""),
    details: details === undefined ? undefined : Buffer.from(details, "base64"),
    metadata: head,
    isTooLarge: body === undefined,
    message: body === undefined ? undefined : messageOf(body),
  };
}

function messageOf(body: Uint8Array): Uint8Array | undefined {
  if (body.length < PREFIX_BYTES) return undefined;
  const prefix = prefixOf(body);
  if (prefix === undefined || prefix.isCompressed) return undefined;
  return prefix.length === body.length - PREFIX_BYTES ? body.subarray(PREFIX_BYTES) : undefined;
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
