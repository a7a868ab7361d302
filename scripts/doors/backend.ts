// The backend behind all doors, and the exporter that is scraped: takes bodies and says which
// records arrived, or fails as it is told to.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { OTLP_RESPONSE, scrapeText } from "./doors.ts";
import type { Ledger } from "./ledger.ts";

/** What it does with a request, once it has read it. */
export type Manner =
  | { readonly kind: "takes"; readonly afterMs?: number }
  | { readonly kind: "answers"; readonly status: number }
  /** The connection, without an answer. */
  | { readonly kind: "closes" }
  /** The same, but only a connection that has carried a request before. */
  | { readonly kind: "closes kept" }
  | { readonly kind: "is silent" }
  /** Half of its answer. */
  | { readonly kind: "dies within" };

const REQUEST = /record (\d+)\./;

export class Backend {
  /** Decides on each request. */
  manner: () => Manner = () => ({ kind: "takes" });
  /** Requests that it took, and the bytes of their bodies. */
  taken = 0;
  takenBytes = 0;
  readonly #ledgers: readonly Ledger[];
  readonly #sockets = new Map<Socket, number>();
  #server: Server | undefined;
  #port = 0;

  constructor(ledgers: readonly Ledger[]) {
    this.#ledgers = ledgers;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Again on the same port, once it has one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.keepAliveTimeout = 60_000;
    server.on("connection", (socket: Socket) => {
      this.#sockets.set(socket, 0);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    // A TCP server's address is no string.
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Refuses connections from now on; those that there are end. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets.keys()) socket.destroy();
    await ended;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      return;
    }
    const { socket } = request;
    const before = this.#sockets.get(socket) ?? 0;
    this.#sockets.set(socket, before + 1);
    const body = Buffer.concat(pieces);
    const manner = this.manner();
    switch (manner.kind) {
      case "takes":
        if (manner.afterMs !== undefined) await Bun.sleep(manner.afterMs);
        return this.#take(request, response, body);
      case "answers":
        response.writeHead(manner.status, { "content-type": "text/plain" });
        response.end("no");
        return undefined;
      case "closes":
        socket.destroy();
        return undefined;
      case "closes kept":
        if (before > 0) socket.destroy();
        else this.#take(request, response, body);
        return undefined;
      case "is silent":
        return undefined;
      case "dies within":
        // It has taken what it was sent, whatever becomes of its answer.
        this.#arrived(body);
        response.writeHead(200, { "content-type": "text/plain", "content-length": "100000" });
        response.write("work_done 1\n".repeat(100));
        setTimeout(() => socket.destroy(), 20);
        return undefined;
    }
  }

  #arrived(body: Buffer): void {
    const text = body.toString("latin1");
    const number = Number(REQUEST.exec(text)?.[1] ?? 0);
    this.taken++;
    this.takenBytes += body.length;
    this.#ledgers.find((ledger) => ledger.knows(number))?.arrived(text);
  }

  #take(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
      response.end(scrapeText());
      return;
    }
    this.#arrived(body);
    const isProtobuf = request.headers["content-type"]?.includes("protobuf") === true;
    const type = isProtobuf ? "application/x-protobuf" : "application/json";
    response.writeHead(200, { "content-type": type });
    response.end(isProtobuf ? OTLP_RESPONSE : "{}");
  }
}
