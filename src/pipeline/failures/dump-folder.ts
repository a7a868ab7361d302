// The folder that holds dumps. Each dump takes one of a fixed set of numbers, and its file is
// created only if nobody else has created it; so the bound holds across threads, programs and
// restarts without any coordination. Removes no file except one that it could not finish.

import { mkdir, open, readdir, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { FAILURE_WRITE_BYTES } from "../../core/limits.ts";
import { DUMP_END } from "./dump-text.ts";

/** A dump to be written. */
export interface Dump {
  readonly head: string;
  readonly body: Uint8Array;
}

export interface DumpFolderOptions {
  readonly folder: string;
  readonly dumpsMax: number;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export class DumpFolder {
  readonly #options: DumpFolderOptions;

  constructor(options: DumpFolderOptions) {
    this.#options = options;
  }

  /**
   * Returns the bytes of the file; undefined: there are as many dumps as allowed. Rejects as files
   * do.
   */
  async write({ head, body }: Dump): Promise<number | undefined> {
    const claimed = await this.#claim();
    if (claimed === undefined) return undefined;
    const { path, file } = claimed;
    try {
      let bytes = await append(file, head);
      for (let at = 0; at < body.length; at += FAILURE_WRITE_BYTES) {
        const piece = body.subarray(at, at + FAILURE_WRITE_BYTES);
        bytes += await append(file, piece.toBase64());
      }
      return bytes + (await append(file, DUMP_END));
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Creates a file with the lowest free number. */
  async #claim(): Promise<{ readonly path: string; readonly file: FileHandle } | undefined> {
    const { folder, dumpsMax } = this.#options;
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    const taken = new Set(await readdir(folder));
    for (let number = 1; number <= dumpsMax; number++) {
      const name = `failure-${String(number).padStart(5, "0")}.json`;
      if (taken.has(name)) continue;
      const path = join(folder, name);
      try {
        return { path, file: await open(path, "wx", FILE_MODE) };
      } catch (error) {
        // Another thread was quicker.
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
    }
    return undefined;
  }
}

async function append(file: FileHandle, text: string): Promise<number> {
  await file.appendFile(text);
  return Buffer.byteLength(text);
}
