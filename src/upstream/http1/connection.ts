// One connection to an upstream: writes one request at a time and reads its response. It is a plain
// TCP socket; where TLS or proxies are needed, `fetch` is used instead.

import { freeBuffer } from "../../pipeline/free-buffer.ts";
import type { OutgoingBody } from "../../pipeline/upstream.ts";
import { type LoopShare, loopShare } from "../../system/index.ts";
import { type ResponseHead, ResponseReader } from "./response-reader.ts";

/** The connection ended before the response did. */
class ConnectionLostError extends Error {
  /** ECONNRESET if nothing of the response had arrived: then a second attempt may help. */
  readonly code: "ECONNRESET" | "EPARTIAL";
  constructor(hasBegun: boolean) {
    super("the connection ended before the answer");
    this.name = "ConnectionLostError";
    this.code = hasBegun ? "EPARTIAL" : "ECONNRESET";
  }
}

/**
 * Called by the connection for its current request. After `ended` or `failed`, nothing more is
 * called.
 */
export interface Exchange {
  head(head: ResponseHead): void;
  piece(bytes: Uint8Array, start: number, end: number): void;
  ended(): void;
  failed(error: unknown): void;
}

/**
 * How much is read in one step: in chunks of one byte, this is as much work as megabytes of others.
 */
const STEP_BYTES = 64 * 1024;
/** Heads and small bodies are put together here, so that they leave in one write. */
const scratch = Buffer.allocUnsafe(64 * 1024);
const NOT_LATIN1 = /[^\0-\xff]/;

/** One connection to an upstream over plain HTTP/1.1. */
export class Connection {
  /** When it became idle, on the pool's clock. */
  idleSinceMs = 0;
  readonly #socket: Bun.Socket<Connection | undefined>;
  readonly #reader: ResponseReader;
  readonly #idle: (connection: Connection) => void;
  readonly #gone: (connection: Connection) => void;
  readonly #share: LoopShare;
  /** Whether reading is paused because the response's reader is slow. */
  #isHeld = false;
  /** Whether other connections have their turn first. */
  #isResting = false;
  #isPaused = false;
  /** Bytes that have arrived but are not read yet, from the offset on. */
  #unread: Buffer | undefined;
  #readTo = 0;
  #exchange: Exchange | undefined;
  /** What the socket has not accepted yet. */
  #unsent: Uint8Array | undefined;
  #isUploading = false;
  #wakeUpload: (() => void) | undefined;
  #isClosed = false;

  constructor(
    socket: Bun.Socket<Connection | undefined>,
    idle: (connection: Connection) => void,
    gone: (connection: Connection) => void,
    share: LoopShare = loopShare,
  ) {
    this.#socket = socket;
    this.#idle = idle;
    this.#gone = gone;
    this.#share = share;
    this.#reader = new ResponseReader({
      head: (head) => this.#exchange?.head(head),
      piece: (bytes, start, end) => this.#exchange?.piece(bytes, start, end),
      end: () => this.#end(),
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a request. The connection must be idle. */
  send(method: string, head: string, body: OutgoingBody, exchange: Exchange): void {
    this.#exchange = exchange;
    this.#reader.begin(method);
    if (body instanceof Uint8Array) {
      this.#writeWhole(head, body);
    } else if (body instanceof ReadableStream) {
      this.#isUploading = true;
      this.#writeWhole(head, undefined);
      void this.#upload(body, /^content-length:/im.test(head));
    } else {
      this.#writeWhole(head, undefined);
    }
  }

  /** Ends the current request, and the connection with it. */
  abort(reason: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.close();
    exchange?.failed(reason);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.terminate();
    this.#wakeUpload?.();
  }

  /**
   * Pauses reading: the response waits in the system's buffers while its reader is slow. `resume`
   * continues.
   */
  pause(): void {
    this.#isHeld = true;
    this.#flow();
  }
  resume(): void {
    this.#isHeld = false;
    this.#flow();
  }

  received(bytes: Buffer): void {
    const unread = this.#unread?.subarray(this.#readTo);
    this.#unread = unread === undefined ? bytes : Buffer.concat([unread, bytes]);
    this.#readTo = 0;
    if (!this.#isResting) this.#read();
  }

  /**
   * Continues reading what arrived, as long as there is time; `isLast`: there will be no later
   * step.
   */
  #read(isLast = false): void {
    const bytes = this.#unread;
    if (bytes === undefined) return;
    const from = this.#readTo;
    for (let at = from; at < bytes.length && !this.#isClosed; at += STEP_BYTES) {
      if (this.#exchange === undefined) {
        // There is no request: whatever this is, it must not become the response to the next one.
        this.close();
      } else if (this.#share.isSpent && at > from && !isLast) {
        this.#readTo = at;
        this.#rest();
        return;
      } else {
        this.#feed(bytes.subarray(at, at + STEP_BYTES));
      }
    }
    this.#unread = undefined;
    // Pieces handed on from it are copies.
    freeBuffer(bytes);
    if (this.#exchange !== undefined && this.#share.isSpent) this.#rest();
  }

  #feed(bytes: Buffer): void {
    try {
      if (!this.#reader.feed(bytes)) this.close();
    } catch (error) {
      this.abort(error);
    }
  }

  drained(): void {
    const rest = this.#unsent;
    this.#unsent = undefined;
    if (rest !== undefined) this.#write(rest);
    if (this.#unsent === undefined) this.#wakeUpload?.();
  }

  /** The socket is closed; `error` is set if it did not end properly. */
  ended(error: unknown): void {
    this.#read(true);
    if (error !== undefined) this.#socket.terminate();
    this.#isClosed = true;
    this.#gone(this);
    this.#wakeUpload?.();
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (error === undefined && this.#reader.close()) return;
    this.#exchange = undefined;
    exchange.failed(new ConnectionLostError(this.#reader.hasBegun));
  }

  #rest(): void {
    this.#isResting = true;
    this.#flow();
    this.#share.later(() => {
      this.#isResting = false;
      this.#read();
      this.#flow();
    });
  }

  #flow(): void {
    const isPaused = this.#isHeld || this.#isResting;
    if (this.#isClosed || isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  #end(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.ended();
    if (this.#isClosed) return;
    // A request that was answered before it was sent completely leaves the connection in the middle
    // of a request.
    if (!this.#reader.isReusable || this.#isUploading || this.#unsent !== undefined) {
      this.close();
      return;
    }
    this.#idle(this);
  }

  #writeWhole(head: string, body: Uint8Array | undefined): void {
    // In Latin-1, other characters would turn into different ones, such as line ends.
    if (NOT_LATIN1.test(head)) throw new TypeError("a header has characters above U+00FF");
    const bodyBytes = body?.length ?? 0;
    if (head.length + bodyBytes <= scratch.length) {
      scratch.write(head, 0, "latin1");
      if (body !== undefined) scratch.set(body, head.length);
      const length = head.length + bodyBytes;
      const sent = this.#socket.write(scratch, 0, length);
      if (sent < length) this.#unsent = Buffer.from(scratch.subarray(Math.max(0, sent), length));
      return;
    }
    this.#write(Buffer.from(head, "latin1"));
    if (body !== undefined) this.#write(body);
  }

  #write(bytes: Uint8Array): void {
    if (this.#unsent !== undefined) {
      this.#unsent = Buffer.concat([this.#unsent, bytes]);
      return;
    }
    const sent = Math.max(0, this.#socket.write(bytes));
    if (sent < bytes.length) this.#unsent = bytes.subarray(sent);
  }

  /** Sends a stream, no faster than the socket accepts it. */
  async #upload(body: ReadableStream<Uint8Array>, hasLength: boolean): Promise<void> {
    const exchange = this.#exchange;
    const reader = body.getReader();
    try {
      for (;;) {
        const piece = await reader.read();
        if (this.#exchange !== exchange || this.#isClosed) break;
        if (piece.done) {
          if (!hasLength) this.#write(Buffer.from("0\r\n\r\n"));
          this.#isUploading = false;
          return;
        }
        if (piece.value.length === 0) continue;
        this.#write(hasLength ? piece.value : chunk(piece.value));
        await this.#roomToWrite();
      }
      await reader.cancel().catch(() => undefined);
    } catch (error) {
      if (this.#exchange === exchange && exchange !== undefined) this.abort(error);
    }
  }

  async #roomToWrite(): Promise<void> {
    if (this.#unsent === undefined || this.#isClosed) return;
    await new Promise<void>((resolve) => {
      this.#wakeUpload = resolve;
    });
    this.#wakeUpload = undefined;
  }
}

function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}
