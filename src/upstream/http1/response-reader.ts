// Reads HTTP/1.1 responses from bytes as they arrive. Knows framing and nothing else: no sockets,
// no streams. Whatever cannot be framed without guessing is malformed. Source: RFC 9112.

import { plainDigits, sizeIn } from "../../core/chunk-line.ts";
import { CHUNK_LINE_BYTES_MAX, HEAD_BYTES_MAX } from "../../core/limits.ts";
import { PendingLines } from "./pending-lines.ts";

/** The bytes are not an HTTP/1.1 response, or the end of the response cannot be determined. */
export class MalformedResponseError extends Error {
  readonly code = "malformed_response";
  constructor(what: string) {
    super(`malformed answer: ${what}`);
    this.name = "MalformedResponseError";
  }
}

/**
 * Headers that no Connection header may remove from a response: without them the body means
 * something else.
 */
const END_TO_END = new Set(["content-type", "content-encoding", "content-length", "cache-control"]);

/** The head of an HTTP/1.1 response. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** In order of arrival, with names in lower case. Headers for this hop are left out. */
  readonly headers: [string, string][];
  /** Whether bytes of a body may follow. */
  readonly hasBody: boolean;
  /** Bytes of the body; undefined if only its end will tell. */
  readonly length: number | undefined;
}

export interface ResponseSink {
  head(head: ResponseHead): void;
  /**
   * A piece of the body, bytes[start, end), never empty. The bytes are borrowed until this returns.
   */
  piece(bytes: Uint8Array, start: number, end: number): void;
  /** The response is complete. */
  end(): void;
}

const CR = 0x0d;
/** No server needs many of them, and each costs as much as a response. */
const INFORMATIONAL_MAX = 20;
const MANY_BEFORE = `more than ${INFORMATIONAL_MAX} responses before the response`;
/** Smaller chunks are handed on together. */
const SMALL_CHUNK_BYTES_MAX = 1024;
/**
 * A head is searched for in the first bytes up to this size; longer ones are collected line by
 * line.
 */
const QUICK_HEAD_BYTES_MAX = 4 * 1024;

type State =
  "head" | "length" | "until close" | "chunk line" | "chunk" | "chunk end" | "trailers" | "done";

export class ResponseReader {
  /** Whether the connection can carry another request once the response is complete. */
  isReusable = false;
  /** Whether any byte of this response has arrived. */
  hasBegun = false;
  readonly #sink: ResponseSink;
  #state: State = "done";
  #isHeadRequest = false;
  /** Bytes of the body, or of the current chunk, that are still to come. */
  #left = 0;
  /** The number of informational responses before the final one. */
  #informational = 0;
  /**
   * Small chunks of one read, moved together within its own memory: the range [start, end) of it.
   */
  #gathered: Buffer | undefined;
  #gatheredStart = 0;
  #gatheredEnd = 0;
  readonly #pending = new PendingLines();

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** Prepares for the response to a request with this method. */
  begin(method: string): void {
    this.#state = "head";
    this.#isHeadRequest = method === "HEAD";
    this.#pending.clear();
    this.isReusable = false;
    this.hasBegun = false;
    this.#informational = 0;
  }

  /**
   * Takes bytes that arrived; throws MalformedResponseError. False if bytes followed the end of the
   * response: then the connection must not be used again.
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
        case "head": {
          const next = this.#pending.isEmpty ? this.#wholeHead(bytes, at) : -1;
          at = next === -1 ? this.#lines(bytes, at) : next;
          break;
        }
        default: {
          const next = this.#plainLine(bytes, at);
          at = next === -1 ? this.#lines(bytes, at) : next;
        }
      }
    }
    this.#handOn();
    return true;
  }

  /**
   * The connection ended. True if that completes the response; false if it cuts the response short.
   */
  close(): boolean {
    if (this.#state !== "until close") return false;
    this.#finish();
    return true;
  }

  #body(bytes: Buffer, at: number): number {
    if (this.#state === "until close") {
      this.#sink.piece(bytes, at, bytes.length);
      return bytes.length;
    }
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#state === "chunk" && end - at <= SMALL_CHUNK_BYTES_MAX) this.#gather(bytes, at, end);
    else {
      this.#handOn();
      this.#sink.piece(bytes, at, end);
    }
    if (this.#left === 0) {
      if (this.#state === "length") this.#finish();
      else this.#state = "chunk end";
    }
    return end;
  }

  /** Reads a line that ends a chunk, or begins one; -1: it must be read as text. */
  #plainLine(bytes: Buffer, start: number): number {
    if (!this.#pending.isEmpty || this.#state === "trailers") return -1;
    const digits = plainDigits(bytes, start);
    if (digits < 0 || digits > 0 !== (this.#state === "chunk line")) return -1;
    if (digits === 0) this.#state = "chunk line";
    else {
      this.#left = sizeIn(bytes, start, digits);
      this.#state = this.#left === 0 ? "trailers" : "chunk";
    }
    return start + digits + 2;
  }

  #gather(bytes: Buffer, start: number, end: number): void {
    if (this.#gathered === undefined) {
      this.#gathered = bytes;
      this.#gatheredStart = start;
      this.#gatheredEnd = end;
      return;
    }
    bytes.copyWithin(this.#gatheredEnd, start, end);
    this.#gatheredEnd += end - start;
  }

  #handOn(): void {
    const bytes = this.#gathered;
    if (bytes === undefined) return;
    this.#gathered = undefined;
    this.#sink.piece(bytes, this.#gatheredStart, this.#gatheredEnd);
  }

  /** Reads a head that arrived in one piece, as nearly all do, as text at once. Otherwise -1. */
  #wholeHead(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + QUICK_HEAD_BYTES_MAX);
    const text = bytes.toString("latin1", at, end);
    const length = text.indexOf("\r\n\r\n");
    if (length === -1) return -1;
    const head = text.slice(0, length + 2);
    // An empty line that ends in a line feed alone may have come earlier.
    if (head.includes("\n\n") || head.includes("\n\r\n")) return -1;
    this.#head(head);
    return at + length + 4;
  }

  /** Collects lines until what the state waits for is complete. Returns where the rest begins. */
  #lines(bytes: Buffer, at: number): number {
    const isBlock = this.#state === "head" || this.#state === "trailers";
    const bytesMax = isBlock ? HEAD_BYTES_MAX : CHUNK_LINE_BYTES_MAX;
    const next = this.#pending.take(bytes, at, isBlock, bytesMax);
    if (next === undefined) {
      throw new MalformedResponseError(`${this.#state} of more than ${bytesMax} bytes`);
    }
    if (next === -1) return bytes.length;
    this.#advance(this.#pending.text);
    return next;
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
        if (text.trim() !== "") throw new MalformedResponseError("a chunk longer than it says");
        this.#state = "chunk line";
        return;
      default:
        // Trailers belong to this hop.
        this.#finish();
    }
  }

  #head(text: string): void {
    const line = text.indexOf("\n");
    const { version, status, statusText } = statusLine(line === -1 ? text : text.slice(0, line));
    // 1xx responses come before the final response (RFC 9110 section 15.2), and no request asked to
    // switch protocols.
    if (status === 101) throw new MalformedResponseError("a switch of protocols nobody asked for");
    const fields = readFields(text, line + 1);
    if (status < 200) {
      if (++this.#informational > INFORMATIONAL_MAX) throw new MalformedResponseError(MANY_BEFORE);
      return;
    }
    const framing = framingOf(fields);
    const isBodyless = this.#isHeadRequest || status === 204 || status === 304;
    this.isReusable = keepsAlive(version, fields.connection) && !framing.isDoubtful;
    const hasBody = !isBodyless && framing.length !== 0;
    const headers = withoutNamed(fields);
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
    this.#handOn();
    this.#state = "done";
    this.#sink.end();
  }
}

function statusLine(line: string): { version: string; status: number; statusText: string } {
  const match = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: ([^\r]*))?\r?$/.exec(line);
  if (match === null) throw new MalformedResponseError("no status line");
  const [, version = "", status = "", statusText = ""] = match;
  return { version, status: Number(status), statusText };
}

interface Fields {
  readonly headers: [string, string][];
  /** Values of the headers that frame the response, joined with commas, in lower case. */
  lengths: string;
  codings: string;
  connection: string;
}

/** Reads the lines of `text` from `start` on, each ending in a line feed. */
function readFields(text: string, start: number): Fields {
  const fields: Fields = { headers: [], lengths: "", codings: "", connection: "" };
  let at = start;
  while (at < text.length) {
    let end = text.indexOf("\n", at);
    if (end === -1) end = text.length;
    const last = text.charCodeAt(end - 1) === CR ? end - 1 : end;
    if (last > at) readField(text, at, last, fields);
    at = end + 1;
  }
  return fields;
}

function readField(text: string, start: number, end: number, fields: Fields): void {
  const colon = text.indexOf(":", start);
  const isName = colon > start && colon < end && text.charCodeAt(start) > 0x20;
  if (!isName || text.charCodeAt(colon - 1) <= 0x20) {
    throw new MalformedResponseError("a line of the head that is no header");
  }
  const name = text.slice(start, colon).toLowerCase();
  const value = text.slice(colon + 1, end).trim();
  switch (name) {
    case "content-length":
      fields.lengths += fields.lengths === "" ? value : `,${value}`;
      break;
    case "transfer-encoding":
      fields.codings += `,${value.toLowerCase()}`;
      return;
    case "connection":
      fields.connection += `,${value.toLowerCase()}`;
      return;
    case "keep-alive":
    case "proxy-connection":
    case "proxy-authenticate":
    case "te":
    case "trailer":
    case "upgrade":
      return;
  }
  fields.headers.push([name, value]);
}

/** RFC 9110 section 7.6.1: headers named by Connection also belong to this hop. */
function withoutNamed({ headers, connection }: Fields): [string, string][] {
  if (connection === "" || connection === ",keep-alive" || connection === ",close") return headers;
  const named = connection.split(",").map((option) => option.trim());
  return headers.filter(([name]) => !named.includes(name) || END_TO_END.has(name));
}

interface Framing {
  readonly isChunked: boolean;
  readonly length: number | undefined;
  /**
   * There are two framings in one response: it can be read, but the connection must not be reused.
   */
  readonly isDoubtful: boolean;
}

/** RFC 9112 section 6.3. */
function framingOf({ lengths, codings }: Fields): Framing {
  const length = lengths === "" ? undefined : lengthOf(lengths);
  if (codings === "") return { isChunked: false, length, isDoubtful: false };
  if (codings !== ",chunked") throw new MalformedResponseError("an unknown transfer coding");
  return { isChunked: true, length: undefined, isDoubtful: length !== undefined };
}

/**
 * The same length may be stated several times (RFC 9110 section 8.6), different lengths may not.
 */
function lengthOf(lengths: string): number {
  const [first = "", ...others] = lengths.split(",");
  const text = first.trim();
  if (!/^\d{1,15}$/.test(text) || others.some((other) => other.trim() !== text)) {
    throw new MalformedResponseError("a Content-Length that is no length");
  }
  return Number(text);
}

function keepsAlive(version: string, connection: string): boolean {
  if (connection === "") return version === "1.1";
  const options = connection.split(",").map((option) => option.trim());
  if (options.includes("close")) return false;
  return version === "1.1" || options.includes("keep-alive");
}

function chunkSize(line: string): number {
  const [digits = ""] = line.split(";", 1);
  const text = digits.trim();
  if (!/^[0-9a-f]{1,12}$/i.test(text)) throw new MalformedResponseError("no size of a chunk");
  return Number.parseInt(text, 16);
}
