// Reads those pieces of a streamed body that its source has ready. Most bodies end there; they then
// have a known length, and leave in a single write together with their heads.

import { EARLY_BYTES_MAX } from "../../core/limits.ts";
import { joined, type PieceReader } from "../../system/read-stream.ts";

export interface EarlyPieces {
  readonly bytes: Uint8Array;
  /** Whether these pieces are the whole body. */
  readonly isWhole: boolean;
  /** A piece that was asked for but has not come yet. */
  readonly next: ReturnType<PieceReader["read"]> | undefined;
}

/**
 * Takes the pieces that come before anything else happens. Never rejects: if the body breaks off,
 * the pieces that came are sent, and `next` says how it broke.
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

/** Undefined: it has not come yet, or it failed. */
async function settled<T>(next: Promise<T>, turn: Promise<undefined>): Promise<T | undefined> {
  try {
    return await Promise.race([next, turn]);
  } catch {
    return undefined;
  }
}
