// One object in the spool: its head as a line of JSON, then its lines. What was written survives
// the end of the process; an incomplete last line is left out.

import { rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { SIGNALS } from "../../policy/index.ts";
import { AppendFile } from "./append-file.ts";
import type { BatchHead } from "./batch-head.ts";

const LINE_FEED = 0x0a;
/** The longest head: a key has at most 1,024 bytes. */
const HEAD_BYTES_MAX = 16 * 1024;

export class SpoolFile {
  readonly path: string;
  /** Undefined: another process has written the file. */
  readonly #file: AppendFile | undefined;

  private constructor(path: string, file: AppendFile | undefined) {
    this.path = path;
    this.#file = file;
  }

  /** Throws if the file cannot be created. */
  static create(path: string, head: BatchHead): SpoolFile {
    const file = new SpoolFile(path, new AppendFile(path));
    const fault = file.append(Buffer.from(`${JSON.stringify(head)}\n`));
    if (fault === undefined) return file;
    file.remove();
    throw fault;
  }

  /** A file that another process has left. */
  static existing(path: string): SpoolFile {
    return new SpoolFile(path, undefined);
  }

  /** What went wrong, if anything did; then nothing more can be appended. */
  append(bytes: Uint8Array): Error | undefined {
    return this.#file === undefined ? new Error("the file is closed") : this.#file.append(bytes);
  }

  close(): void {
    this.#file?.close();
  }

  /** The complete lines after the head. */
  async read(): Promise<Uint8Array> {
    const bytes = await readFile(this.path);
    const start = bytes.indexOf(LINE_FEED) + 1;
    return bytes.subarray(start, bytes.lastIndexOf(LINE_FEED) + 1);
  }

  /** Undefined: the file does not come from this program. */
  async head(): Promise<{ readonly head: BatchHead; readonly bytes: number } | undefined> {
    const text = await Bun.file(this.path).slice(0, HEAD_BYTES_MAX).text();
    const end = text.indexOf("\n");
    const head = end < 0 ? undefined : headOf(text.slice(0, end));
    if (head === undefined) return undefined;
    return { head, bytes: statSync(this.path).size - Buffer.byteLength(text.slice(0, end + 1)) };
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }
}

function headOf(line: string): BatchHead | undefined {
  try {
    // Checked below, because whoever can write to the spool can write anything to it.
    const head = JSON.parse(line) as BatchHead;
    const { target, signal, policy, key, compression } = head;
    const texts = [target.kind, target.name, policy, key];
    const isHead =
      texts.every((text) => typeof text === "string") &&
      SIGNALS.includes(signal) &&
      ["none", "gzip", "zstd"].includes(compression);
    return isHead ? head : undefined;
  } catch {
    return undefined;
  }
}
