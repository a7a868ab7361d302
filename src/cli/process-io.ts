// Standard output and standard error for commands. What is written has left when the call returns,
// so that memory does not grow with a slow reader and nothing is lost at the end.

import { writeSync } from "node:fs";
import { encodeUtf8 } from "../core/utf8.ts";
import type { CliIo } from "./command.ts";

/** Whoever read the output has enough of it, as `head` does: nothing is left to do. */
export class BrokenPipeError extends Error {
  readonly code = "broken_pipe";
  constructor() {
    super("nobody reads the output any more");
    this.name = "BrokenPipeError";
  }
}

/** A pipe that was set not to block, and is full, is looked at again after this. */
const FULL_PIPE_MS = 2;

export const processIo: CliIo = {
  /** @throws {BrokenPipeError} */
  out(text) {
    if (!write(1, encodeUtf8(text))) throw new BrokenPipeError();
  },
  err(text) {
    write(2, encodeUtf8(text));
  },
  isTerminal: process.stdout.isTTY,
  get columns() {
    return process.stdout.columns;
  },
  get rows() {
    return process.stdout.rows;
  },
};

/** False when nobody reads it. */
function write(descriptor: number, bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A terminal that went away answers EIO.
      if (code === "EPIPE" || code === "EIO" || code === "EBADF") return false;
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(FULL_PIPE_MS);
    }
  }
  return true;
}
