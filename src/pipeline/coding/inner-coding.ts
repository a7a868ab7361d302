// Undoes codings that a protocol uses inside those of HTTP: for small bodies at once, for large
// ones in steps, so that nothing else is blocked.

import { SMALL_BODY_BYTES_MAX } from "../../core/limits.ts";
import type { Pauses } from "../../policy/index.ts";
import type { BodyCoding, InnerCoding, Unpacked } from "../../protocols/index.ts";
import type { LargeBodies } from "../large-bodies.ts";
import { freeBuffer } from "../free-buffer.ts";
import type { Permit } from "../room/permit.ts";
import type { Decoded } from "./decode.ts";
import { decodeBody } from "./decode-body.ts";

/** Whose body it is, and the queue of other large bodies. */
export interface InnerWork {
  readonly permit: Permit;
  readonly largeBodies: LargeBodies;
  readonly client: AbortSignal;
}

/**
 * Decodes like `decodeBody`, then undoes the inner coding. Rejects with NoRoomError and
 * ClientGoneError.
 */
export async function decodeTwice(
  received: Uint8Array,
  { coding, inner }: { readonly coding: BodyCoding; readonly inner: InnerCoding },
  decodedBytesMax: number,
  work: InnerWork,
): Promise<Decoded> {
  const outer = await decodeBody(received, coding, decodedBytesMax, work.permit);
  if (outer.kind !== "ok") return outer;
  const expected = inner.expectedBytes(outer.bytes);
  if (expected > decodedBytesMax) return { kind: "too_large" };
  await work.permit.hold(expected);
  const steps = inner.decode(outer.bytes, decodedBytesMax);
  const clear = await inSteps(steps, Math.max(outer.bytes.length, expected), work);
  if (outer.bytes !== received) freeBuffer(outer.bytes);
  if (clear.kind !== "ok") return clear;
  return { ...clear, coding: outer.coding, codedBytes: outer.bytes.length };
}

/** Decodes at once and without asking for room: for a body that is certain to be small. */
export function unpackWhole(
  inner: InnerCoding,
  coded: Uint8Array,
  clearBytesMax: number,
): Unpacked {
  if (inner.expectedBytes(coded) > clearBytesMax) return { kind: "too_large" };
  return atOnce(inner.decode(coded, clearBytesMax));
}

/** Encodes the body again. Rejects with ClientGoneError. */
export async function pack(
  inner: InnerCoding,
  clear: Uint8Array,
  work: InnerWork,
): Promise<Uint8Array> {
  return inSteps(inner.encode(clear), clear.length, work);
}

function inSteps<T>(
  steps: Generator<undefined, T>,
  bytes: number,
  { largeBodies, client }: InnerWork,
): T | Promise<T> {
  if (bytes <= SMALL_BODY_BYTES_MAX) return atOnce(steps);
  return largeBodies.filter((pauses) => paced(steps, pauses), client);
}

/** Takes the same steps, but pauses only where a pause is due. */
function* paced<T>(steps: Generator<undefined, T>, pauses: Pauses): Generator<undefined, T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (pauses.isDue()) yield;
  }
}

function atOnce<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
