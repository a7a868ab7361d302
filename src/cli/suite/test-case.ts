// What is tested: policies, what comes in, and what is to come of it.

import type { Policy, Signal } from "../../policy/index.ts";
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
export interface Batch {
  readonly kind: "otlp" | "datadog";
  readonly signal: Signal;
  readonly input: Uint8Array;
  /** The document that is left; `kept`: the one that came in. Undefined: it was not said. */
  readonly expected: unknown;
  readonly expectedPath: string | undefined;
  /** The policy that is to decide about the first record. */
  readonly because: string | undefined;
}
