// Reads HTTP/1.1 answers from bytes as they arrive. Knows framing and nothing else: no sockets, no
// streams. Whatever cannot be framed without guessing is malformed. Source: RFC 9112.

/** The bytes are no HTTP/1.1 answer, or one whose end cannot be told. */
export class MalformedAnswerError extends Error {
  readonly code = "malformed_answer";
  constructor(what: string) {
    super(`malformed answer: ${what}`);
    this.name = "MalformedAnswerError";
  }
}

export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  /** In order, as they came; those of framing and of this hop included. */
  readonly headers: [string, string][];
  /** Whether bytes of a body may follow. */
  readonly hasBody: boolean;
  /** Bytes of the body; undefined when only its end will tell. */
  readonly length: number | undefined;
}

export interface AnswerSink {
  head(head: AnswerHead): void;
  /** A borrowed piece of the body, never empty. */
  piece(bytes: Uint8Array): void;
  /** The answer is whole. */
  end(): void;
}

const LF = 0x0a;
const CR = 0x0d;
/** Of the head of an answer, and of the trailers of a chunked one. */
const HEAD_BYTES_MAX = 64 * 1024;
/** Of the line that begins a chunk. */
const CHUNK_LINE_BYTES_MAX = 4 * 1024;

type State =
  "head" | "length" | "until close" | "chunk line" | "chunk" | "chunk end" | "trailers" | "done";

export class ResponseReader {
  /** Whether the connection can carry another request once the answer is whole. */
  isReusable = false;
  /** Whether any byte of this answer has come. */
  hasBegun = false;
  readonly #sink: AnswerSink;
  #state: State = "done";
  #isHeadRequest = false;
  /** Bytes of the body, or of the chunk, that are to come. */
  #left = 0;
  /** What came of a head, a chunk line or trailers that are not whole yet. */
  #pending: Buffer = Buffer.alloc(0);

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Expects the answer to a request of this method. */
  begin(method: string): void {
    this.#state = "head";
    this.#isHeadRequest = method === "HEAD";
    this.#pending = Buffer.alloc(0);
    this.isReusable = false;
    this.hasBegun = false;
  }

  /**
   * Takes what came; throws MalformedAnswerError. False when there were bytes behind the end: then
   * the connection is not to be used again.
   */
  feed(bytes: Buffer): boolean {
    this.hasBegun = true;
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case "done":
          return false;
        case "length":
        case "chunk":
        case "until close":
          at = this.#body(bytes, at);
          break;
        default:
          at = this.#lines(bytes, at);
      }
    }
    return true;
  }

  /** The connection ended. True when that ends the answer; false when it cuts it. */
  close(): boolean {
    if (this.#state !== "until close") return false;
    this.#finish();
    return true;
  }

  #body(bytes: Buffer, at: number): number {
    if (this.#state === "until close") {
      this.#sink.piece(at === 0 ? bytes : bytes.subarray(at));
      return bytes.length;
    }
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#sink.piece(bytes.subarray(at, end));
    if (this.#left === 0) {
      if (this.#state === "length") this.#finish();
      else this.#state = "chunk end";
    }
    return end;
  }

  /** Gathers lines until what the state waits for is whole. Returns where the rest begins. */
  #lines(bytes: Buffer, at: number): number {
    const isBlock = this.#state === "head" || this.#state === "trailers";
    const before = this.#pending.length;
    const all = before === 0 ? bytes : Buffer.concat([this.#pending, bytes.subarray(at)]);
    const from = before === 0 ? at : 0;
    const end = isBlock ? endOfBlock(all, from) : endOfLine(all, from);
    if (end === -1) {
      const bytesMax = isBlock ? HEAD_BYTES_MAX : CHUNK_LINE_BYTES_MAX;
      if (all.length - from > bytesMax) {
        throw new MalformedAnswerError(`${this.#state} of more than ${bytesMax} bytes`);
      }
      // A copy: what came is only lent.
      this.#pending = Buffer.from(all.subarray(from));
      return bytes.length;
    }
    this.#pending = Buffer.alloc(0);
    const text = all.toString("latin1", from, end);
    this.#advance(text);
    return before === 0 ? end : at + (end - before);
  }

  #advance(text: string): void {
    switch (this.#state) {
      case "head":
        this.#head(text);
        return;
      case "chunk line":
        this.#left = chunkSize(text);
        this.#state = this.#left === 0 ? "trailers" : "chunk";
        return;
      case "chunk end":
        if (text.trim() !== "") throw new MalformedAnswerError("a chunk longer than it says");
        this.#state = "chunk line";
        return;
      default:
        // Trailers are for this hop.
        this.#finish();
    }
  }

  #head(text: string): void {
    const lines = text.split("\n");
    const { version, status, statusText } = statusLine(lines[0] ?? "");
    const headers = fields(lines);
    // 1xx answers come before the answer (RFC 9110 section 15.2); nobody asked for another
    // protocol.
    if (status === 101) throw new MalformedAnswerError("a switch of protocols nobody asked for");
    if (status < 200) return;
    const framing = framingOf(headers);
    const isBodyless = this.#isHeadRequest || status === 204 || status === 304;
    this.isReusable = keepsAlive(version, headers) && !framing.isDoubtful;
    const hasBody = !isBodyless && framing.length !== 0;
    this.#sink.head({ status, statusText, headers, hasBody, length: framing.length });
    if (!hasBody) {
      this.#finish();
    } else if (framing.isChunked) {
      this.#state = "chunk line";
    } else if (framing.length === undefined) {
      this.#state = "until close";
      this.isReusable = false;
    } else {
      this.#state = "length";
      this.#left = framing.length;
    }
  }

  #finish(): void {
    this.#state = "done";
    this.#sink.end();
  }
}

/**
 * Offset behind the empty line that ends a block of lines, or -1. The block may be just that line.
 */
function endOfBlock(bytes: Buffer, from: number): number {
  let start = from;
  for (;;) {
    const lf = bytes.indexOf(LF, start);
    if (lf === -1) return -1;
    const length = lf - start;
    if (length === 0 || (length === 1 && bytes[start] === CR)) return lf + 1;
    start = lf + 1;
  }
}

function endOfLine(bytes: Buffer, from: number): number {
  return bytes.indexOf(LF, from) + 1 || -1;
}

function statusLine(line: string): { version: string; status: number; statusText: string } {
  const match = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: ([^\r]*))?\r?$/.exec(line);
  if (match === null) throw new MalformedAnswerError("no status line");
  const [, version = "", status = "", statusText = ""] = match;
  return { version, status: Number(status), statusText };
}

function fields(lines: readonly string[]): [string, string][] {
  const headers: [string, string][] = [];
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "" || line === "\r") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    if (colon <= 0 || name.charCodeAt(colon - 1) <= 0x20 || name.charCodeAt(0) <= 0x20) {
      throw new MalformedAnswerError("a line of the head that is no header");
    }
    headers.push([name.toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return headers;
}

interface Framing {
  readonly isChunked: boolean;
  readonly length: number | undefined;
  /**
   * Two framings in one answer: it can be read, but the connection is not to be trusted further.
   */
  readonly isDoubtful: boolean;
}

/** RFC 9112 section 6.3. */
function framingOf(headers: readonly [string, string][]): Framing {
  let length: number | undefined;
  let codings = "";
  for (const [name, value] of headers) {
    if (name === "content-length") {
      const next = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (Number.isNaN(next) || (length !== undefined && length !== next)) {
        throw new MalformedAnswerError("a Content-Length that is no length");
      }
      length = next;
    } else if (name === "transfer-encoding") {
      codings += `,${value.toLowerCase()}`;
    }
  }
  if (codings === "") return { isChunked: false, length, isDoubtful: false };
  if (codings !== ",chunked") throw new MalformedAnswerError("an unknown transfer coding");
  return { isChunked: true, length: undefined, isDoubtful: length !== undefined };
}

function keepsAlive(version: string, headers: readonly [string, string][]): boolean {
  const connection = headers
    .filter(([name]) => name === "connection")
    .map(([, value]) => value.toLowerCase())
    .join(",");
  if (connection === "") return version === "1.1";
  const options = connection.split(",").map((option) => option.trim());
  if (options.includes("close")) return false;
  return version === "1.1" || options.includes("keep-alive");
}

function chunkSize(line: string): number {
  const [digits = ""] = line.split(";", 1);
  const text = digits.trim();
  if (!/^[0-9a-f]{1,12}$/i.test(text)) throw new MalformedAnswerError("no size of a chunk");
  return Number.parseInt(text, 16);
}
