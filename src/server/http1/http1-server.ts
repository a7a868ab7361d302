// Listens on one socket and speaks HTTP/1.1 on it, with or without TLS. It closes connections that
// take too long, and hands over those that speak HTTP/2. It does not know how users write
// addresses.

import { deepenBacklog } from "../../system/backlog.ts";
import { LATE_TIMER_MS, LOOK_MS_MAX, LOOK_MS_MIN, STOP_MS_MAX } from "../../core/limits.ts";
import {
  ClientConnection,
  type ClientSocket,
  type ConnectionOwner,
  type TimeoutPhase,
} from "./client-connection.ts";
import type { FramingRefusal } from "./request-head.ts";
import type { IncomingRequest } from "../incoming-request.ts";

export interface Http1ServerOptions {
  readonly where:
    | { readonly hostname: string; readonly port: number; readonly isShared: boolean }
    | { readonly unix: string };
  readonly tls: Bun.TLSOptions | undefined;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly answer: (request: IncomingRequest) => Response | Promise<Response>;
  readonly failed: () => Response;
  /** Called for clients that take too long; their connections are closed. */
  readonly timedOut: (phase: TimeoutPhase) => void;
  /** Called for what is not a request, or could be read as a different one. */
  readonly refused: (status: FramingRefusal) => void;
  /** Called for connections that begin with TLS on a port without TLS; they are closed. */
  readonly metTls: () => void;
  /**
   * Takes over a connection that speaks HTTP/2, with everything that it has sent; it is not read
   * here any more.
   */
  readonly metHttp2: (socket: ClientSocket, bytes: Buffer) => RelayedClient;
}

/** Receives what happens on a connection that was handed over. */
export interface RelayedClient {
  received(bytes: Buffer): void;
  drained(): void;
  closed(): void;
  cut(): void;
}

export class Http1Server implements ConnectionOwner {
  readonly port: number;
  readonly scheme: "http" | "https";
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  isStopping = false;
  readonly #options: Http1ServerOptions;
  readonly #listener: { stop(closeActiveConnections?: boolean): void };
  readonly #connections = new Set<ClientConnection>();
  readonly #relayed = new Map<ClientSocket, RelayedClient>();
  #inFlight = 0;
  #looking: Timer | undefined;
  #lookedMs = 0;
  readonly #lookMs: number;
  #wake = (): void => undefined;

  /** Listens. Throws as Bun.listen does. */
  constructor(options: Http1ServerOptions) {
    const { where, tls, headTimeoutMs, idleTimeoutMs } = options;
    this.#options = options;
    this.scheme = tls === undefined ? "http" : "https";
    this.headTimeoutMs = headTimeoutMs;
    this.idleTimeoutMs = idleTimeoutMs;
    const shortestMs = Math.min(headTimeoutMs, idleTimeoutMs);
    this.#lookMs = Math.min(LOOK_MS_MAX, Math.max(LOOK_MS_MIN, Math.ceil(shortestMs / 8)));
    const socket = this.#handlers(tls?.rejectUnauthorized === true);
    const common = { socket, ...(tls === undefined ? {} : { tls }) };
    if ("unix" in where) {
      this.#listener = Bun.listen<ClientConnection | undefined>({ ...common, unix: where.unix });
      void deepenBacklog(this.#listener);
      this.port = 0;
      return;
    }
    const { hostname, port, isShared } = where;
    const listening = { ...common, hostname, port };
    // Bun accepts this for TCP as well as for HTTP; its types know it only for HTTP.
    Object.assign(listening, { reusePort: isShared });
    const listener = Bun.listen<ClientConnection | undefined>(listening);
    void deepenBacklog(listener);
    this.#listener = listener;
    this.port = listener.port;
  }

  /** Open connections, including those that were handed over. */
  get connections(): number {
    return this.#connections.size + this.#relayed.size;
  }

  /** Requests in flight. */
  get pending(): number {
    return this.#inFlight;
  }

  /**
   * Accepts no new connections, and closes those on which no request is in progress; what clients
   * sent before they could know is still on its way, and is awaited for a moment. Resolves when no
   * connection is left except those that were handed over.
   */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.#listener.stop();
    // What has arrived already is read first.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    for (const one of this.#connections) if (!one.isNew) one.retire();
    const giveUp = setTimeout(() => {
      for (const one of this.#connections) if (!one.isBusy) one.cut();
    }, STOP_MS_MAX);
    while (this.#connections.size > 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    clearTimeout(giveUp);
  }

  /** Cuts all connections. */
  abort(): void {
    this.isStopping = true;
    this.#listener.stop(true);
    for (const one of this.#connections) one.cut();
    for (const one of this.#relayed.values()) one.cut();
  }

  nowMs(): number {
    return performance.now();
  }

  answer(request: IncomingRequest): Response | Promise<Response> {
    return this.#options.answer(request);
  }

  failed(): Response {
    return this.#options.failed();
  }

  began(): void {
    this.#inFlight++;
  }

  ended(): void {
    this.#inFlight--;
  }

  timedOut(phase: TimeoutPhase): void {
    this.#options.timedOut(phase);
  }

  refused(status: FramingRefusal): void {
    this.#options.refused(status);
  }

  metTls(): void {
    this.#options.metTls();
  }

  metHttp2(socket: ClientSocket, bytes: Buffer): void {
    this.#forget(socket);
    this.#relayed.set(socket, this.#options.metHttp2(socket, bytes));
  }

  #handlers(isClientKnown: boolean) {
    const closed = (socket: ClientSocket): void => {
      socket.data?.closed();
      this.#forget(socket);
      this.#relayed.get(socket)?.closed();
      this.#relayed.delete(socket);
    };
    return {
      open: (socket: ClientSocket) => {
        socket.setNoDelay(true);
        const connection = new ClientConnection(socket, this);
        socket.data = connection;
        this.#connections.add(connection);
        this.#look();
      },
      // A client without the required certificate gets no response.
      handshake: (socket: ClientSocket, _isDone: boolean, error: Error | null) => {
        if (isClientKnown && error !== null) socket.terminate();
      },
      data: (socket: ClientSocket, bytes: Buffer) => {
        if (socket.data !== undefined) socket.data.received(bytes);
        else this.#relayed.get(socket)?.received(bytes);
      },
      drain: (socket: ClientSocket) => {
        if (socket.data !== undefined) socket.data.drained();
        else this.#relayed.get(socket)?.drained();
      },
      close: closed,
      error: (socket: ClientSocket) => {
        socket.terminate();
        closed(socket);
      },
    };
  }

  #forget(socket: ClientSocket): void {
    if (socket.data === undefined) return;
    this.#connections.delete(socket.data);
    socket.data = undefined;
    if (this.#connections.size === 0) this.#wake();
  }

  /** One timer checks all connections, as long as there are any. */
  #look(): void {
    if (this.#looking !== undefined) return;
    this.#lookedMs = this.nowMs();
    this.#looking = setInterval(() => {
      if (this.#connections.size === 0) {
        clearInterval(this.#looking);
        this.#looking = undefined;
        return;
      }
      const nowMs = this.nowMs();
      const heldMs = nowMs - this.#lookedMs - this.#lookMs;
      this.#lookedMs = nowMs;
      for (const one of this.#connections) {
        if (heldMs > LATE_TIMER_MS) one.forgive(heldMs);
        else one.look(nowMs);
      }
    }, this.#lookMs);
    this.#looking.unref();
  }
}
