// Finds where each request of a connection ends. Checks nothing else: what cannot be framed is left
// to the server behind, which gets the same bytes and says what is wrong with them. Source: RFC
// 9112.

import { CHUNK_LINE_BYTES_MAX, GUARDED_HEAD_BYTES_MAX } from "../core/limits.ts";

const LF = 0x0a;
const CR = 0x0d;

type State = "head" | "length" | "chunk line" | "chunk" | "chunk end" | "trailers" | "unknown";

export class RequestFramer {
  /** Whether the current request has ended; the next byte begins another. */
  isWhole = false;
  readonly #begun: (method: string) => void;
  #state: State = "head";
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** What has arrived of a line that is not complete yet. */
  #line = "";
  #head = "";

  /** `begun`: called when a head is complete, with its method. */
  constructor(begun: (method: string) => void) {
    this.#begun = begun;
  }

  /** Whether ends are still found; once one is not, no later one is either. */
  get isFraming(): boolean {
    return this.#state !== "unknown";
  }

  /** The end, in `bytes`, of what belongs to the current request. */
  take(bytes: Buffer, start: number): number {
    if (this.isWhole) this.#next();
    let at = start;
    while (at < bytes.length && !this.isWhole) {
      if (this.#state === "unknown") return bytes.length;
      at = this.#isCounting() ? this.#count(bytes, at) : this.#takeLine(bytes, at);
    }
    return at;
  }

  #next(): void {
    this.isWhole = false;
    this.#state = "head";
    this.#head = "";
  }

  #isCounting(): boolean {
    return this.#state === "length" || this.#state === "chunk";
  }

  #count(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left > 0) return end;
    if (this.#state === "length") this.isWhole = true;
    else this.#state = "chunk end";
    return end;
  }

  #takeLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at);
    if (end === -1) {
      this.#line += bytes.toString("latin1", at);
      const bytesMax = this.#state === "head" ? GUARDED_HEAD_BYTES_MAX : CHUNK_LINE_BYTES_MAX;
      if (this.#line.length > bytesMax) this.#state = "unknown";
      return bytes.length;
    }
    const isCrlf = end > at && bytes[end - 1] === CR;
    const line = this.#line + bytes.toString("latin1", at, isCrlf ? end - 1 : end);
    this.#line = "";
    // The two may have arrived in separate pieces.
    this.#lineEnded(line.endsWith("\r") ? line.slice(0, -1) : line);
    return end + 1;
  }

  #lineEnded(line: string): void {
    switch (this.#state) {
      case "head":
        if (line === "") this.#headEnded();
        else this.#head += `${line}\n`;
        if (this.#head.length > GUARDED_HEAD_BYTES_MAX) this.#state = "unknown";
        return;
      case "chunk line":
        this.#chunkBegins(line);
        return;
      case "chunk end":
        this.#state = line === "" ? "chunk line" : "unknown";
        return;
      case "trailers":
        this.isWhole = line === "";
    }
  }

  #headEnded(): void {
    const head = this.#head;
    const method = head.slice(0, head.indexOf(" "));
    const lengths = head.match(/^content-length:.*$/gim) ?? [];
    const codings = head.match(/^transfer-encoding:.*$/gim) ?? [];
    const length = /^content-length:[ \t]*([0-9]{1,15})[ \t]*$/im.exec(lengths[0] ?? "")?.[1];
    const isChunked = /^transfer-encoding:[ \t]*chunked[ \t]*$/i.test(codings[0] ?? "");
    const isOdd = lengths.length + codings.length > 1 || !/^[^\n]* HTTP\/1\.[01]\n/.test(head);
    const isOpen = method === "CONNECT" || /^upgrade:/im.test(head);
    if (isOdd || isOpen || (lengths.length > 0 && length === undefined)) {
      this.#state = "unknown";
    } else if (codings.length > 0) {
      this.#state = isChunked ? "chunk line" : "unknown";
    } else {
      this.#left = Number(length ?? 0);
      this.#state = "length";
      this.isWhole = this.#left === 0;
    }
    if (this.#state !== "unknown") this.#begun(method);
  }

  #chunkBegins(line: string): void {
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
    this.#left = Number.parseInt(size ?? "", 16);
    if (size === undefined) this.#state = "unknown";
    else this.#state = this.#left === 0 ? "trailers" : "chunk";
  }
}
