// An HTTP server that records what reaches it, byte for byte, and answers as it is told. It reads
// HTTP/1.1 by hand, so that it can show raw headers, die at any point and answer what no server
// would.

import * as net from "node:net";
import * as tls from "node:tls";

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  /** In order, names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  /** Number of the connection that it came on, from 1. */
  readonly connection: number;
}

export interface RespondContext {
  readonly request: RecordedRequest;
  readonly socket: net.Socket;
  /** Number of the request, from 1. */
  readonly count: number;
}

/** Text is written raw; undefined leaves the connection as it is. */
export type Respond = (context: RespondContext) => string | Buffer | undefined;

export function rawResponse(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = "",
): Buffer {
  const bytes = Buffer.from(body);
  const all = { "content-type": "text/plain", "content-length": String(bytes.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join("")}\r\n`), bytes]);
}

export class RecordingUpstream {
  readonly requests: RecordedRequest[] = [];
  connections = 0;
  /** Answers to give; default 200 "ok". */
  respond: Respond = () => rawResponse(200, {}, "ok");
  /** Called with the first bytes of a connection, before its request is whole. */
  early: ((socket: net.Socket) => void) | undefined;
  readonly #server: net.Server;
  readonly #scheme: string;
  readonly #sockets = new Set<net.Socket>();
  readonly #waiters: (() => void)[] = [];

  private constructor(server: net.Server, scheme: string) {
    this.#server = server;
    this.#scheme = scheme;
    const event = scheme === "https" ? "secureConnection" : "connection";
    server.on(event, (socket: net.Socket) => this.#accept(socket));
    server.on("tlsClientError", () => undefined);
  }

  /** Over TLS when it is given a certificate. */
  static async start(secure?: tls.TlsOptions): Promise<RecordingUpstream> {
    const server = secure === undefined ? net.createServer() : tls.createServer(secure);
    const upstream = new RecordingUpstream(server, secure === undefined ? "http" : "https");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return address.port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get last(): RecordedRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("nothing was received");
    return request;
  }

  header(name: string): string | undefined {
    return this.last.headers.find(([key]) => key === name)?.[1];
  }

  /** Resolves when all connections are closed. */
  async allClosed(): Promise<void> {
    while (this.#sockets.size > 0) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: net.Socket): void {
    this.#sockets.add(socket);
    const connection = ++this.connections;
    let pending = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      for (const wake of this.#waiters.splice(0)) wake();
    });
    socket.once("data", () => this.early?.(socket));
    socket.on("data", (piece) => {
      pending = Buffer.concat([pending, Buffer.from(piece)]);
      for (;;) {
        const parsed = parseRequest(pending, connection);
        if (parsed === undefined) return;
        pending = parsed.rest;
        this.requests.push(parsed.request);
        const count = this.requests.length;
        const answer = this.respond({ request: parsed.request, socket, count });
        if (answer !== undefined) socket.write(answer);
      }
    });
  }
}

interface Parsed {
  readonly request: RecordedRequest;
  readonly rest: Buffer<ArrayBuffer>;
}

/** One whole request from the front of `bytes`, or undefined when it is not all there yet. */
function parseRequest(bytes: Buffer, connection: number): Parsed | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const of = (name: string) => headers.find(([key]) => key === name)?.[1];
  const start = end + 4;
  if (of("transfer-encoding") === "chunked") {
    const chunked = parseChunks(bytes, start);
    if (chunked === undefined) return undefined;
    const request = { method, target, headers, body: chunked.body, connection };
    return { request, rest: Buffer.from(bytes.subarray(chunked.end)) };
  }
  const length = Number(of("content-length") ?? 0);
  if (bytes.length < start + length) return undefined;
  const body = Buffer.from(bytes.subarray(start, start + length));
  return {
    request: { method, target, headers, body, connection },
    rest: Buffer.from(bytes.subarray(start + length)),
  };
}

function parseChunks(bytes: Buffer, start: number): { body: Buffer; end: number } | undefined {
  const pieces: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(pieces), end: next };
    pieces.push(Buffer.from(bytes.subarray(lineEnd + 2, lineEnd + 2 + size)));
    at = next;
  }
}
