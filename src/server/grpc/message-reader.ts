// The one message of a unary call, as its bytes come: whole when it is small, else a stream that
// takes no more than its reader asks for. Knows framing and flow, nothing of services.

import type { ServerHttp2Stream } from "node:http2";
import { type MessagePrefix, PREFIX_BYTES, prefixOf } from "../../core/grpc/index.ts";
import { SMALL_BODY_BYTES_MAX } from "../../core/limits.ts";
import { ClientGoneError } from "../../pipeline/upstream-error.ts";
import { joined } from "../../system/read-stream.ts";

/** A message whose head has come. */
export interface IncomingMessage {
  readonly prefix: MessagePrefix;
  /** All of it, or what brings it piece by piece. */
  readonly body: Uint8Array | ReadableStream<Uint8Array>;
}

/** The stream of a call does not hold one message. */
export class FramingError extends Error {
  readonly code = "grpc_framing";
}

export interface MessageChecks {
  /** May throw to refuse a message by its prefix. */
  readonly check: (prefix: MessagePrefix) => void;
  /** Told of a message whose first bytes have been handed on, and which turns out to be none. */
  readonly broken: (error: FramingError) => void;
}

/**
 * Reads the message that `stream` begins with. Rejects with FramingError, ClientGoneError, or what
 * `check` threw.
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
  #prefix: MessagePrefix | undefined;
  #pieces: Uint8Array[] = [];
  /** Bytes in `#pieces`, the prefix included. */
  #received = 0;
  #isOver = false;

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
    this.#pieces.push(piece);
    this.#received += piece.length;
    if (this.#received < PREFIX_BYTES) return;
    try {
      this.#take(this.#prefix ?? this.#begin());
    } catch (error) {
      this.#fail(error instanceof Error ? error : new FramingError(String(error)));
    }
  };

  #begin(): MessagePrefix {
    const prefix = prefixOf(joined(this.#pieces, this.#received));
    if (prefix === undefined) throw new FramingError("the message's flag is neither 0 nor 1");
    this.#checks.check(prefix);
    this.#prefix = prefix;
    return prefix;
  }

  #take(prefix: MessagePrefix): void {
    if (this.#received > PREFIX_BYTES + prefix.length) throw moreThanOne();
    // A small one is handed on whole, when the client has said that it is the only one.
    if (prefix.length <= SMALL_BODY_BYTES_MAX) return;
    this.#done();
    const first = joined(this.#pieces, this.#received).subarray(PREFIX_BYTES);
    this.#resolve({ prefix, body: pieceByPiece(this.#stream, first, prefix.length, this.#checks) });
  }

  readonly #onEnd = (): void => {
    const prefix = this.#prefix;
    if (prefix === undefined || this.#received !== PREFIX_BYTES + prefix.length) {
      const cut = new FramingError("the call ended before its message");
      this.#fail(isTakenBack(this.#stream) ? new ClientGoneError() : cut);
      return;
    }
    this.#done();
    const body = joined(this.#pieces, this.#received).subarray(PREFIX_BYTES);
    this.#resolve({ prefix, body });
  };

  readonly #onBroken = (): void => this.#fail(new ClientGoneError());

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#done();
    this.#reject(error);
  }

  #done(): void {
    this.#isOver = true;
    this.#stream.off("data", this.#onData);
    this.#stream.off("end", this.#onEnd);
    this.#stream.off("error", this.#onBroken);
    this.#stream.off("close", this.#onBroken);
  }
}

/** Whether its client has ended it; what came of it is no whole. */
function isTakenBack({ aborted, rstCode }: ServerHttp2Stream): boolean {
  return aborted || (rstCode !== undefined && rstCode !== 0);
}

function moreThanOne(): FramingError {
  return new FramingError("there are more bytes than one message; the method takes one");
}

/** The rest of a message; reading pauses the client as long as nobody asks. */
function pieceByPiece(
  stream: ServerHttp2Stream,
  first: Uint8Array,
  length: number,
  { broken }: MessageChecks,
): ReadableStream<Uint8Array> {
  let received = first.length;
  let isOver = false;
  stream.pause();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (fault?: FramingError | "gone"): void => {
          if (isOver) return;
          isOver = true;
          if (fault === undefined) controller.close();
          else {
            if (fault !== "gone") broken(fault);
            // To whoever reads it, it is a body whose client is not there any more.
            controller.error(new ClientGoneError());
          }
        };
        if (first.length > 0) controller.enqueue(first);
        stream.on("data", (piece: Uint8Array) => {
          received += piece.length;
          if (received > length) end(moreThanOne());
          if (isOver) return;
          controller.enqueue(piece);
          if ((controller.desiredSize ?? 0) <= 0) stream.pause();
        });
        stream.on("end", () => {
          const cut = new FramingError("the call ended before its message");
          end(received === length ? undefined : isTakenBack(stream) ? "gone" : cut);
        });
        stream.on("error", () => end("gone"));
        stream.on("close", () => end("gone"));
      },
      pull() {
        if (!isOver) stream.resume();
      },
      cancel() {
        isOver = true;
        // What is left of it comes and goes.
        stream.resume();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  );
}
