// HTTP/1.1 to one host over plain TCP: a pool of connections that returns each reply as a Response.
// It exists for speed, and because it knows two things that `fetch` does not tell: whether a
// connection is still being opened, and whether it was taken from the pool.

import type { InFlightRequest } from "../in-flight-requests.ts";
import type { AddedHeaders } from "../added-headers.ts";
import type { Transport } from "../transport.ts";
import { type LoopShare, loopShare } from "../../system/index.ts";
import type { UpstreamRequest } from "../../pipeline/upstream.ts";
import { type UpstreamBase, requestTarget } from "../../pipeline/upstream-url.ts";
import { wholeBody } from "../whole-body.ts";
import { wholeResponse } from "../../pipeline/whole-response.ts";
import { Connection, type Exchange } from "./connection.ts";
import { type ResponseHead, MalformedResponseError } from "./response-reader.ts";
import {
  IDLE_CONNECTIONS_MAX,
  WAITING_BYTES_MAX,
  CONNECTION_IDLE_MS_MAX,
  WHOLE_ANSWER_BYTES_MAX,
} from "../../core/limits.ts";

/** Opens connections; `Bun.connect`. */
export type Connect = (
  options: Bun.TCPSocketConnectOptions<Connection | undefined>,
) => Promise<Bun.Socket<Connection | undefined>>;

export class Http1Transport implements Transport {
  readonly knowsConnect = true;
  readonly #base: UpstreamBase;
  readonly #added: AddedHeaders;
  readonly #connect: Connect;
  readonly #share: LoopShare;
  readonly #idle: Connection[] = [];
  readonly #handlers: Bun.SocketHandler<Connection | undefined>;

  constructor(
    base: UpstreamBase,
    added: AddedHeaders,
    connect: Connect = Bun.connect,
    share: LoopShare = loopShare,
  ) {
    this.#base = base;
    this.#added = added;
    this.#connect = connect;
    this.#share = share;
    this.#handlers = {
      data: (socket, bytes) => socket.data?.received(bytes),
      drain: (socket) => socket.data?.drained(),
      close: (socket, error) => socket.data?.ended(error),
      error: (socket, error) => socket.data?.ended(error),
      // Bun.connect rejects as well; without this handler the error would be reported twice.
      connectError: () => undefined,
    };
  }

  start(request: UpstreamRequest, inFlight: InFlightRequest, isFresh: boolean): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const answer = new Answer(inFlight, resolve, reject);
    inFlight.target = answer;
    const pooled = isFresh ? undefined : this.#take();
    inFlight.metPooled = pooled !== undefined;
    if (pooled !== undefined) {
      inFlight.isConnected = true;
      this.#send(pooled, request, answer);
    } else {
      void this.#open(request, inFlight, answer);
    }
    return promise;
  }

  stop(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  async #open(request: UpstreamRequest, inFlight: InFlightRequest, answer: Answer): Promise<void> {
    const { hostname, port } = this.#base;
    try {
      const socket = await this.#connect({
        hostname,
        port,
        data: undefined,
        socket: this.#handlers,
      });
      const connection = new Connection(
        socket,
        (one) => this.#keep(one),
        (one) => this.#forget(one),
        this.#share,
      );
      socket.data = connection;
      if (answer.isOver) {
        connection.close();
        return;
      }
      socket.setNoDelay(true);
      inFlight.isConnected = true;
      this.#send(connection, request, answer);
    } catch (error) {
      answer.failed(error);
    }
  }

  #send(connection: Connection, request: UpstreamRequest, answer: Answer): void {
    answer.connection = connection;
    try {
      connection.send(request.method, this.#head(request), request.body, answer);
    } catch (error) {
      connection.abort(error);
    }
  }

  /** The head of a request, in Latin-1 like header values. */
  #head(request: UpstreamRequest): string {
    const { method, headers, body } = request;
    const target = requestTarget(this.#base, request);
    let head = `${method} ${target} HTTP/1.1\r\nhost: ${this.#base.host}\r\n`;
    head += this.#added.lines(headers);
    if (body instanceof Uint8Array) head += `content-length: ${body.length}\r\n`;
    else if (body === null && needsLength(method)) head += "content-length: 0\r\n";
    else if (body !== null && !headers.has("content-length"))
      head += "transfer-encoding: chunked\r\n";
    return `${head}\r\n`;
  }

  /** Takes the connection that was used last, so that connections that are not needed grow old. */
  #take(): Connection | undefined {
    const oldest = this.#idle[0];
    if (oldest === undefined) return undefined;
    if (performance.now() - oldest.idleSinceMs > CONNECTION_IDLE_MS_MAX) this.#closeOld();
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || !connection.isClosed) return connection;
    }
  }

  #closeOld(): void {
    const sinceMs = performance.now() - CONNECTION_IDLE_MS_MAX;
    const old = this.#idle.filter(({ idleSinceMs }) => idleSinceMs < sinceMs);
    for (const connection of old) {
      this.#forget(connection);
      connection.close();
    }
  }

  #keep(connection: Connection): void {
    if (this.#idle.length >= IDLE_CONNECTIONS_MAX) {
      connection.close();
      return;
    }
    connection.idleSinceMs = performance.now();
    this.#idle.push(connection);
  }

  #forget(connection: Connection): void {
    const at = this.#idle.lastIndexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
  }
}

/** RFC 9110 section 8.6: methods whose requests are expected to have content. */
function needsLength(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

/** One response: a complete Response if it came in one piece, otherwise one with a stream. */
class Answer implements Exchange {
  connection: Connection | undefined;
  isOver = false;
  readonly #inFlight: InFlightRequest;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: unknown) => void;
  #head: ResponseHead | undefined;
  #pieces: Uint8Array[] = [];
  #isDone = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isPaused = false;

  constructor(
    inFlight: InFlightRequest,
    resolve: (response: Response) => void,
    reject: (error: unknown) => void,
  ) {
    this.#inFlight = inFlight;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Ends it from outside: because of a deadline, or because the client went away. */
  abort(reason: unknown): void {
    if (this.#isDone) return;
    const { connection } = this;
    if (connection === undefined) this.failed(reason);
    else connection.abort(reason);
  }

  head(head: ResponseHead): void {
    this.#head = head;
    const { hasBody, length } = head;
    if (!hasBody || (length !== undefined && length <= WHOLE_ANSWER_BYTES_MAX)) return;
    // The rest of what arrived with the head is taken first.
    queueMicrotask(() => this.#answerStream());
  }

  piece(bytes: Uint8Array, start: number, end: number): void {
    const copy = new Uint8Array(bytes.subarray(start, end));
    if (this.#stream === undefined) {
      this.#pieces.push(copy);
      return;
    }
    this.#stream.enqueue(copy);
    const waitingBytes = -(this.#stream.desiredSize ?? 0);
    if (waitingBytes < WAITING_BYTES_MAX || this.#isPaused) return;
    this.#isPaused = true;
    this.connection?.pause();
  }

  ended(): void {
    this.#isDone = true;
    this.isOver = true;
    // The next request on this connection must be able to read its own response.
    if (this.#isPaused) this.connection?.resume();
    if (this.#stream === undefined) this.#answerWhole();
    else this.#stream.close();
  }

  failed(error: unknown): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.isOver = true;
    if (this.#stream === undefined) this.#reject(error);
    else this.#stream.error(error);
  }

  #answerWhole(): void {
    const head = this.#head;
    if (head === undefined) return;
    const body = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    const isTyped = head.headers.some(([name]) => name === "content-type");
    this.#inFlight.isWhole = isTyped || body === undefined || body.length === 0;
    if (!head.hasBody || body === undefined) {
      this.#respond(head, null);
      return;
    }
    // It came in chunks, and leaves in one piece.
    if (head.length === undefined) head.headers.push(["content-length", String(body.length)]);
    this.#respond(head, wholeBody(body, isTyped));
  }

  /** The response has begun but is incomplete: the rest goes through a stream. */
  #answerStream(): void {
    const head = this.#head;
    if (head === undefined || this.#isDone) return;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller;
          for (const piece of this.#pieces) controller.enqueue(piece);
          this.#pieces = [];
        },
        pull: () => {
          if (!this.#isPaused) return;
          this.#isPaused = false;
          this.connection?.resume();
        },
        cancel: () => {
          this.#isDone = true;
          this.connection?.abort(undefined);
        },
      },
      { highWaterMark: 0, size: (piece) => piece?.length ?? 0 },
    );
    this.#respond(head, stream);
  }

  #respond(head: ResponseHead, body: Uint8Array | ReadableStream<Uint8Array> | null): void {
    const { status, statusText, headers } = head;
    const init = { status, statusText, headers };
    try {
      const isBytes = body instanceof Uint8Array;
      this.#resolve(isBytes ? wholeResponse(body, init) : new Response(body, init));
    } catch {
      const error = new MalformedResponseError("a header with what none may hold");
      this.#isDone = true;
      this.connection?.abort(error);
      this.#reject(error);
    }
  }
}
