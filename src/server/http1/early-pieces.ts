// Reads those pieces of a streamed body that its source has ready. Most bodies end there; they then
// have a known length, and leave in a single write together with their heads.

import { EARLY_BYTES_MAX } from "../../core/limits.ts";
import { joined, type PieceReader } from "../../system/read-stream.ts";

export interface EarlyPieces {
  readonly bytes: Uint8Array;
  /** Whether that is all. */
  readonly isWhole: boolean;
  /** What has been asked for, and has not come yet. */
  readonly next: ReturnType<PieceReader["read"]> | undefined;
}

/**
 * Takes what comes before anything else happens. Never rejects: when the body breaks off, what had
 * come of it is sent, and `next` says how it broke.
 */
export async function earlyPieces(reader: PieceReader): Promise<EarlyPieces> {
  const turn = new Promise<undefined>((resolve) => process.nextTick(resolve, undefined));
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < EARLY_BYTES_MAX) {
    const next = reader.read();
    const piece = await settled(next, turn);
    if (piece === undefined) return { bytes: joined(pieces), isWhole: false, next };
    if (piece.done || piece.value === undefined) {
      return { bytes: joined(pieces), isWhole: true, next: undefined };
    }
    length += piece.value.length;
    pieces.push(piece.value);
  }
  return { bytes: joined(pieces), isWhole: false, next: undefined };
}

/** Undefined: it has not come yet, or it broke. */
async function settled<T>(next: Promise<T>, turn: Promise<undefined>): Promise<T | undefined> {
  try {
    return await Promise.race([next, turn]);
  } catch {
    return undefined;
  }
}
