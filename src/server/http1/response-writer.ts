// Writes responses to an outlet, one at a time and no faster than their client accepts them. Knows
// framing and streams, but no sockets and no requests.

import { wholeBodyOf } from "../../pipeline/whole-response.ts";
import type { PieceReader } from "../../system/read-stream.ts";
import { type EarlyPieces, earlyPieces } from "./early-pieces.ts";
import type { Outlet } from "./outlet.ts";
import type { ReceivedHead } from "./request-head.ts";
import { isBodiless, responseHead, type ResponseHead } from "./response-head.ts";

/**
 * How a response ended. `cut`: its body broke off, which its client must be able to see. `last`:
 * nothing more is to be sent on the connection.
 */
export type ResponseEnd = "sent" | "last" | "cut";

/** What a writer asks, and what it reports. */
export interface WriterHooks {
  /** Whether the connection is to be closed after a response whose head is about to be written. */
  readonly isLast: () => boolean;
  /** The socket has accepted the whole response. Not called after `giveUp`. */
  readonly done: (end: ResponseEnd) => void;
}

export class ResponseWriter {
  readonly #hooks: WriterHooks;
  readonly #outlet: Outlet;
  #reader: PieceReader | undefined;
  #isGivenUp = false;

  constructor(outlet: Outlet, hooks: WriterHooks) {
    this.#outlet = outlet;
    this.#hooks = hooks;
  }

  /** Writes the response to a request. */
  write(request: ReceivedHead, response: Response): void {
    const whole = wholeBodyOf(response);
    const isEmpty = whole === undefined && response.body === null;
    if (whole !== undefined || isEmpty || isBodiless(request.method, response.status)) {
      const head = responseHead(request, response, whole, this.#hooks.isLast());
      const { framing } = head;
      this.#outlet.write(head.text, framing.kind === "whole" ? framing.bytes : undefined);
      const end = head.isLast ? "last" : "sent";
      // A body that is not to be sent is not left waiting.
      if (whole === undefined) response.body?.cancel().catch(() => undefined);
      if (this.#outlet.isEmpty) this.#done(end);
      else this.#outlet.whenEmpty(() => this.#done(end));
      return;
    }
    void this.#writeStream(request, response);
  }

  /** The client is gone: the body is not read any further, and nothing is written. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#reader?.cancel().catch(() => undefined);
  }

  #done(end: ResponseEnd): void {
    this.#reader = undefined;
    if (!this.#isGivenUp) this.#hooks.done(end);
  }

  async #writeStream(request: ReceivedHead, response: Response): Promise<void> {
    this.#done(await this.#stream(request, response));
  }

  async #stream(request: ReceivedHead, response: Response): Promise<ResponseEnd> {
    if (response.body === null) return "cut";
    const reader: PieceReader = response.body.getReader();
    this.#reader = reader;
    try {
      const early = await earlyPieces(reader);
      if (this.#isGivenUp) return "cut";
      const isSaid = response.headers.has("content-length");
      const whole = early.isWhole && !isSaid ? early.bytes : undefined;
      const head = responseHead(request, response, whole, this.#hooks.isLast());
      await this.#pieces(head, early, reader);
      return head.isLast ? "last" : "sent";
    } catch {
      reader.cancel().catch(() => undefined);
      return "cut";
    }
  }

  /** Throws if the body is not what its head says. */
  async #pieces(
    { text, framing }: ResponseHead,
    early: EarlyPieces,
    reader: PieceReader,
  ): Promise<void> {
    let left = framing.kind === "length" ? framing.bytes : Number.POSITIVE_INFINITY;
    let before = text;
    let { bytes } = early;
    let isDone = early.isWhole;
    let { next } = early;
    for (;;) {
      left -= bytes.length;
      if (left < 0 || (isDone && framing.kind === "length" && left > 0)) {
        throw new RangeError("the body has another length than it says");
      }
      this.#piece(framing.kind === "chunks", before, bytes, isDone);
      before = "";
      if (!this.#outlet.isEmpty) await this.#emptied();
      if (isDone) return;
      const piece = await (next ?? reader.read());
      next = undefined;
      if (this.#isGivenUp) return;
      isDone = piece.done;
      bytes = piece.value ?? NOTHING;
    }
  }

  #piece(isChunked: boolean, before: string, bytes: Uint8Array, isLast: boolean): void {
    const end = isChunked && isLast ? "0\r\n\r\n" : "";
    if (!isChunked || bytes.length === 0) this.#outlet.write(before, bytes, end);
    else {
      this.#outlet.write(`${before}${bytes.length.toString(16)}\r\n`, bytes, `\r\n${end}`);
    }
  }

  #emptied(): Promise<void> {
    return new Promise((resolve) => this.#outlet.whenEmpty(resolve));
  }
}

const NOTHING = new Uint8Array(0);
