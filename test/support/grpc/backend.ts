// A server of gRPC that does what a test says, good or bad, on node:http2.

import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";

export interface BackendCall {
  readonly path: string;
  readonly fields: http2.IncomingHttpHeaders;
  /** Prefix included. */
  readonly body: Buffer;
  readonly stream: http2.ServerHttp2Stream;
}

export type Respond = (call: BackendCall) => void;

/** Answers with an empty message, and this status behind it. */
export function withStatus(status: number, fields: http2.OutgoingHttpHeaders = {}): Respond {
  return ({ stream }) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status, ...fields }));
    stream.end(status === 0 ? new Uint8Array(5) : undefined);
  };
}

/** Answers with a head that is all there is. */
export function withHead(fields: http2.OutgoingHttpHeaders): Respond {
  return ({ stream }) => stream.respond({ ":status": 200, ...fields }, { endStream: true });
}

export class GrpcBackend {
  respond: Respond = withStatus(0);
  readonly calls: BackendCall[] = [];
  readonly sessions: http2.ServerHttp2Session[] = [];
  readonly #server: http2.Http2Server | http2.Http2SecureServer;

  private constructor(tls: http2.SecureServerOptions | undefined, settings: http2.Settings) {
    this.#server =
      tls === undefined
        ? http2.createServer({ settings })
        : http2.createSecureServer({ ...tls, settings });
    this.#server.on("sessionError", () => undefined);
    this.#server.on("session", (session) => {
      this.sessions.push(session);
      session.on("error", () => undefined);
      session.on("stream", (stream, fields) => this.#take(stream, fields));
    });
  }

  static async start({
    tls,
    settings = {},
    port = 0,
  }: {
    readonly tls?: http2.SecureServerOptions;
    readonly settings?: http2.Settings;
    readonly port?: number;
  } = {}): Promise<GrpcBackend> {
    const backend = new GrpcBackend(tls, settings);
    await new Promise<void>((resolve) => {
      backend.#server.listen({ port, host: "127.0.0.1" }, () => resolve());
    });
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const session of this.sessions) session.destroy();
    await closed;
  }

  #take(stream: http2.ServerHttp2Stream, fields: http2.IncomingHttpHeaders): void {
    const pieces: Buffer[] = [];
    stream.on("error", () => undefined);
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => {
      const call = { path: fields[":path"] ?? "", fields, body: Buffer.concat(pieces), stream };
      this.calls.push(call);
      this.respond(call);
    });
  }
}
