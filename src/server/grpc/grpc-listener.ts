// The listening socket for gRPC: HTTP/2 with or without TLS, and bounds for each connection. Knows
// connections, and nothing about calls. Certificates are replaced by opening a second server on the
// same port.

import * as http2 from "node:http2";
import type { Socket } from "node:net";
import type { ListenTarget } from "../../config/index.ts";
import {
  GRPC_HEADER_BYTES_MAX,
  GRPC_IDLE_MS_MAX,
  GRPC_STREAM_WINDOW_BYTES,
  GRPC_STREAMS_MAX,
} from "../../core/limits.ts";
import type { EventBus } from "../../o11y/event-bus.ts";
import { bindError, type Listener, type ListenTlsPem, tlsOptions, urlOf } from "../listener.ts";
import { misdirected } from "../misdirected.ts";
import { Conduct } from "./conduct.ts";
import type { GrpcDoor } from "./grpc-door.ts";

export interface GrpcListenerOptions {
  readonly target: ListenTarget;
  /** Whether other listeners of this program have the same port. Default false. */
  readonly isShared?: boolean;
  readonly tls?: ListenTlsPem | undefined;
  readonly door: Pick<GrpcDoor, "serve" | "pending" | "drain">;
  readonly bus: Pick<EventBus, "emit">;
}

/** Listens; resolves once the socket is bound. Rejects with BindError. */
export async function listenGrpc(options: GrpcListenerOptions): Promise<Listener> {
  const { target, tls, isShared = false } = options;
  // A certificate can only be replaced on a shared port. A first attempt without sharing shows
  // whether anyone else is using the port.
  if (tls === undefined || isShared || target.kind === "unix") return GrpcListener.open(options);
  const probe = await GrpcListener.open(options);
  await probe.abort();
  return GrpcListener.open({
    ...options,
    target: { ...target, port: probe.port },
    isShared: true,
  });
}

class GrpcListener implements Listener {
  readonly url: string;
  readonly port: number;
  readonly replaceTls?: (tls: ListenTlsPem) => Promise<void>;
  readonly #options: GrpcListenerOptions;
  /** The last one accepts new connections; the others answer the requests that they have. */
  readonly #servers: Http2Server[];

  static async open(options: GrpcListenerOptions): Promise<GrpcListener> {
    return new GrpcListener(options, await Http2Server.open(options));
  }

  private constructor(options: GrpcListenerOptions, server: Http2Server) {
    this.#options = options;
    this.#servers = [server];
    const { target, tls, isShared } = options;
    this.port = server.port;
    this.url = grpcUrlOf(target, this.port, tls !== undefined);
    if (tls !== undefined && isShared === true) {
      this.replaceTls = (next) => this.#replace(next);
    }
  }

  get pending(): number {
    return this.#options.door.pending;
  }

  get connections(): number {
    return this.#servers.reduce((sum, { connections }) => sum + connections, 0);
  }

  async drain(): Promise<void> {
    this.#options.door.drain();
    await Promise.all(this.#servers.map((server) => server.drain()));
  }

  async abort(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.abort()));
  }

  async #replace(tls: ListenTlsPem): Promise<void> {
    const { target } = this.#options;
    if (target.kind === "unix") return;
    const old = [...this.#servers];
    const options = { ...this.#options, target: { ...target, port: this.port }, tls };
    this.#servers.push(await Http2Server.open(options));
    for (const server of old) void this.#retire(server);
  }

  async #retire(server: Http2Server): Promise<void> {
    await server.drain();
    this.#servers.splice(this.#servers.indexOf(server), 1);
  }
}

/** One server and its connections. */
class Http2Server {
  readonly #server: http2.Http2Server | http2.Http2SecureServer;
  readonly #options: GrpcListenerOptions;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();

  static async open(options: GrpcListenerOptions): Promise<Http2Server> {
    const server = new Http2Server(options);
    await server.#listen();
    return server;
  }

  private constructor(options: GrpcListenerOptions) {
    this.#options = options;
    const { tls } = options;
    this.#server =
      tls === undefined
        ? http2.createServer(SESSION)
        : http2.createSecureServer({ ...SESSION, ...tlsOptions(tls), allowHTTP1: false });
    this.#server.on("session", (session) => this.#opened(session));
    // Concerns a single connection, which it ends.
    this.#server.on("clientError", () => undefined);
    for (const event of ["sessionError", "tlsClientError"]) {
      this.#server.on(event, (error: Error) => {
        if (isOtherProtocol(error)) this.#misdirected();
      });
    }
    this.#server.on("unknownProtocol", (socket: Socket) => {
      this.#misdirected();
      socket.end(NO_HTTP1);
    });
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Clients open connections elsewhere, and get the responses that they wait for. */
  async drain(): Promise<void> {
    const closed = this.#closed();
    for (const session of this.#sessions) session.close();
    await closed;
  }

  async abort(): Promise<void> {
    const closed = this.#closed();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #closed(): Promise<void> {
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #listen(): Promise<void> {
    const { target, isShared = false } = this.#options;
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(bindError(target, error, GRPC_KEYS));
      this.#server.once("error", failed);
      const listening = (): void => {
        this.#server.off("error", failed);
        this.#server.on("error", () => undefined);
        resolve();
      };
      if (target.kind === "unix") this.#server.listen({ path: target.path }, listening);
      else {
        const { host, port } = target;
        this.#server.listen({ host, port, reusePort: isShared }, listening);
      }
    });
  }

  #misdirected(): void {
    this.#options.bus.emit("client.misdirected", misdirected("http"));
  }

  #opened(session: http2.ServerHttp2Session): void {
    this.#sessions.add(session);
    session.on("close", () => this.#sessions.delete(session));
    session.on("error", () => undefined);
    session.on("stream", (stream, metadata) => void this.#options.door.serve(stream, metadata));
    session.setTimeout(GRPC_IDLE_MS_MAX, () => session.close());
    new Conduct(session, this.#options.bus).watch();
  }
}

const SESSION = {
  settings: {
    maxConcurrentStreams: GRPC_STREAMS_MAX,
    initialWindowSize: GRPC_STREAM_WINDOW_BYTES,
    maxHeaderListSize: GRPC_HEADER_BYTES_MAX,
    enablePush: false,
  },
} as const;
const GRPC_KEYS = "grpc";

/**
 * Sent to a client that speaks TLS but did not name a protocol: if it knows any, it is HTTP/1.1.
 */
const NO_HTTP1 =
  "HTTP/1.1 505 HTTP Version Not Supported\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** Whether a connection ended because its client began with something other than HTTP/2. */
function isOtherProtocol(error: Error): boolean {
  if ("code" in error && OTHER_PROTOCOL.has(String(error.code))) return true;
  // All HTTP/2 errors have the same code.
  return error.message.includes("bad client magic");
}
const OTHER_PROTOCOL = new Set(["ERR_SSL_NO_APPLICATION_PROTOCOL", "ERR_SSL_HTTP_REQUEST"]);

function grpcUrlOf(target: ListenTarget, port: number, isTls: boolean): string {
  return urlOf(target, port, isTls).replace(/^http/, "grpc");
}
