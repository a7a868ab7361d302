// The body of a request while it arrives: pieces that wait for their reader, who takes them as a
// stream or as a whole. Tells when enough of them are waiting.

import { WAITING_BYTES_MAX } from "../core/limits.ts";

/** How the body of a client that went away ends. */
export class ClientAbortError extends Error {
  constructor() {
    super("the client's connection was closed");
    this.name = "AbortError";
  }
}

const SMALL_PIECE_BYTES_MAX = 1024;
const TAIL_BYTES = 16 * 1024;

type Whole = PromiseWithResolvers<Uint8Array<ArrayBuffer>>;

export class IncomingBody {
  /** Whether the body was asked for. */
  isUsed = false;
  /** The announced length; -1: only the end will tell. */
  readonly length: number;
  readonly #wantsMore: () => void;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  #hasEnded = false;
  #error: Error | undefined;
  #isThrownAway = false;
  #whole: Whole | undefined;
  /** The part of the whole body that has arrived, if its length is known. */
  #place: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isAsked = false;
  /** The buffer in which small pieces are put together; the last piece is a part of it. */
  #tail: Uint8Array<ArrayBuffer> | undefined;
  #tailBytes = 0;

  /** `wantsMore`: called when the reader has taken what was waiting. */
  constructor(length: number, wantsMore: () => void) {
    this.length = length;
    this.#wantsMore = wantsMore;
  }

  /** Whether no more should be read from the client for now. */
  get isFull(): boolean {
    return this.#waitingBytes >= WAITING_BYTES_MAX;
  }

  /** Takes bytes[start, end). True: they were copied; otherwise they now belong to the body. */
  put(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#isThrownAway) return true;
    if (this.#place !== undefined) {
      this.#place.set(bytes.subarray(start, end), this.#filled);
      this.#filled += end - start;
      return true;
    }
    if (!this.#isAsked && end - start <= SMALL_PIECE_BYTES_MAX && this.#pieces.length > 0) {
      this.#addSmall(bytes, start, end);
      return true;
    }
    // Not a Buffer: slices of a Buffer share its memory. Bytes from a socket are not in memory that
    // threads share.
    const buffer = bytes.buffer as ArrayBuffer;
    const view = new Uint8Array(buffer, bytes.byteOffset + start, end - start);
    // A few bytes would keep everything alive that arrived with them.
    const isFew = view.length <= SMALL_PIECE_BYTES_MAX && bytes.length > TAIL_BYTES;
    const piece = isFew ? view.slice() : view;
    if (this.#isAsked) {
      this.#isAsked = false;
      this.#controller?.enqueue(piece);
      return false;
    }
    this.#pieces.push(piece);
    this.#endTail();
    if (this.#whole === undefined) this.#waitingBytes += piece.length;
    return false;
  }

  /** Small pieces after others are put together: thousands of chunks may come in one read. */
  #addSmall(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#tail === undefined || this.#tailBytes + length > this.#tail.length) {
      this.#endTail();
      this.#tail = new Uint8Array(TAIL_BYTES);
      this.#pieces.push(this.#tail);
    }
    const tail = this.#tail;
    // Copying a few bytes is faster than making a view of them.
    let to = this.#tailBytes;
    if (length > 16) tail.set(bytes.subarray(start, end), to);
    else for (let at = start; at < end; at++) tail[to++] = bytes[at] ?? 0;
    this.#tailBytes += length;
    if (this.#whole === undefined) this.#waitingBytes += length;
  }

  /** Cuts the tail to what is in it; nothing is added to it any more. */
  #endTail(): void {
    const tail = this.#tail;
    if (tail === undefined) return;
    const at = this.#pieces.lastIndexOf(tail);
    if (at >= 0) this.#pieces[at] = tail.subarray(0, this.#tailBytes);
    this.#tail = undefined;
    this.#tailBytes = 0;
  }

  /** The last piece has arrived. */
  end(): void {
    this.#hasEnded = true;
    this.#whole?.resolve(this.#joined());
    if (this.#isAsked) this.#close();
  }

  /** No more will arrive. What is waiting is not read any more. */
  fail(error: Error): void {
    if (this.#hasEnded || this.#error !== undefined) return;
    this.#error = error;
    this.#pieces = [];
    this.#tail = undefined;
    this.#place = undefined;
    this.#whole?.reject(error);
    this.#controller?.error(error);
  }

  /** What is waiting, and what is still to come, is thrown away. */
  throwAway(): void {
    this.#isThrownAway = true;
    this.#isAsked = false;
    this.#pieces = [];
    this.#tail = undefined;
    this.#waitingBytes = 0;
    this.#wantsMore();
  }

  /** The whole body. */
  whole(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.isUsed) return Promise.reject(new TypeError("the body was read before"));
    this.isUsed = true;
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#hasEnded) return Promise.resolve(this.#joined());
    this.#whole = Promise.withResolvers();
    if (this.length > 0) this.#makePlace();
    this.#waitingBytes = 0;
    this.#wantsMore();
    return this.#whole.promise;
  }

  /** The body piece by piece. */
  stream(): ReadableStream<Uint8Array> {
    this.isUsed = true;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          if (this.#error !== undefined) controller.error(this.#error);
        },
        pull: () => this.#pull(),
        cancel: () => this.throwAway(),
      },
      { highWaterMark: 0 },
    );
  }

  #pull(): void {
    if (this.#pieces[0] === this.#tail) this.#endTail();
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#waitingBytes -= piece.length;
      this.#controller?.enqueue(piece);
      if (!this.isFull) this.#wantsMore();
    } else if (this.#hasEnded) {
      this.#close();
    } else {
      this.#isAsked = true;
    }
  }

  #close(): void {
    this.#isAsked = false;
    this.#controller?.close();
  }

  #makePlace(): void {
    // Its memory is only touched as the body arrives.
    this.#endTail();
    const place = Buffer.allocUnsafeSlow(this.length);
    this.#place = new Uint8Array(place.buffer, place.byteOffset, place.length);
    for (const piece of this.#pieces) {
      this.#place.set(piece, this.#filled);
      this.#filled += piece.length;
    }
    this.#pieces = [];
  }

  #joined(): Uint8Array<ArrayBuffer> {
    if (this.#place !== undefined) return this.#place;
    this.#endTail();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#waitingBytes = 0;
    const [first] = pieces;
    if (first === undefined) return new Uint8Array(0);
    if (pieces.length === 1) return first;
    const { buffer, byteOffset, length } = Buffer.concat(pieces);
    return new Uint8Array(buffer, byteOffset, length);
  }
}
