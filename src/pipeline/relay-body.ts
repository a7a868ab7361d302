// Streams that pass bytes on one piece at a time and report what happens to them. A stream that
// fails raises an error in its reader, which makes the server cut the connection, so that nobody
// mistakes a part for the whole.

import { readAtMost, type PieceReader } from "../system/read-stream.ts";
import { UNREAD_BYTES_MAX, UNREAD_MS_MAX } from "../core/limits.ts";
import { BodyTooLargeError, ClientGoneError } from "./upstream-error.ts";

export interface RelayHooks {
  /** A piece has been asked for. */
  readonly waiting: () => void;
  /** The piece has come and is handed on; no other is asked for until the reader wants more. */
  readonly paused: (bytes: number) => void;
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
  /** The reader went away. */
  readonly cancelled: () => void;
}

/**
 * A response's body on its way to the client. Exactly one of ended, failed and cancelled is called.
 */
export function relayBody(
  source: ReadableStream<Uint8Array> | null,
  hooks: RelayHooks,
): ReadableStream<Uint8Array> | null {
  if (source === null) {
    hooks.ended();
    return null;
  }
  const reader = source.getReader();
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        hooks.waiting();
        try {
          const piece = await reader.read();
          if (isOver) return;
          if (piece.done) {
            isOver = true;
            hooks.ended();
            controller.close();
            return;
          }
          hooks.paused(piece.value.length);
          controller.enqueue(piece.value);
        } catch (error) {
          if (isOver) return;
          isOver = true;
          hooks.failed(error);
          controller.error(new Error("the upstream's answer broke off"));
        }
      },
      async cancel() {
        if (isOver) return;
        isOver = true;
        hooks.cancelled();
        await reader.cancel().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

export interface UploadHooks {
  /** The upstream wants more and the client has not sent it yet. */
  readonly waiting: () => void;
  /** A piece came and is handed on. */
  readonly sent: (bytes: number) => void;
  /** The last piece was handed on. */
  readonly ended: () => void;
  /** The body has too many bytes, or the client went away before its end. */
  readonly broken: (error: BodyTooLargeError | ClientGoneError) => void;
}

/**
 * A request's body on its way to the upstream; it fails with BodyTooLargeError as soon as it
 * exceeds the bound.
 */
export function boundedBody(
  source: ReadableStream<Uint8Array>,
  bytesMax: number,
  hooks: UploadHooks,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let seen = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        hooks.waiting();
        let piece;
        try {
          piece = await reader.read();
        } catch {
          const error = new ClientGoneError();
          hooks.broken(error);
          controller.error(error);
          return;
        }
        hooks.sent(piece.value?.length ?? 0);
        if (piece.done) {
          hooks.ended();
          controller.close();
          return;
        }
        seen += piece.value.length;
        if (seen > bytesMax) {
          hooks.waiting();
          const error = new BodyTooLargeError(bytesMax, !(await discard(reader)));
          hooks.broken(error);
          controller.error(error);
          return;
        }
        controller.enqueue(piece.value);
      },
      async cancel() {
        await reader.cancel().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * The whole body, or undefined if it has more than `bytesMax` bytes. Throws BodyTooLargeError if it
 * is so much larger that it was not read to its end.
 */
export async function readBounded(
  source: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const reader = source.getReader();
  const whole = await readAtMost(reader, bytesMax);
  if (whole === undefined && !(await discard(reader))) throw new BodyTooLargeError(bytesMax, true);
  return whole;
}

/**
 * Reads a body and throws it away. Returns whether its end came; a client that went away sends no
 * more.
 */
export async function discard(reader: PieceReader): Promise<boolean> {
  let left = UNREAD_BYTES_MAX;
  const giveUp = (): void => {
    left = -1;
    reader.cancel().catch(() => undefined);
  };
  const timer = setTimeout(giveUp, UNREAD_MS_MAX);
  try {
    for (;;) {
      const piece = await reader.read();
      if (piece.done) return left >= 0;
      left -= piece.value?.length ?? 0;
      if (left < 0) giveUp();
    }
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
