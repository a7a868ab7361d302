// A file that is only appended to. Written data is in the operating system's hands and survives the
// end of the process; a write that fails leaves nothing behind.

import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";

/** Telemetry is for the user that runs the program only. */
const FILE_MODE = 0o600;

export class AppendFile {
  readonly path: string;
  /** Written so far. */
  bytes = 0;
  #descriptor: number | undefined;

  /** Throws when it cannot be made. */
  constructor(path: string) {
    this.path = path;
    // At the end, whatever was cut off before.
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
      // What stays in memory must not be here as well.
      this.#cut(before);
      this.close();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Takes back all that was written. */
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
      // Then some lines arrive twice.
    }
  }
}
