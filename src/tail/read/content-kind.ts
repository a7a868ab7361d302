// Tells from the first bytes of a file whether it holds lines of text. It reads the beginning of
// the file itself, however far reading has got.

import { readSync } from "node:fs";

const ANY = -1;
/** How compressed files begin; of bzip2 the fourth byte is a level. */
const COMPRESSED = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68, ANY, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
] as const satisfies readonly (readonly [string, readonly number[]])[];

/** The byte order marks of UTF-16, and of UTF-32 with its lower half first. */
const WIDE_MARKS = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

const BYTES = 10;

export type ContentKind =
  | { readonly kind: "text" }
  /** A hole, or a text that is strange. */
  | { readonly kind: "nuls" }
  /** Its line ends are not those of bytes. */
  | { readonly kind: "wide" }
  | { readonly kind: "compressed"; readonly by: string };

const TEXT: ContentKind = { kind: "text" };
const NULS: ContentKind = { kind: "nuls" };
const WIDE: ContentKind = { kind: "wide" };

/** @throws the system's error */
export function contentKindOf(fd: number): ContentKind {
  const bytes = new Uint8Array(BYTES);
  const length = readSync(fd, bytes, 0, BYTES, 0);
  const isThere = (magic: readonly number[]): boolean =>
    magic.length <= length && magic.every((byte, i) => byte === ANY || byte === bytes[i]);
  const compressed = COMPRESSED.find(([, magic]) => isThere(magic));
  if (compressed !== undefined) return { kind: "compressed", by: compressed[0] };
  if (length === BYTES && bytes.every((byte) => byte === 0)) return NULS;
  return WIDE_MARKS.some(isThere) ? WIDE : TEXT;
}
