// A test case: policies, what goes in, and what should come out.

import type { DocumentKind } from "../policies/formats.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import type { Policy, Signal } from "../../policy/index.ts";
import type { LineReading } from "../policies/text-lines.ts";
import type { Stats } from "./judging.ts";

export interface TestCase {
  readonly name: string;
  /** The folder, or the file, that it is in. */
  readonly path: string;
  readonly policies: readonly Policy[];
  readonly batches: readonly Batch[];
  /** Undefined: counts are not looked at. */
  readonly stats: Stats | undefined;
  /** Where they are kept. */
  readonly statsPath: string | undefined;
  /** Its policies have errors, which are then part of the counts. */
  readonly isProviderOnly: boolean;
}

/** What is looked at by an engine of its own. */
export type Batch = BatchOfRecords | BatchOfLines;

interface BatchOfRecords extends BatchCommon {
  readonly kind: DocumentKind;
}

interface BatchOfLines extends BatchCommon {
  readonly kind: "text";
  readonly signal: "log";
  readonly reading: LineReading;
}

interface BatchCommon {
  readonly signal: Signal;
  readonly input: Uint8Array;
  /** The document, or the lines, that are left. Undefined: it was not said. */
  readonly expected: unknown;
  readonly expectedPath: string | undefined;
  /** The policy that is to decide about the first record. */
  readonly because: string | undefined;
}

/** Lines as they are compared; the last is empty when a line end stands behind it. */
export function linesOf(bytes: Uint8Array): readonly string[] {
  return decodeUtf8(bytes).split("\n");
}
