// One connection of a client: reads its requests, passes them on one at a time, and writes their
// responses in order. Whatever arrives before a response has ended waits for that end.

import {
  PIPELINED_BYTES_MAX,
  SLOW_BODY_BYTES_PER_SECOND_MIN,
  UNREAD_BYTES_MAX,
  UNREAD_MS_MAX,
} from "../../core/limits.ts";
import { freeBuffer } from "../../pipeline/free-buffer.ts";
import { loopShare } from "../../system/index.ts";
import { wholeBodyOf } from "../../pipeline/whole-response.ts";
import { IncomingBody } from "../incoming-body.ts";
import { IncomingRequest, type RequestOrigin } from "../incoming-request.ts";
import { Outlet } from "./outlet.ts";
import type { FramingRefusal, ReceivedHead } from "./request-head.ts";
import { HTTP2_PREFACE, RequestReader } from "./request-reader.ts";
import { statusLine } from "./response-head.ts";
import { ResponseWriter } from "./response-writer.ts";

export type ClientSocket = Bun.Socket<ClientConnection | undefined>;

/** The part of an exchange for which a client was too slow. */
export type TimeoutPhase = "head" | "body" | "response";

/** What a connection asks of the server that accepted it. */
export interface ConnectionOwner {
  readonly scheme: "http" | "https";
  /** How long a client may take to send a head. */
  readonly headTimeoutMs: number;
  /** How long a connection may be silent. */
  readonly idleTimeoutMs: number;
  /** Whether each response is the last one of its connection. */
  readonly isStopping: boolean;
  nowMs(): number;
  answer(request: IncomingRequest): Response | Promise<Response>;
  /** The response that replaces one that could not be made. */
  failed(): Response;
  began(): void;
  ended(): void;
  /** A client took too long. */
  timedOut(phase: TimeoutPhase): void;
  /** What arrived is not a request, or could be read as a different one. */
  refused(status: FramingRefusal): void;
  /** The connection begins with TLS on a port without TLS. */
  metTls(): void;
  /** The connection speaks HTTP/2 and is handed over; `bytes`: everything that it has sent. */
  metHttp2(socket: ClientSocket, bytes: Buffer): void;
}

/** A request, from its head until its response has been written. */
interface Exchange {
  readonly head: ReceivedHead;
  readonly body: IncomingBody;
  readonly request: IncomingRequest;
  isHandedOn: boolean;
  isAnswering: boolean;
}

/** How every TLS connection begins, and no request does (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;
const NOTHING = Buffer.alloc(0);
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

export class ClientConnection implements RequestOrigin {
  readonly #socket: ClientSocket;
  readonly #owner: ConnectionOwner;
  readonly #outlet: Outlet;
  readonly #writer: ResponseWriter;
  readonly #reader: RequestReader;
  #exchange: Exchange | undefined;
  /** What has arrived after a request that is not answered yet. */
  #held: Buffer | undefined;
  #isTaking = false;
  /** Whether nobody needs the arriving bytes any more. */
  #isSpent = false;
  #isPaused = false;
  #isClosed = false;
  #hasBegun = false;
  /** Reading pauses until other connections have had their turn. */
  #isResting = false;
  /** Since when nothing is answered any more; whatever still arrives is thrown away. */
  #leavingSinceMs: number | undefined;
  #thrownAwayBytes = 0;
  /** When bytes last came or went, as of the last check. */
  #activeMs: number;
  #sentBytes = 0;
  /** Since when an incomplete head has been awaited; undefined: none is. */
  #headSinceMs: number | undefined;
  /** When the count of the body's bytes began. */
  #rateSinceMs = 0;
  #rateBytes = 0;
  /** Bytes of the current body; for chunks, without their lines. */
  #bodyBytes = 0;

  constructor(socket: ClientSocket, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#outlet = new Outlet(socket);
    this.#writer = new ResponseWriter(this.#outlet, {
      isLast: () => owner.isStopping,
      done: (end) => {
        if (end === "cut") socket.terminate();
        else this.#answered(end === "last");
      },
    });
    this.#activeMs = owner.nowMs();
    this.#headSinceMs = this.#activeMs;
    this.#reader = new RequestReader({
      head: (head) => this.#begin(head),
      piece: (bytes, start, end) => {
        this.#rateBytes += end - start;
        this.#bodyBytes += end - start;
        const isCopied = this.#exchange?.body.put(bytes, start, end) ?? true;
        this.#isSpent = isCopied && start === 0 && end === bytes.length;
      },
      end: () => this.#exchange?.body.end(),
    });
  }

  get scheme(): "http" | "https" {
    return this.#owner.scheme;
  }

  get address(): string {
    return this.#isClosed ? "" : this.#socket.remoteAddress;
  }

  /** Whether it waits for nothing but a request that has not begun. */
  get isIdle(): boolean {
    return this.#exchange === undefined && this.#held === undefined && this.#reader.isIdle;
  }

  /** Whether nothing of any request has arrived. */
  get isNew(): boolean {
    return !this.#hasBegun;
  }

  /** Whether a request is in progress, or written bytes are still being sent. */
  get isBusy(): boolean {
    return this.#exchange !== undefined || this.#leavingSinceMs !== undefined;
  }

  received(bytes: Buffer): void {
    this.#activeMs = this.#owner.nowMs();
    if (this.#leavingSinceMs !== undefined) {
      this.#thrownAwayBytes += bytes.length;
      if (this.#thrownAwayBytes > UNREAD_BYTES_MAX) this.#socket.terminate();
    } else if (this.#held !== undefined) {
      this.#held = Buffer.concat([this.#held, bytes]);
      this.#flow();
    } else {
      this.#take(bytes);
    }
  }

  drained(): void {
    this.#outlet.drained();
  }

  /** The socket is closed. */
  closed(): void {
    this.#isClosed = true;
    const exchange = this.#exchange;
    if (exchange !== undefined) {
      this.#exchange = undefined;
      this.#writer.giveUp();
      exchange.request.abort();
      this.#owner.ended();
    }
    this.#outlet.close();
  }

  /** Closes the connection, unless a request is in progress, which will be its last. */
  retire(): void {
    if (this.isIdle) this.#socket.end();
  }

  cut(): void {
    this.#socket.terminate();
  }

  /** A regular check for anything that has been awaited too long. */
  look(nowMs: number): void {
    const { headTimeoutMs, idleTimeoutMs } = this.#owner;
    if (this.#leavingSinceMs !== undefined) {
      if (nowMs - this.#leavingSinceMs >= UNREAD_MS_MAX) this.#socket.terminate();
      return;
    }
    if (this.#outlet.sentBytes !== this.#sentBytes) {
      this.#sentBytes = this.#outlet.sentBytes;
      this.#activeMs = nowMs;
    }
    if (this.#headSinceMs !== undefined && nowMs - this.#headSinceMs >= headTimeoutMs) {
      // A connection that has sent nothing asks for nothing: it is not a slow client.
      if (this.#hasBegun) this.#owner.timedOut("head");
      this.#socket.end();
    } else if (nowMs - this.#activeMs >= idleTimeoutMs || this.#isSlow(nowMs)) {
      if (this.isIdle) this.#socket.end();
      else {
        this.#owner.timedOut(this.#reader.isInBody ? "body" : "response");
        this.#socket.terminate();
      }
    }
  }

  /** Time in which this program made no checks is counted against nobody. */
  forgive(heldMs: number): void {
    this.#activeMs += heldMs;
    this.#rateSinceMs += heldMs;
    if (this.#headSinceMs !== undefined) this.#headSinceMs += heldMs;
    if (this.#leavingSinceMs !== undefined) this.#leavingSinceMs += heldMs;
  }

  /** Whether a body arrived too slowly over the time that a silent connection is given. */
  #isSlow(nowMs: number): boolean {
    const isWaited = this.#reader.isInBody && !this.#isPaused;
    const forMs = nowMs - this.#rateSinceMs;
    if (isWaited && forMs < this.#owner.idleTimeoutMs) return false;
    const isSlow = isWaited && this.#rateBytes * 1000 < forMs * SLOW_BODY_BYTES_PER_SECOND_MIN;
    this.#rateSinceMs = nowMs;
    this.#rateBytes = 0;
    return isSlow;
  }

  #take(bytes: Buffer): void {
    if (!this.#hasBegun && bytes.length > 0) {
      this.#hasBegun = true;
      if (bytes[0] === TLS_HANDSHAKE && this.scheme === "http") {
        this.#owner.metTls();
        this.#refuse(400);
        return;
      }
    }
    this.#isTaking = true;
    this.#isSpent = false;
    const isShareSpent = loopShare.isSpent;
    const at = this.#read(bytes);
    this.#isTaking = false;
    if (this.#isSpent) freeBuffer(bytes);
    if (this.#isClosed || this.#leavingSinceMs !== undefined) return;
    if (this.#reader.refusal === "http2" && this.scheme === "http") {
      const sent = Buffer.concat([Buffer.from(`${HTTP2_PREFACE}\r\n`), bytes.subarray(at)]);
      this.#owner.metHttp2(this.#socket, sent);
      return;
    }
    if (this.#reader.refusal !== undefined) {
      const refusal = this.#reader.refusal === "http2" ? 505 : this.#reader.refusal;
      this.#owner.refused(refusal);
      this.#refuse(refusal);
      return;
    }
    if (at < bytes.length) this.#held = bytes.subarray(at);
    this.#headSinceMs = this.#reader.isInHead ? (this.#headSinceMs ?? this.#activeMs) : undefined;
    if (this.#reader.isInBody && (isShareSpent || loopShare.isSpent)) this.#rest();
    this.#flow();
  }

  /** Hands on the requests that the bytes contain, as long as each is answered at once. */
  #read(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      if (this.#reader.isWhole) {
        if (this.#exchange !== undefined || this.#leavingSinceMs !== undefined) return at;
        this.#reader.next();
      }
      at = this.#reader.feed(bytes, at);
      const exchange = this.#exchange;
      if (exchange?.isHandedOn === false) this.#handOn(exchange);
      if (this.#isClosed || this.#reader.refusal !== undefined) return at;
      if (!this.#reader.isWhole && (at === bytes.length || loopShare.isSpent)) return at;
    }
  }

  #begin(head: ReceivedHead): void {
    const body = new IncomingBody(head.bodyBytes, () => this.#flow());
    this.#rateSinceMs = this.#activeMs;
    this.#rateBytes = 0;
    this.#bodyBytes = 0;
    this.#exchange = {
      head,
      body,
      request: new IncomingRequest(head, body, this),
      isHandedOn: false,
      isAnswering: false,
    };
  }

  #handOn(exchange: Exchange): void {
    exchange.isHandedOn = true;
    // A body that cannot be read to its end must not be sent on as if it were complete.
    if (this.#reader.refusal !== undefined) exchange.request.abort();
    else if (exchange.head.awaitsContinue && !this.#reader.isWhole) {
      this.#outlet.write(CONTINUE, undefined);
    }
    this.#owner.began();
    let answer: Response | Promise<Response>;
    try {
      answer = this.#owner.answer(exchange.request);
    } catch {
      answer = this.#owner.failed();
    }
    if (answer instanceof Response) {
      this.#answer(exchange, answer);
      return;
    }
    answer.then(
      (response) => this.#answer(exchange, response),
      () => this.#answer(exchange, this.#owner.failed()),
    );
  }

  #answer(exchange: Exchange, response: Response): void {
    if (this.#exchange !== exchange) {
      // The client is gone.
      if (wholeBodyOf(response) === undefined) response.body?.cancel().catch(() => undefined);
      return;
    }
    exchange.isAnswering = true;
    this.#writer.write(exchange.head, response);
  }

  #answered(isLast: boolean): void {
    if (!this.#reader.isWhole) this.#exchange?.body.throwAway();
    this.#exchange = undefined;
    this.#activeMs = this.#owner.nowMs();
    this.#owner.ended();
    if (isLast || (this.#owner.isStopping && this.#held === undefined)) {
      this.#leave();
    } else if (!this.#isTaking) {
      this.#takeHeld();
    }
  }

  #takeHeld(): void {
    const held = this.#held ?? NOTHING;
    this.#held = undefined;
    this.#take(held);
  }

  #refuse(status: FramingRefusal): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange !== undefined) {
      this.#writer.giveUp();
      exchange.request.abort();
      this.#owner.ended();
      if (exchange.isAnswering) {
        this.#socket.terminate();
        return;
      }
    }
    const text = `${statusLine(status, "")}Connection: close\r\ncontent-length: 0\r\n\r\n`;
    this.#outlet.write(text, undefined);
    this.#leave();
  }

  /**
   * Closes the connection after everything that has been written. If the client may still be
   * sending, it is read for a while longer, unless that has been done already: otherwise written
   * bytes may be lost (RFC 9112 section 9.6).
   */
  #leave(): void {
    const isAllRead = this.#reader.isWhole && this.#held === undefined && !this.#isPaused;
    this.#headSinceMs = undefined;
    if (isAllRead || this.#bodyBytes > UNREAD_BYTES_MAX) {
      this.#socket.end();
      return;
    }
    this.#leavingSinceMs = this.#owner.nowMs();
    this.#thrownAwayBytes = this.#bodyBytes;
    this.#held = undefined;
    this.#socket.shutdown();
    this.#flow();
  }

  #rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    loopShare.later(() => {
      this.#isResting = false;
      if (this.#held === undefined || !this.#reader.isInBody) this.#flow();
      else if (!this.#isClosed) this.#takeHeld();
    });
  }

  /** Reads from the client as long as there is room for what it sends. */
  #flow(): void {
    if (this.#isClosed || this.#isTaking) return;
    const isFull =
      this.#leavingSinceMs === undefined &&
      (this.#isResting ||
        this.#exchange?.body.isFull === true ||
        (this.#held?.length ?? 0) > PIPELINED_BYTES_MAX);
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }
}
