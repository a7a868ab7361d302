// What the syntaxes of lines share: a line is read as a record, its values are put, and it can be
// opened for edits.

import type { FieldValues, RecordEditor } from "../../../policy/record-port.ts";

/** How a line is read; `auto`: a JSON object as json, every other line as raw. */
export type LineSyntax = "raw" | "json" | "logfmt" | "auto";

/** Reads one line after the other; of one field table. */
export interface LineRecord {
  /**
   * Finds the values of the line bytes[start, end), which has no line end and stays unchanged until
   * the next. False: it cannot be read in this syntax.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean;
  /** Puts the values of what was read last. */
  put(values: FieldValues): void;
  /** Opens what was read last. */
  edit(): LineEditor;
  /** Keeps no bytes of lines, and no large buffers. */
  release(): void;
}

export interface LineEditor extends RecordEditor {
  /** Whether the line is another than it was. */
  readonly changed: boolean;
  /** The line as it is now; it has no line end. */
  print(): Uint8Array;
}
