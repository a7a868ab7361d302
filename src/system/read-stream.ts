// Reads streams of bytes into one array, up to a bound.

import { joinBytes } from "../core/bytes.ts";

/** What a stream is read with. */
export interface PieceReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** All that comes; undefined when it is more than `bytesMax`, with the rest still to come. */
export async function readAtMost(
  reader: PieceReader,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return joined(pieces);
    length += value.length;
    if (length > bytesMax) return undefined;
    pieces.push(value);
  }
}

/** One array of all pieces: the piece itself when it is the only one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : joinBytes(pieces);
}
