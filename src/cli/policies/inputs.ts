// What commands read: files that are named, or standard input.

import { ConfigError } from "../../config/index.ts";
import { RECORD_FILE_BYTES_MAX } from "../../core/limits.ts";
import { decode } from "../../pipeline/coding/decode.ts";
import { FileReadError, readRegularFile } from "../../system/read-file.ts";

export interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How compressed files begin. */
const MAGIC = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
] as const;

/** What a file is compressed with, as its first bytes say. */
export function codingOf(bytes: Uint8Array): (typeof MAGIC)[number][0] | undefined {
  return MAGIC.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte))?.[0];
}

/**
 * Of `-`, and without operands, standard input.
 * @throws {ConfigError} for a file that cannot be read, or is too large
 */
export async function* readInputs(operands: readonly string[]): AsyncGenerator<Input> {
  for (const path of operands.length === 0 ? ["-"] : operands) {
    if (path === "-") yield unpacked("standard input", await Bun.stdin.bytes());
    else yield unpacked(path, await read(path));
  }
}

/** @throws {ConfigError} for what is damaged, or too large when it is decoded */
function unpacked(name: string, received: Uint8Array): Input {
  const coding = codingOf(received);
  if (coding === undefined) return { name, bytes: received };
  const decoded = decode(received, coding, RECORD_FILE_BYTES_MAX);
  if (decoded.kind === "corrupt") throw new ConfigError([`${name}: ${decoded.detail}`]);
  if (decoded.kind === "too_large") {
    const most = `allowed: ${RECORD_FILE_BYTES_MAX} bytes`;
    throw new ConfigError([`${name}: is too large when it is decoded; ${most}`]);
  }
  return { name, bytes: decoded.bytes };
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return (await readRegularFile(path, RECORD_FILE_BYTES_MAX)).bytes;
  } catch (error) {
    if (error instanceof FileReadError) throw new ConfigError([`${path}: ${error.message}`]);
    throw error;
  }
}
