// Receives a request's whole body, within its bound and as room allows, and reports how that went.

import { joined } from "../../system/read-stream.ts";
import { SMALL_BODY_BYTES_MAX, WHOLE_BODY_BYTES_MAX } from "../../core/limits.ts";
import type { Permit } from "./permit.ts";
import { discard } from "../relay-body.ts";
import { freeBuffer } from "../free-buffer.ts";
import { BodyTooLargeError } from "../upstream-error.ts";

/** Bytes of a request's body: 0 for none, -1 if only its end will tell. */
export function bodyLength(request: Request): number {
  // The server hands out no body for these.
  if (request.method === "GET" || request.method === "HEAD") return 0;
  const length = request.headers.get("content-length");
  if (length !== null) {
    const bytes = Number(length);
    // The same length stated twice is read as a list; the server takes it as one (RFC 9110 section
    // 8.6).
    return Number.isNaN(bytes) ? -1 : bytes;
  }
  return request.headers.has("transfer-encoding") || request.body !== null ? -1 : 0;
}

/**
 * `length`: what the client announced, or -1 if only the end will tell. Rejects with
 * BodyTooLargeError, NoRoomError or UploadCutError, or if the client goes away.
 */
export function receiveBody(
  request: Request,
  length: number,
  bytesMax: number,
  permit: Permit,
): Promise<Uint8Array> {
  if (length > bytesMax) return Promise.reject(new BodyTooLargeError(bytesMax));
  if (length > SMALL_BODY_BYTES_MAX) permit.isLarge = true;
  if (length < 0 || length > WHOLE_BODY_BYTES_MAX) {
    return receivePieces(request.body, bytesMax, permit);
  }
  const room = permit.hold(length);
  if (room === undefined) return receiveWhole(request, permit);
  return room.then(() => receiveWhole(request, permit));
}

function receiveWhole(request: Request, permit: Permit): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    permit.asked(reject);
    const came = (bytes: Uint8Array): void => {
      permit.came(bytes.length);
      resolve(bytes);
    };
    request.bytes().then(came, reject);
  });
}

/** Room is requested as pieces arrive, so that a mere announcement takes none. */
async function receivePieces(
  source: ReadableStream<Uint8Array> | null,
  bytesMax: number,
  permit: Permit,
): Promise<Uint8Array> {
  if (source === null) return new Uint8Array(0);
  await permit.hold(FIRST_BYTES);
  const reader = source.getReader();
  const read = (): ReturnType<typeof reader.read> =>
    new Promise((resolve, reject) => {
      permit.asked(reject);
      reader.read().then(resolve, reject);
    });
  const pieces: Uint8Array[] = [];
  let received = 0;
  try {
    for (;;) {
      const piece = await read();
      permit.came(piece.value?.length ?? 0);
      if (piece.done) break;
      received += piece.value.length;
      if (received > bytesMax) break;
      pieces.push(piece.value);
      const room = received > permit.bytes ? permit.hold(received - permit.bytes) : undefined;
      if (room !== undefined) await room;
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error;
  }
  if (received > bytesMax) throw new BodyTooLargeError(bytesMax, !(await discard(reader)));
  const whole = joined(pieces);
  // If there was only one piece, the whole is that piece.
  if (pieces.length > 1) for (const piece of pieces) freeBuffer(piece);
  return whole;
}

const FIRST_BYTES = 64 * 1024;
