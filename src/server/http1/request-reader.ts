// Reads HTTP/1.1 requests from bytes as they arrive, one after the other. Knows framing and nothing
// else: no sockets, no streams. Source: RFC 9112.

import { plainDigits, sizeIn } from "../../core/chunk-line.ts";
import { CHUNK_LINE_BYTES_MAX, REQUEST_HEAD_BYTES_MAX } from "../../core/limits.ts";
import {
  type FramingRefusal,
  isNoBeginning,
  lineRefusal,
  type ReceivedHead,
  readHead,
} from "./request-head.ts";

/** Is told what has arrived. */
export interface RequestSink {
  head(head: ReceivedHead): void;
  /** A piece of the body, bytes[start, end), never empty. */
  piece(bytes: Buffer, start: number, end: number): void;
  /** The request is complete. */
  end(): void;
}

/** How many are read in one go: each costs as much as a kilobyte of a large one. */
const CHUNKS_MAX = 4000;

const LF = 0x0a;
const CR = 0x0d;
const END_OF_HEAD = Buffer.from("\r\n\r\n");
const NOTHING = Buffer.alloc(0);
/** How an HTTP/2 connection begins (RFC 9113 section 3.4), as far as it looks like a head. */
export const HTTP2_PREFACE = "PRI * HTTP/2.0\r\n";

type State = "head" | "length" | "chunk line" | "chunk" | "chunk end" | "trailers";

export class RequestReader {
  /** Whether the current request has ended; `next` begins another. */
  isWhole = false;
  /** Set, for good, if the bytes are not a request. */
  refusal: FramingRefusal | "http2" | undefined;
  readonly #sink: RequestSink;
  #state: State = "head";
  /** Bytes of the body, or of the current chunk, that are still to come. */
  #left = 0;
  /** What has arrived of an incomplete head or line. */
  #pending: Buffer = NOTHING;
  #trailerBytes = 0;
  /** Bytes in lines of chunks, beyond what their sizes allow. */
  #extensionBytes = 0;
  /** Chunks that were begun by what is read in one go. */
  #chunks = 0;
  #isFirst = true;

  constructor(sink: RequestSink) {
    this.#sink = sink;
  }

  /** Whether nothing of the current request has arrived. */
  get isIdle(): boolean {
    return this.#state === "head" && this.#pending.length === 0;
  }

  /** Whether an incomplete head has arrived. */
  get isInHead(): boolean {
    return this.#state === "head" && this.#pending.length > 0;
  }

  /** Whether more of a body is to come. */
  get isInBody(): boolean {
    return this.#state !== "head" && !this.isWhole;
  }

  next(): void {
    this.isWhole = false;
    this.#state = "head";
    this.#isFirst = false;
  }

  /**
   * Takes bytes from `start` on. Returns where the bytes begin that it did not take: after the
   * request, or after many of its small chunks.
   */
  feed(bytes: Buffer, start: number): number {
    let at = start;
    this.#chunks = 0;
    while (at < bytes.length && !this.isWhole && this.refusal === undefined) {
      if (this.#chunks >= CHUNKS_MAX) return at;
      switch (this.#state) {
        case "head":
          at = this.#head(bytes, at);
          break;
        case "length":
        case "chunk":
          at = this.#body(bytes, at);
          break;
        default:
          at = this.#line(bytes, at);
      }
    }
    return at;
  }

  #head(piece: Buffer, start: number): number {
    const before = this.#pending.length;
    const bytes = before === 0 ? piece : Buffer.concat([this.#pending, piece.subarray(start)]);
    const from = before === 0 ? start : 0;
    // One empty line before a request is skipped (RFC 9112 section 2.2).
    const head = bytes[from] === CR && bytes[from + 1] === LF ? from + 2 : from;
    const end = bytes.indexOf(END_OF_HEAD, Math.max(head, from + before - 3));
    if (end === -1 || end - head + 4 > REQUEST_HEAD_BYTES_MAX) {
      this.#halfHead(bytes, from, head);
      return piece.length;
    }
    this.#pending = NOTHING;
    this.#headEnded(bytes.toString("latin1", head, end + 2));
    return end + 4 - from - before + start;
  }

  #headEnded(text: string): void {
    if (this.#isFirst && text === HTTP2_PREFACE) {
      this.refusal = "http2";
      return;
    }
    const head = readHead(text);
    if (typeof head === "number") {
      this.refusal = head;
      return;
    }
    this.#left = head.bodyBytes;
    this.#extensionBytes = 0;
    this.#state = head.bodyBytes < 0 ? "chunk line" : "length";
    this.#sink.head(head);
    if (head.bodyBytes === 0) this.#end();
  }

  /** Keeps what has arrived of a head, unless it cannot be one. */
  #halfHead(bytes: Buffer, from: number, head: number): void {
    const first = bytes[head];
    // If a line ends in any other way, the expected end of the head would never be found.
    const lf = bytes.indexOf(LF, head);
    if (first !== undefined && first !== CR && isNoBeginning(first)) this.refusal = 400;
    else if (bytes.length - head > REQUEST_HEAD_BYTES_MAX) this.refusal = 431;
    else if (first === CR && bytes.length - head > 1) this.refusal = 400;
    else if (lf !== -1 && bytes[lf - 1] !== CR) {
      this.refusal = lineRefusal(bytes.toString("latin1", head, lf));
    }
    this.#pending = from === 0 ? bytes : bytes.subarray(from);
  }

  #body(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#sink.piece(bytes, at, end);
    if (this.#left > 0) return end;
    if (this.#state === "length") this.#end();
    else this.#state = "chunk end";
    return end;
  }

  /**
   * Reads a whole line that ends a chunk, or begins one without an extension. Most lines are like
   * this, and need no text.
   */
  #plainLine(bytes: Buffer, start: number): number {
    if (this.#pending.length > 0 || this.#state === "trailers") return -1;
    const digits = plainDigits(bytes, start);
    if (digits < 0) return -1;
    if (digits > 0 !== (this.#state === "chunk line")) return -1;
    if (digits === 0) this.#state = "chunk line";
    else this.#chunkBegins(sizeIn(bytes, start, digits), digits);
    return start + digits + 2;
  }

  #chunkBegins(size: number, lineBytes: number): void {
    this.#chunks++;
    // Extensions larger than the data that they are about serve no purpose.
    const allowed = CHUNK_EXTENSION_BYTES + 2 * size;
    this.#extensionBytes = Math.max(0, this.#extensionBytes + lineBytes - allowed);
    if (this.#extensionBytes > EXTENSION_BYTES_MAX) {
      this.refusal = 400;
      return;
    }
    this.#left = size;
    this.#trailerBytes = 0;
    this.#state = size === 0 ? "trailers" : "chunk";
  }

  #line(piece: Buffer, start: number): number {
    const plainEnd = this.#plainLine(piece, start);
    if (plainEnd >= 0) return plainEnd;
    const before = this.#pending.length;
    const bytes = before === 0 ? piece : Buffer.concat([this.#pending, piece.subarray(start)]);
    const from = before === 0 ? start : 0;
    const lf = bytes.indexOf(LF, from + before);
    const length = (lf === -1 ? bytes.length : lf) - from;
    if (length > CHUNK_LINE_BYTES_MAX || (lf !== -1 && (length === 0 || bytes[lf - 1] !== CR))) {
      this.refusal = 400;
      return piece.length;
    }
    this.#pending = lf === -1 ? bytes.subarray(from) : NOTHING;
    if (lf === -1) return piece.length;
    this.#lineEnded(bytes.toString("latin1", from, lf - 1));
    return lf + 1 - from - before + start;
  }

  #lineEnded(line: string): void {
    switch (this.#state) {
      case "chunk line": {
        const size = CHUNK_LINE.exec(line)?.[1];
        if (size === undefined) {
          this.refusal = 400;
          return;
        }
        this.#chunkBegins(Number.parseInt(size, 16), line.length);
        return;
      }
      case "chunk end":
        if (line === "") this.#state = "chunk line";
        else this.refusal = 400;
        return;
      default:
        // Trailers are skipped (RFC 9112 section 7.1.2).
        this.#trailerBytes += line.length + 2;
        if (line === "") this.#end();
        else if (!TRAILER.test(line)) this.refusal = 400;
        else if (this.#trailerBytes > REQUEST_HEAD_BYTES_MAX) this.refusal = 431;
    }
  }

  #end(): void {
    this.isWhole = true;
    this.#sink.end();
  }
}

/** So many bytes in the line of a chunk, plus twice the chunk's own size, are not counted. */
const CHUNK_EXTENSION_BYTES = 16;
/** What lines of chunks may contain beyond that, in one request. */
const EXTENSION_BYTES_MAX = 16 * 1024;

/**
 * RFC 9112 section 7.1; an extension is skipped, whatever it says, but must not hold control
 * characters.
 */
const CHUNK_LINE = /^([0-9a-f]{1,12})(?:[ \t]*;[\t -~\x80-\xff]*)?$/i;
const TRAILER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*$/;
