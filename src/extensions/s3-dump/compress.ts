// The content of objects as it is sent: plain, or compressed in the runtime's own threads.

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { DumpCompression } from "../../config/index.ts";

const gzipped = promisify(gzip);

/** The name of the coding in HTTP; undefined: none. */
export function codingOf(compression: DumpCompression): string | undefined {
  return compression === "none" ? undefined : compression;
}

export async function compressed(
  bytes: Uint8Array,
  compression: DumpCompression,
): Promise<Uint8Array> {
  switch (compression) {
    case "none":
      return bytes;
    case "gzip":
      return gzipped(bytes);
    case "zstd":
      return Bun.zstdCompress(bytes);
  }
}
