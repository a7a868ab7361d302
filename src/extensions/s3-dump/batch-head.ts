// The head of an object, which says what its lines are about.

import type { DumpCompression } from "../../config/index.ts";
import type { Signal } from "../../policy/index.ts";
import type { TargetRef } from "./target-ref.ts";

/** What is known about an object before its lines; kept with them in the spool. */
export interface BatchHead {
  readonly target: TargetRef;
  readonly signal: Signal;
  readonly policy: string;
  readonly key: string;
  readonly compression: DumpCompression;
}
