// Reads the single message of a unary call as its bytes arrive, and accepts no more of them than
// its reader asks for. Knows framing and flow control, and nothing about services.

import type { ServerHttp2Stream } from "node:http2";
import { type MessagePrefix, PREFIX_BYTES, prefixOf } from "../../core/grpc/index.ts";
import { SMALL_BODY_BYTES_MAX } from "../../core/limits.ts";
import { ClientGoneError } from "../../pipeline/upstream-error.ts";
import { joined } from "../../system/read-stream.ts";
import { IncomingBody } from "../incoming-body.ts";

/** A message whose head has arrived. */
export interface IncomingMessage {
  readonly prefix: MessagePrefix;
  readonly body: IncomingBody;
}

/** The stream of a call does not hold exactly one message. */
export class FramingError extends Error {
  readonly code = "grpc_framing";
}

export interface MessageChecks {
  /** May throw to refuse a message by its prefix. */
  readonly check: (prefix: MessagePrefix) => void;
  /** Called if a message turns out to be broken after its first bytes have been handed on. */
  readonly broken: (error: FramingError) => void;
}

/**
 * Reads the message that `stream` begins with. A small message is handed on whole, once the client
 * has said that it is the only one. Rejects with FramingError, ClientGoneError, or whatever `check`
 * threw.
 */
export function readMessage(
  stream: ServerHttp2Stream,
  checks: MessageChecks,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    new MessageReader(stream, checks, resolve, reject).start();
  });
}

class MessageReader {
  readonly #stream: ServerHttp2Stream;
  readonly #checks: MessageChecks;
  readonly #resolve: (message: IncomingMessage) => void;
  readonly #reject: (error: Error) => void;
  /** The beginning of the prefix, while it is incomplete. */
  #head = new Uint8Array(0);
  #message: IncomingMessage | undefined;
  /** Bytes of the message that are still to come. */
  #missing = 0;
  #isHandedOn = false;

  constructor(
    stream: ServerHttp2Stream,
    checks: MessageChecks,
    resolve: (message: IncomingMessage) => void,
    reject: (error: Error) => void,
  ) {
    this.#stream = stream;
    this.#checks = checks;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    this.#stream.on("data", this.#onData);
    this.#stream.on("end", this.#onEnd);
    this.#stream.on("error", this.#onBroken);
    this.#stream.on("close", this.#onBroken);
  }

  readonly #onData = (piece: Uint8Array): void => {
    try {
      if (this.#message !== undefined) this.#take(this.#message, piece, 0);
      else this.#begin(piece);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new FramingError(String(error)));
    }
  };

  #begin(piece: Uint8Array): void {
    const earlier = this.#head.length;
    const head = earlier === 0 ? piece : joined([this.#head, piece]);
    if (head.length < PREFIX_BYTES) {
      this.#head = head.slice();
      return;
    }
    const prefix = prefixOf(head);
    if (prefix === undefined) throw new FramingError("the message's flag is neither 0 nor 1");
    this.#checks.check(prefix);
    const body = new IncomingBody(prefix.length, () => void this.#stream.resume());
    this.#missing = prefix.length;
    const message = { prefix, body };
    this.#message = message;
    this.#take(message, piece, PREFIX_BYTES - earlier);
    if (prefix.length > SMALL_BODY_BYTES_MAX) this.#handOn(message);
  }

  #take({ body }: IncomingMessage, piece: Uint8Array, from: number): void {
    const bytes = piece.length - from;
    if (bytes > this.#missing) {
      throw new FramingError("there are more bytes than one message; the method takes one");
    }
    this.#missing -= bytes;
    if (bytes > 0) body.put(piece, from, piece.length);
    // The reader says when more is wanted; a small message has no reader yet.
    if (this.#isHandedOn && body.isFull) this.#stream.pause();
  }

  #handOn(message: IncomingMessage): void {
    this.#isHandedOn = true;
    this.#resolve(message);
  }

  readonly #onEnd = (): void => {
    const message = this.#message;
    if (message === undefined || this.#missing > 0) {
      const cut = new FramingError("the call ended before its message");
      this.#fail(isTakenBack(this.#stream) ? new ClientGoneError() : cut);
      return;
    }
    this.#done();
    message.body.end();
    if (!this.#isHandedOn) this.#handOn(message);
  };

  readonly #onBroken = (): void => this.#fail(new ClientGoneError());

  #fail(error: Error): void {
    this.#done();
    if (!this.#isHandedOn) {
      this.#reject(error);
      return;
    }
    if (error instanceof FramingError) this.#checks.broken(error);
    // To its reader, this is a body whose client is gone.
    this.#message?.body.fail(new ClientGoneError());
  }

  #done(): void {
    this.#stream.off("data", this.#onData);
    this.#stream.off("end", this.#onEnd);
    this.#stream.off("error", this.#onBroken);
    this.#stream.off("close", this.#onBroken);
    // The rest of it is read and thrown away.
    this.#stream.resume();
  }
}

/** Whether the client has ended the call, so that what has arrived is incomplete. */
function isTakenBack({ aborted, rstCode }: ServerHttp2Stream): boolean {
  return aborted || (rstCode !== undefined && rstCode !== 0);
}
