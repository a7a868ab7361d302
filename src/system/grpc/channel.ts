// Connections to one gRPC server: few, each with many calls. A new one is opened when the existing
// ones are full or have been told to go away. After a failed attempt the next one waits a little,
// and calls fail at once meanwhile. Knows HTTP/2, and nothing of calls.

import * as http2 from "node:http2";
import {
  GRPC_CONNECTIONS_MAX,
  GRPC_PROBE_MS,
  GRPC_RECONNECT_MS_MAX,
  GRPC_RECONNECT_MS_MIN,
  GRPC_STREAM_WINDOW_BYTES,
} from "../../core/limits.ts";

/** PEM texts; left out: those of the runtime. */
export interface ChannelTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** A connection that calls can be made on. */
export interface Connection {
  readonly session: http2.ClientHttp2Session;
  /** Whether it has answered before. */
  hasAnswered: boolean;
  /** Calls that are on their way. */
  active: number;
  /** The last stream that the server has looked at; undefined: it has not told us to go. */
  lastStream: number | undefined;
}

export interface ChannelOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string;
  readonly tls?: ChannelTls | undefined;
  /** Default: the real ones. */
  readonly nowMs?: () => number;
  readonly random?: () => number;
}

/** What servers take that say nothing. */
const STREAMS_DEFAULT = 100;

export class Channel {
  readonly #options: ChannelOptions;
  readonly #nowMs: () => number;
  readonly #connections = new Set<Connection>();
  /** Also those that are not open yet, or told to go. */
  readonly #sessions = new Set<http2.ClientHttp2Session>();
  readonly #waiting: ((connection: Connection) => void)[] = [];
  #opening: Promise<Connection> | undefined;
  #failures = 0;
  #notBeforeMs = 0;
  #lastError: Error | undefined;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * A connection with room for a call, which counts as one of its calls from now on; `release` it.
   * Rejects with what kept it from being opened. With `isFresh` it is a new one.
   */
  async acquire(isFresh: boolean): Promise<Connection> {
    const known = isFresh ? undefined : this.#withRoom();
    const connection = known ?? (await this.#more(isFresh));
    if (connection !== known) return connection;
    connection.active++;
    return connection;
  }

  /** A call is over. */
  release(connection: Connection): void {
    connection.active--;
    const next = this.#isUsable(connection) ? this.#waiting.shift() : undefined;
    if (next === undefined) return;
    connection.active++;
    next(connection);
  }

  /** A call was not answered in time: a connection that is dead must not keep the others. */
  suspect({ session }: Connection): void {
    if (session.destroyed || session.closed) return;
    const timer = setTimeout(() => session.destroy(), GRPC_PROBE_MS);
    timer.unref();
    session.ping(() => clearTimeout(timer));
  }

  /** Lets calls on their way end. */
  close(): void {
    for (const { session } of this.#connections) session.close();
  }

  /** Ends all connections, whatever is on its way. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #withRoom(): Connection | undefined {
    for (const connection of this.#connections) {
      if (this.#isUsable(connection)) return connection;
    }
    return undefined;
  }

  #isUsable({ session, active, lastStream }: Connection): boolean {
    if (session.closed || session.destroyed || lastStream !== undefined) return false;
    return active < (session.remoteSettings.maxConcurrentStreams ?? STREAMS_DEFAULT);
  }

  /** A new connection, or a place on one as soon as a call ends. */
  async #more(isFresh: boolean): Promise<Connection> {
    if (!isFresh && this.#connections.size >= GRPC_CONNECTIONS_MAX) {
      return new Promise((resolve) => void this.#waiting.push(resolve));
    }
    if (this.#nowMs() < this.#notBeforeMs && this.#lastError !== undefined) throw this.#lastError;
    // Calls that come together share the one that is being opened.
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    const connection = await this.#opening;
    if (!this.#isUsable(connection)) return this.acquire(false);
    connection.active++;
    return connection;
  }

  #open(): Promise<Connection> {
    const { origin, tls } = this.#options;
    return new Promise((resolve, reject) => {
      const session = http2.connect(origin, { ...SESSION, ...tlsOptions(tls) });
      this.#sessions.add(session);
      const connection: Connection = {
        session,
        hasAnswered: false,
        active: 0,
        lastStream: undefined,
      };
      let isOpen = false;
      session.on("error", (error: Error) => {
        if (!isOpen) this.#failed(error);
        reject(error);
      });
      session.on("goaway", (_code: number, lastStream: number) => {
        connection.lastStream = lastStream;
        this.#connections.delete(connection);
      });
      session.on("close", () => {
        this.#sessions.delete(session);
        this.#connections.delete(connection);
        if (!isOpen) reject(new ConnectionEnded());
      });
      session.on("remoteSettings", () => {
        if (isOpen) return;
        isOpen = true;
        this.#failures = 0;
        this.#notBeforeMs = 0;
        this.#connections.add(connection);
        resolve(connection);
      });
    });
  }

  #failed(error: Error): void {
    const { random = Math.random } = this.#options;
    const waitMs = Math.min(GRPC_RECONNECT_MS_MAX, GRPC_RECONNECT_MS_MIN * 2 ** this.#failures);
    this.#failures++;
    this.#lastError = error;
    this.#notBeforeMs = this.#nowMs() + waitMs * (0.5 + random() / 2);
  }
}

/** The connection ended before it was one, or under a call that was not answered. */
export class ConnectionEnded extends Error {
  readonly code = "ECONNRESET";
  /** Whether nobody has looked at the call: it may be made again. */
  readonly isUnseen: boolean;
  constructor(isUnseen = false) {
    super("the connection ended");
    this.isUnseen = isUnseen;
    this.name = "ConnectionEnded";
  }
}

const SESSION = {
  settings: { enablePush: false, initialWindowSize: GRPC_STREAM_WINDOW_BYTES },
} as const;

function tlsOptions(tls: ChannelTls | undefined): http2.SecureClientSessionOptions {
  if (tls === undefined) return {};
  const { ca, cert, key } = tls;
  return {
    ...(ca === undefined ? {} : { ca, rejectUnauthorized: true }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
