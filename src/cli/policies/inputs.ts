// What commands read: files that are named, or standard input.

import { ConfigError } from "../../config/index.ts";
import { RECORD_FILE_BYTES_MAX } from "../../core/limits.ts";
import { FileReadError, readRegularFile } from "../../system/read-file.ts";

export interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Of `-`, and without operands, standard input.
 * @throws {ConfigError} for a file that cannot be read, or is too large
 */
export async function* readInputs(operands: readonly string[]): AsyncGenerator<Input> {
  for (const path of operands.length === 0 ? ["-"] : operands) {
    if (path === "-") yield { name: "standard input", bytes: await Bun.stdin.bytes() };
    else yield { name: path, bytes: await read(path) };
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return (await readRegularFile(path, RECORD_FILE_BYTES_MAX)).bytes;
  } catch (error) {
    if (error instanceof FileReadError) throw new ConfigError([`${path}: ${error.message}`]);
    throw error;
  }
}
