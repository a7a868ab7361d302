// The listening socket: Bun.serve with bounds that are ours. Knows addresses and TLS, nothing of
// requests. Certificates are replaced by a second server on the same port, because Bun's cannot
// change theirs.

import { HEAD_TIMEOUT_MS, IDLE_TIMEOUT_S_MAX } from "../core/limits.ts";
import { errorMessage } from "../core/errors.ts";
import { randomUUID } from "node:crypto";
import { statSync, unlinkSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ListenTarget } from "../config/index.ts";
import { HeadGuard } from "./head-guard.ts";
import { problem } from "./local-errors.ts";

/** PEM texts. */
export interface ListenTlsPem {
  readonly cert: string;
  readonly key: string;
  /** When set, clients must show a certificate that it signed. */
  readonly clientCa: string | undefined;
}

/** Where to listen, within which bounds, and what answers requests. */
export interface ListenerOptions {
  readonly target: ListenTarget;
  /** Whether other listeners of this program have the same port. Default false. */
  readonly isShared?: boolean;
  readonly tls?: ListenTlsPem | undefined;
  /** How long a connection may be silent, a request that waits for its upstream included. */
  readonly idleTimeoutMs: number;
  /**
   * How long a client may take to send the head of its first request on a TCP port without TLS.
   * Elsewhere, and by default, it is what Bun gives, which cannot be set.
   */
  readonly headTimeoutMs?: number;
  /** Called for connections that begin with TLS on a port without it, where that can be seen. */
  readonly onTlsClient?: (() => void) | undefined;
  /**
   * Whether a request that comes before the one before it is answered waits for that; on a TCP port
   * without TLS. Elsewhere, and by default, its connection is closed.
   */
  readonly servesPipelined?: boolean;
  /** A connection was closed before anything of it was read. */
  readonly lost?: () => void;
  readonly fetch: (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;
}

/** Takes requests on one address. Resolves when it has stopped. */
export interface Listener {
  /** For logs: where it listens, with the port that the system chose. */
  readonly url: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** Requests in flight. */
  readonly pending: number;
  /**
   * New connections get this certificate; requests in flight are answered on the connections that
   * they have. Rejects with BindError when it cannot be used; then the old one stays. Absent: there
   * is none to replace.
   */
  readonly replaceTls?: (tls: ListenTlsPem) => Promise<void>;
  /** Takes no new connections; resolves when every request in flight is answered. */
  drain(): Promise<void>;
  /** Cuts what is left. */
  abort(): Promise<void>;
}

/** The socket could not be opened. */
export class BindError extends Error {
  readonly code = "bind";
  readonly where: string;
  readonly reason: string;
  readonly cure: string;
  constructor(where: string, reason: string, cure: string) {
    super(`cannot listen on ${where}: ${reason}`);
    this.name = "BindError";
    this.where = where;
    this.reason = reason;
    this.cure = cure;
  }
}

/** What is reported about a connection that is lost. */
export const QUEUE_FULL = {
  reason: "the queue of the server behind the relay stayed full",
} as const;

/** Bodies are bounded where they are read, so that the client gets a response that says why. */
const BODY_BYTES_MAX = Number.MAX_SAFE_INTEGER;

/** Listens; resolves once the socket is bound. Rejects with BindError. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { target, tls, isShared } = options;
  if (target.kind === "unix") {
    await removeStale(target);
    return new ServingListener(options);
  }
  const { headTimeoutMs = HEAD_TIMEOUT_MS, servesPipelined = false } = options;
  if (tls === undefined && (servesPipelined || headTimeoutMs !== HEAD_TIMEOUT_MS)) {
    return new GuardedListener(options, target, headTimeoutMs);
  }
  if (tls === undefined || isShared === true) return new ServingListener(options);
  // A certificate can only be replaced on a port that is shared; that nobody else has it shows
  // before.
  const probe = new ServingListener(options);
  const { port } = probe;
  await probe.abort();
  return new ServingListener({ ...options, target: { ...target, port }, isShared: true });
}

/** A server that only a guard can reach, which gives clients as long as it is told. */
class GuardedListener implements Listener {
  readonly url: string;
  readonly port: number;
  readonly #server: ServingListener;
  readonly #guard: HeadGuard;

  constructor(
    options: ListenerOptions,
    target: Extract<ListenTarget, { kind: "tcp" }>,
    headTimeoutMs: number,
  ) {
    const serverPath = privatePath();
    this.#server = new ServingListener({ ...options, target: { kind: "unix", path: serverPath } });
    const isShared = options.isShared ?? false;
    try {
      this.#guard = new HeadGuard({
        ...target,
        isShared,
        headTimeoutMs,
        serverPath,
        onTlsClient: options.onTlsClient,
        lost: options.lost ?? (() => undefined),
      });
    } catch (error) {
      void this.#server.abort();
      throw bindError(target, error);
    }
    this.port = this.#guard.port;
    this.url = urlOf(target, this.port, false);
  }

  get pending(): number {
    return this.#server.pending;
  }

  async drain(): Promise<void> {
    await this.#guard.stop();
    await this.#server.drain();
    await this.#guard.empty();
  }

  async abort(): Promise<void> {
    this.#guard.abort();
    await this.#server.abort();
  }
}

/** An address that nothing else uses; on Linux it is not a file. */
function privatePath(): string {
  const name = `edge-${process.pid}-${randomUUID()}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

class ServingListener implements Listener {
  readonly url: string;
  readonly port: number;
  readonly replaceTls?: (tls: ListenTlsPem) => Promise<void>;
  readonly #options: ListenerOptions;
  /** The last one takes new connections; the others answer what they have. */
  readonly #servers: Bun.Server<undefined>[] = [];

  constructor(options: ListenerOptions) {
    const { target, tls, isShared } = options;
    this.#options = options;
    if (tls !== undefined && isShared === true) {
      this.replaceTls = async (next) => this.#replace(next);
      this.#options = {
        ...options,
        fetch: (request, server) => this.#answer(options.fetch(request, server), server),
      };
    }
    const server = this.#open(this.#options);
    this.port = server.port ?? 0;
    this.url = urlOf(target, this.port, tls !== undefined);
  }

  get pending(): number {
    return this.#servers.reduce((sum, { pendingRequests }) => sum + pendingRequests, 0);
  }

  async drain(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  async abort(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop(true)));
  }

  /** An old server closes its connections behind their responses: clients must not ask again. */
  async #answer(
    answer: Response | Promise<Response>,
    server: Bun.Server<undefined>,
  ): Promise<Response> {
    const response = await answer;
    if (server !== this.#servers.at(-1)) response.headers.set("connection", "close");
    return response;
  }

  #replace(tls: ListenTlsPem): void {
    const { target } = this.#options;
    if (target.kind === "unix") return;
    const old = [...this.#servers];
    this.#open({ ...this.#options, target: { ...target, port: this.port }, tls });
    // Their remaining responses are not waited for.
    for (const server of old) void this.#retire(server);
  }

  async #retire(server: Bun.Server<undefined>): Promise<void> {
    await server.stop();
    this.#servers.splice(this.#servers.indexOf(server), 1);
  }

  #open(options: ListenerOptions): Bun.Server<undefined> {
    try {
      const server = serve(options);
      this.#servers.push(server);
      return server;
    } catch (error) {
      throw bindError(options.target, error);
    }
  }
}

function serve(options: ListenerOptions): Bun.Server<undefined> {
  const { target, tls } = options;
  const seconds = Math.ceil(options.idleTimeoutMs / 1000);
  const shared = {
    development: false,
    maxRequestBodySize: BODY_BYTES_MAX,
    fetch: options.fetch,
    error: failed,
    ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
  };
  // Over TLS clients would change to HTTP/2 by themselves; in the clear only those speak it that
  // were told to, gRPC above all, and they get a response.
  const http2 = tls === undefined;
  const idleTimeout = seconds > IDLE_TIMEOUT_S_MAX ? 0 : seconds;
  if (target.kind === "unix") {
    const onSocket = { ...shared, unix: target.path };
    // Without it Bun's 10 seconds apply there, too; its types do not know that it can be set.
    Object.assign(onSocket, { idleTimeout, http2 });
    return Bun.serve(onSocket);
  }
  return Bun.serve({
    ...shared,
    hostname: target.host,
    port: target.port,
    // Without it Bun shares the port with whoever holds it as soon as development is off.
    reusePort: options.isShared ?? false,
    idleTimeout,
    http2,
  });
}

function tlsOptions({ cert, key, clientCa }: ListenTlsPem): Bun.TLSOptions {
  if (clientCa === undefined) return { cert, key };
  return { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}

/** The request's own handler catches everything; this is for what it cannot foresee. */
function failed(): Response {
  return problem(500, "internal_error", "the proxy failed on this request");
}

/** A socket file that nobody listens on is left over from a process that was killed. */
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

function bindError(target: ListenTarget, error: unknown): BindError {
  const where = describe(target);
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  switch (code) {
    case "EADDRINUSE": {
      // The runtime reports the same for a name that it cannot resolve.
      const isName = target.kind === "tcp" && net.isIP(target.host) === 0;
      const reason = isName ? "it is in use, or the name has no address" : "it is in use";
      return new BindError(where, reason, "stop what listens there or choose another");
    }
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
      const reason = errorMessage(error);
      return new BindError(where, reason, "check listen_address, listen_port and tls");
    }
  }
}

function describe(target: ListenTarget): string {
  if (target.kind === "unix") return `unix:${target.path}`;
  return target.host.includes(":")
    ? `[${target.host}]:${target.port}`
    : `${target.host}:${target.port}`;
}

function urlOf(target: ListenTarget, port: number, isTls: boolean): string {
  if (target.kind === "unix") return describe(target);
  return `${isTls ? "https" : "http"}://${describe({ ...target, port })}`;
}
