// A file that is only appended to. Written data is in the operating system's hands and survives the
// end of the process; a write that fails leaves nothing behind.

import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";

/** Telemetry is only for the user that runs the program. */
const FILE_MODE = 0o600;

export class AppendFile {
  readonly path: string;
  /** Bytes written so far. */
  bytes = 0;
  #descriptor: number | undefined;

  /** Throws if the file cannot be created. */
  constructor(path: string) {
    this.path = path;
    // In append mode, writes go to the end even after the file was cut.
    this.#descriptor = openSync(path, "ax", FILE_MODE);
  }

  /** What went wrong, if anything did; then nothing more can be appended. */
  append(...parts: readonly Uint8Array[]): Error | undefined {
    if (this.#descriptor === undefined) return new Error("the file is closed");
    const before = this.bytes;
    try {
      for (const part of parts) {
        let at = 0;
        while (at < part.length) at += writeSync(this.#descriptor, part, at);
        this.bytes += part.length;
      }
      return undefined;
    } catch (error) {
      // What stays in memory must not be in the file as well.
      this.#cut(before);
      this.close();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Removes everything that was written. */
  empty(): void {
    if (this.bytes > 0) this.#cut(0);
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    closeSync(descriptor);
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }

  #cut(bytes: number): void {
    if (this.#descriptor === undefined) return;
    try {
      ftruncateSync(this.#descriptor, bytes);
      this.bytes = bytes;
    } catch {
      // In that case some lines arrive twice.
    }
  }
}
