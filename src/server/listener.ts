// Listens where a program is told to: it binds the server for HTTP/1.1 with its addresses and TLS,
// and the relay to Bun's server for HTTP/2. Knows nothing about requests. Certificates are replaced
// by opening a second server on the same port, because a listening socket cannot change its own.

import { HEAD_TIMEOUT_MS, IDLE_TIMEOUT_S_MAX } from "../core/limits.ts";
import { errorMessage } from "../core/errors.ts";
import { statSync, unlinkSync } from "node:fs";
import * as net from "node:net";
import type { ListenTarget } from "../config/index.ts";
import { Http1Server } from "./http1/http1-server.ts";
import { asRequest, REQUEST_STATE } from "./incoming-request.ts";
import { Http2Relay } from "./http2-relay.ts";
import { isGrpc } from "./grpc.ts";
import { problem } from "./local-errors.ts";
import type { ListenerState } from "./listener-state.ts";

/** The listener's certificate, key and client CA as PEM texts. */
export interface ListenTlsPem {
  readonly cert: string;
  readonly key: string;
  /** If set, clients must present a certificate signed by it. */
  readonly clientCa: string | undefined;
}

/** The names that the runtime's servers use for them, for HTTP and gRPC alike. */
export function tlsOptions({ cert, key, clientCa }: ListenTlsPem): ServerTls {
  if (clientCa === undefined) return { cert, key };
  return { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}
interface ServerTls extends Pick<ListenTlsPem, "cert" | "key"> {
  readonly ca?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
}

/** Where to listen, within which bounds, and what answers requests. */
export interface ListenerOptions {
  readonly target: ListenTarget;
  /** Whether other listeners of this program have the same port. Default false. */
  readonly isShared?: boolean;
  readonly tls?: ListenTlsPem | undefined;
  /** How long a connection may be silent, including a request that waits for its upstream. */
  readonly idleTimeoutMs: number;
  /** How long a client may take to send a head. Default: ten seconds. */
  readonly headTimeoutMs?: number;
  /** Called for clients that take too long to send a request, or to receive their response. */
  readonly onTimeout?: ((phase: "head" | "body" | "response") => void) | undefined;
  /** Called with the status for what is not a request, or could be read as a different one. */
  readonly onRefused?: ((status: number) => void) | undefined;
  /** Called for connections that begin with TLS on a port without it. */
  readonly onTlsClient?: (() => void) | undefined;
  /** Called for requests over HTTP/2 without TLS, except gRPC; they are served. */
  readonly onHttp2Client?: (() => void) | undefined;
  /** A connection that speaks HTTP/2 could not be passed on, and was closed. */
  readonly lost?: () => void;
  readonly fetch: (request: Request, listener: ListenerState) => Response | Promise<Response>;
}

/** Takes requests on one address. Resolves when it has stopped. */
export interface Listener {
  /** For logs: where it listens, with the port that the system chose. */
  readonly url: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** Requests in flight. */
  readonly pending: number;
  /** Open connections. Absent: other threads have them. */
  readonly connections?: number;
  /**
   * New connections get this certificate; requests in flight are answered on the connections that
   * they have. Rejects with BindError if the certificate cannot be used; then the old one stays.
   * Absent: there is no certificate to replace.
   */
  readonly replaceTls?: (tls: ListenTlsPem) => Promise<void>;
  /** Accepts no new connections; resolves when every request in flight has been answered. */
  drain(): Promise<void>;
  /** Cuts whatever is left. */
  abort(): Promise<void>;
}

/** The socket could not be opened. */
export class BindError extends Error {
  readonly code = "bind";
  readonly where: string;
  readonly reason: string;
  readonly cure: string;
  /** Whether something else is listening there. */
  readonly isTaken: boolean;
  constructor(where: string, reason: string, cure: string, isTaken = false) {
    super(`cannot listen on ${where}: ${reason}`);
    this.name = "BindError";
    this.where = where;
    this.reason = reason;
    this.cure = cure;
    this.isTaken = isTaken;
  }
}

/** Listens; resolves once the socket is bound. Rejects with BindError. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { target, tls, isShared } = options;
  if (target.kind === "unix") {
    await removeStale(target);
    return new ServingListener(options);
  }
  if (tls === undefined || isShared === true) return new ServingListener(options);
  // A certificate can only be replaced on a shared port. A first attempt without sharing shows
  // whether anyone else is using the port.
  const probe = new ServingListener(options);
  const { port } = probe;
  await probe.abort();
  return new ServingListener({ ...options, target: { ...target, port }, isShared: true });
}

class ServingListener implements Listener {
  readonly url: string;
  readonly port: number;
  readonly replaceTls?: (tls: ListenTlsPem) => Promise<void>;
  readonly #options: ListenerOptions;
  readonly #http2: Http2Relay;
  #isStopping = false;
  /** The last one accepts new connections; the others answer the requests that they have. */
  readonly #servers: Http1Server[] = [];

  constructor(options: ListenerOptions) {
    const { target, tls, isShared, fetch, idleTimeoutMs, lost = ignore } = options;
    const { headTimeoutMs = HEAD_TIMEOUT_MS, onHttp2Client = ignore } = options;
    const { onRefused = ignore, onTimeout = ignore } = options;
    this.#options = options;
    const idleS = Math.ceil(idleTimeoutMs / 1000);
    const idleTimeoutS = idleS > IDLE_TIMEOUT_S_MAX ? 0 : idleS;
    const answer: ListenerOptions["fetch"] = (request, listener) => {
      if (!isGrpc(request.headers)) onHttp2Client();
      return fetch(request, listener);
    };
    this.#http2 = new Http2Relay({
      idleTimeoutS,
      headTimeoutMs,
      fetch: answer,
      failed,
      lost,
      timedOut: () => onTimeout("head"),
      refused: () => {
        if (!this.#isStopping) onRefused(400);
      },
    });
    if (tls !== undefined && isShared === true) {
      this.replaceTls = async (next) => this.#replace(next);
    }
    const server = this.#open(options);
    this.port = server.port;
    this.url = urlOf(target, this.port, tls !== undefined);
  }

  get pending(): number {
    return this.#servers.reduce((sum, { pending }) => sum + pending, this.#http2.pending);
  }

  get connections(): number {
    return this.#servers.reduce((sum, { connections }) => sum + connections, 0);
  }

  async drain(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#servers.map((server) => server.stop()));
    await this.#http2.stop();
    for (const server of this.#servers) server.abort();
  }

  async abort(): Promise<void> {
    this.#isStopping = true;
    for (const server of this.#servers) server.abort();
    await this.#http2.abort();
  }

  #replace(tls: ListenTlsPem): void {
    const { target } = this.#options;
    if (target.kind === "unix") return;
    const old = [...this.#servers];
    this.#open({ ...this.#options, target: { ...target, port: this.port }, tls });
    // Their remaining responses are not awaited.
    for (const server of old) void this.#retire(server);
  }

  async #retire(server: Http1Server): Promise<void> {
    await server.stop();
    this.#servers.splice(this.#servers.indexOf(server), 1);
  }

  #open(options: ListenerOptions): Http1Server {
    const { target, tls, isShared = false, headTimeoutMs = HEAD_TIMEOUT_MS } = options;
    const where =
      target.kind === "unix"
        ? { unix: target.path }
        : { hostname: target.host, port: target.port, isShared };
    try {
      const server = new Http1Server({
        where,
        tls: tls === undefined ? undefined : tlsOptions(tls),
        headTimeoutMs,
        idleTimeoutMs: options.idleTimeoutMs,
        answer: (request) => options.fetch(asRequest(request), REQUEST_STATE),
        failed,
        timedOut: options.onTimeout ?? ignore,
        refused: options.onRefused ?? ignore,
        metTls: options.onTlsClient ?? ignore,
        metHttp2: (socket, bytes) => this.#http2.take(socket, bytes),
      });
      this.#servers.push(server);
      return server;
    } catch (error) {
      throw bindError(target, error);
    }
  }
}

const ignore = (): void => undefined;

/** The request's own handler catches every error; this is for errors outside it. */
function failed(): Response {
  return problem(500, "internal_error", "the proxy failed on this request");
}

/** Removes a socket file that nobody listens on, left over from a process that was killed. */
async function removeStale(target: Extract<ListenTarget, { kind: "unix" }>): Promise<void> {
  const { path } = target;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  // Connecting to a file of another kind is refused as well, and that file is not ours to remove.
  if (!stat.isSocket()) throw bindError(target, { code: "EADDRINUSE" });
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = net.connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error) => {
      resolve(!("code" in error) || error.code !== "ECONNREFUSED");
    });
  });
  if (isAlive) throw bindError(target, { code: "EADDRINUSE" });
  unlinkSync(path);
}

/** `keys`: the settings to check if nothing better is known. */
export function bindError(
  target: ListenTarget,
  error: unknown,
  keys = "listen_address, listen_port and tls",
): BindError {
  const where = describe(target);
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  switch (code) {
    case "EADDRINUSE":
      return new BindError(
        where,
        "it is in use",
        "stop what listens there or choose another",
        true,
      );
    case "EACCES":
    case "EPERM":
      return new BindError(
        where,
        "permission denied",
        "ports below 1024 need the right to bind them",
      );
    case "EADDRNOTAVAIL":
      return new BindError(where, "no such address on this machine", "set listen_address to one");
    default: {
      // The runtime reports no details about a name that it cannot resolve.
      const isName = target.kind === "tcp" && net.isIP(target.host) === 0;
      const isUnknown = isName && errorMessage(error).startsWith("Failed to listen");
      const reason = isUnknown ? "the name has no address" : errorMessage(error);
      return new BindError(where, reason, `check ${keys}`);
    }
  }
}

function describe(target: ListenTarget): string {
  if (target.kind === "unix") return `unix:${target.path}`;
  return target.host.includes(":")
    ? `[${target.host}]:${target.port}`
    : `${target.host}:${target.port}`;
}

/** The address of a listener as clients write it. */
export function urlOf(target: ListenTarget, port: number, isTls: boolean): string {
  if (target.kind === "unix") return describe(target);
  return `${isTls ? "https" : "http"}://${describe({ ...target, port })}`;
}
