// Reads streams of bytes into one array, within a bound.

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
    if (done || value === undefined) return joined(pieces, length);
    length += value.length;
    if (length > bytesMax) return undefined;
    pieces.push(value);
  }
}

/** One array of all pieces, which have `length` bytes together. */
export function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
