// The length prefixes around a change inside a message that is being rewritten.

import type { Rewriter } from "../rewriter.ts";
import { VARINT_BYTES_MAX } from "./wire.ts";
import { writeVarint } from "./write.ts";

const length = new Uint8Array(VARINT_BYTES_MAX);

/**
 * Leaves a message whose length is at `lengthAt` of the input, and at `position` of the output: the
 * length is written anew if the payload [start, stop) has changed its size. Does nothing if nothing
 * after the length was consumed.
 */
export function closeMessage(
  rewriter: Rewriter,
  lengthAt: number,
  start: number,
  stop: number,
  position: number,
): void {
  if (!rewriter.isBeyond(lengthAt)) return;
  rewriter.copyTo(stop);
  const width = start - lengthAt;
  const size = rewriter.sizeFrom(position) - width;
  if (size === stop - start) return;
  rewriter.splice(position, width, length, 0, writeVarint(length, 0, size));
}
