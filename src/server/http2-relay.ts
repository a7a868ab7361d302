// Relays HTTP/2 connections to a server that speaks HTTP/2, which is started for the first such
// connection. It does not look at what it relays, except to check that a request begins in time.

import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LATE_TIMER_MS } from "../core/limits.ts";
import type { RelayedClient } from "./http1/http1-server.ts";
import { Http2Opening } from "./http2-opening.ts";

export interface Http2RelayOptions {
  readonly idleTimeoutS: number;
  readonly fetch: (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;
  readonly failed: () => Response;
  /** A connection could not be passed on, and was closed. */
  readonly lost: () => void;
  /** How long a client may take to begin a request, and what is called if it does not. */
  readonly headTimeoutMs: number;
  readonly timedOut: () => void;
  /** What has arrived is not HTTP/2: the server closed the connection before any request began. */
  readonly refused: () => void;
}

type ClientEnd = Pick<
  Bun.Socket<unknown>,
  "write" | "end" | "terminate" | "pause" | "resume" | "remoteAddress"
>;
type ServerEnd = Bun.Socket<Passage>;

export class Http2Relay {
  readonly #options: Http2RelayOptions;
  #server: Bun.Server<undefined> | undefined;
  #path = "";

  constructor(options: Http2RelayOptions) {
    this.#options = options;
  }

  /** Requests in flight. */
  get pending(): number {
    return this.#server?.pendingRequests ?? 0;
  }

  /** Takes a connection, with the bytes that its client has sent. */
  take(client: ClientEnd, bytes: Buffer): RelayedClient {
    this.#server ??= this.#serve();
    const passage = new Passage(client, bytes, this.#options);
    void passage.open(this.#path);
    return passage;
  }

  /** Resolves when every request in flight has been answered. */
  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async abort(): Promise<void> {
    await this.#server?.stop(true);
  }

  #serve(): Bun.Server<undefined> {
    const { fetch, failed, idleTimeoutS } = this.#options;
    this.#path = privatePath();
    const options = {
      development: false,
      // Bodies are bounded where they are read.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      unix: this.#path,
      fetch,
      error: failed,
    };
    // Bun's types do not know these options for a unix socket.
    Object.assign(options, { idleTimeout: idleTimeoutS, http2: true });
    return Bun.serve(options);
  }
}

/** An address that nothing else uses; on Linux it is not a file. */
function privatePath(): string {
  const name = `edge-${process.pid}-${randomUUID()}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

/** One connection: both ends, and for each end the bytes that it has not accepted yet. */
class Passage implements RelayedClient {
  readonly #client: ClientEnd;
  #server: ServerEnd | undefined;
  #toServer: Buffer | undefined;
  #toClient: Uint8Array | undefined;
  #isClosed = false;
  #isServerGone = false;
  readonly #options: Http2RelayOptions;
  readonly #opening = new Http2Opening();
  #waiting: Timer | undefined;

  constructor(client: ClientEnd, bytes: Buffer, options: Http2RelayOptions) {
    this.#client = client;
    this.#toServer = bytes;
    this.#options = options;
    this.#opening.take(bytes);
    if (!this.#opening.isOver) this.#wait(options.headTimeoutMs);
  }

  /** Ends a connection on which no request begins. */
  #wait(ms: number): void {
    const dueMs = performance.now() + ms;
    this.#waiting = setTimeout(() => {
      // What arrived while this thread was busy is read first.
      if (performance.now() - dueMs > LATE_TIMER_MS) this.#wait(LATE_TIMER_MS);
      else {
        this.#options.timedOut();
        this.#isClosed = true;
        this.#client.end();
        this.#server?.terminate();
      }
    }, ms);
    this.#waiting.unref();
  }

  #look(bytes: Buffer): void {
    if (this.#opening.isOver) return;
    this.#opening.take(bytes);
    if (this.#opening.isOver) clearTimeout(this.#waiting);
  }

  async open(path: string): Promise<void> {
    this.#client.pause();
    try {
      const socket = {
        data: (_end: ServerEnd, bytes: Buffer) => this.#answered(bytes),
        drain: () => this.#serverDrained(),
        close: () => this.#serverClosed(),
        error: (end: ServerEnd) => end.terminate(),
      };
      const server = await Bun.connect<Passage>({ unix: path, data: this, socket });
      if (this.#isClosed) {
        server.end();
        return;
      }
      this.#server = server;
      this.#serverDrained();
    } catch {
      this.#options.lost();
      this.cut();
    }
  }

  received(bytes: Buffer): void {
    this.#look(bytes);
    if (this.#toServer !== undefined || this.#server === undefined) {
      this.#toServer = Buffer.concat([this.#toServer ?? Buffer.alloc(0), bytes]);
      return;
    }
    this.#toServer = bytes;
    this.#serverDrained();
    if (this.#toServer !== undefined) this.#client.pause();
  }

  drained(): void {
    if (this.#toClient === undefined) return;
    const sent = Math.max(0, this.#client.write(this.#toClient));
    if (sent < this.#toClient.length) {
      this.#toClient = this.#toClient.subarray(sent);
      return;
    }
    this.#toClient = undefined;
    if (this.#isServerGone) this.#client.end();
    else this.#server?.resume();
  }

  closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#waiting);
    this.#server?.end();
  }

  cut(): void {
    clearTimeout(this.#waiting);
    this.#client.terminate();
    this.#server?.terminate();
  }

  #answered(bytes: Buffer): void {
    if (this.#isClosed) return;
    const sent = this.#toClient === undefined ? Math.max(0, this.#client.write(bytes)) : 0;
    if (sent === bytes.length) return;
    const rest = bytes.subarray(sent);
    this.#toClient = this.#toClient === undefined ? rest : Buffer.concat([this.#toClient, rest]);
    this.#server?.pause();
  }

  #serverDrained(): void {
    if (this.#toServer === undefined || this.#server === undefined) return;
    const sent = Math.max(0, this.#server.write(this.#toServer));
    if (sent < this.#toServer.length) {
      this.#toServer = this.#toServer.subarray(sent);
      return;
    }
    this.#toServer = undefined;
    this.#client.resume();
  }

  #serverClosed(): void {
    this.#isServerGone = true;
    clearTimeout(this.#waiting);
    if (!this.#isClosed && !this.#opening.isOver) this.#options.refused();
    if (!this.#isClosed && this.#toClient === undefined) this.#client.end();
  }
}
