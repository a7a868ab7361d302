// Decodes a body that has been received, once there is room for its decoded size: a small one at
// once, a large one in another thread, so that it blocks nothing.

import { SMALL_BODY_BYTES_MAX } from "../../core/limits.ts";
import type { BodyCoding } from "../../protocols/index.ts";
import type { FailOpenReason } from "../../o11y/events.ts";
import { type Decoded, decode, decodeAside, expectedBytes } from "./decode.ts";
import type { Permit } from "../room/permit.ts";

/** At most so much is decoded at once: a millisecond or two. */
const AT_ONCE_BYTES_MAX = 512 * 1024;

/** Rejects with NoRoomError. */
export function decodeBody(
  received: Uint8Array,
  coding: BodyCoding,
  decodedBytesMax: number,
  permit: Permit,
): Decoded | Promise<Decoded> {
  if (coding === "identity") return decode(received, coding, decodedBytesMax);
  const atOnceMax = Math.min(decodedBytesMax, AT_ONCE_BYTES_MAX);
  const hold = (bytes: number): Promise<void> | undefined => permit.hold(bytes);
  if (received.length > SMALL_BODY_BYTES_MAX || expectedBytes(received, coding) > atOnceMax) {
    return decodeAside(received, coding, decodedBytesMax, hold);
  }
  const decoded = decode(received, coding, atOnceMax);
  if (decoded.kind === "too_large" && decodedBytesMax > atOnceMax) {
    return decodeAside(received, coding, decodedBytesMax, hold);
  }
  if (decoded.kind !== "ok") return decoded;
  const room = permit.hold(decoded.bytes.length);
  return room === undefined ? decoded : room.then(() => decoded);
}

/** The reason as it appears in the event that counts bodies which are forwarded unread. */
export function whyUndecoded(
  decoded: Exclude<Decoded, { kind: "ok" }>,
  decodedBytesMax: number,
): { readonly reason: FailOpenReason; readonly detail: string } {
  if (decoded.kind === "corrupt") return { reason: "undecodable", detail: decoded.detail };
  const detail = `more than max_decoded_bytes, ${decodedBytesMax} bytes`;
  return { reason: "decoded_too_large", detail };
}
