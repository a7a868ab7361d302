// A client of gRPC on node:http2 that can say what libraries do not: any frame, any field.

import * as http2 from "node:http2";

export interface CallOptions {
  readonly path?: string;
  /** What is sent as it is; prefix included. */
  readonly body?: Uint8Array;
  readonly fields?: http2.OutgoingHttpHeaders;
  /** Called with the stream before anything but the head is sent; then the body is its business. */
  readonly drive?: (stream: http2.ClientHttp2Stream) => void;
}

/** What came back; undefined fields did not. */
export interface CallResult {
  readonly httpStatus: number | undefined;
  readonly status: number | undefined;
  readonly text: string | undefined;
  readonly details: Buffer | undefined;
  readonly head: http2.IncomingHttpHeaders;
  /** As it came, prefix included. */
  readonly body: Buffer;
  /** How the stream was reset; undefined: it was not. */
  readonly reset: number | undefined;
}

export const LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

export function connect(
  port: number,
  options?: http2.SecureClientSessionOptions,
): Promise<http2.ClientHttp2Session> {
  const scheme = options === undefined ? "http" : "https";
  const session = http2.connect(`${scheme}://127.0.0.1:${port}`, options);
  return new Promise((resolve, reject) => {
    session.once("connect", () => resolve(session));
    session.on("error", reject);
  });
}

/** Makes a call and waits for its end; never rejects for what the server says. */
export function callOn(
  session: http2.ClientHttp2Session,
  { path = LOGS, body = new Uint8Array(5), fields = {}, drive }: CallOptions = {},
): Promise<CallResult> {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...fields,
  });
  return new Promise((resolve) => {
    let head: http2.IncomingHttpHeaders = {};
    let trailers: http2.IncomingHttpHeaders = {};
    const pieces: Buffer[] = [];
    stream.on("response", (received) => (head = received));
    stream.on("trailers", (received) => (trailers = received));
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("error", () => undefined);
    stream.on("close", () => {
      const last = "grpc-status" in trailers ? trailers : head;
      const status = last["grpc-status"];
      const details = last["grpc-status-details-bin"];
      const reset = stream.rstCode;
      resolve({
        httpStatus: head[":status"] === undefined ? undefined : Number(head[":status"]),
        status: status === undefined ? undefined : Number(status),
        text: last["grpc-message"]?.toString(),
        details: details === undefined ? undefined : Buffer.from(details.toString(), "base64"),
        head,
        body: Buffer.concat(pieces),
        reset: reset === undefined || reset === 0 ? undefined : reset,
      });
    });
    if (drive === undefined) stream.end(body);
    else drive(stream);
  });
}
