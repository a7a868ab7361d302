// Where kept lines go: standard output, a file, a backend. Must not know where lines come from.

import type { LineOutput, OutputEvents } from "../ports.ts";
import { openByteOutput } from "./byte-output.ts";

export { OutputError } from "./byte-output.ts";

export interface OutputOptions {
  /** `-`, the path of a file, or the URL of a backend. */
  readonly target: string;
  readonly writeBufBytes: number;
  readonly flushIntervalMs: number;
  readonly flushPieces: number;
}

/** @throws {OutputError} it cannot be opened */
export function createOutput(options: OutputOptions, events: OutputEvents): Promise<LineOutput> {
  return openByteOutput(options, events);
}
