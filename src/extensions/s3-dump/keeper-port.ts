// The interface of a keeper of copies, in this thread or in another, as the extension sees it.

import type { DumpTarget } from "../../config/index.ts";
import type { RecordCall } from "../record-forwarder.ts";

export interface DumpKeeper {
  /** There are records in a ring, from which it must read from now on. */
  called(call: RecordCall): void;
  /** Reports all targets that exist from now on. */
  showTargets(targets: readonly DumpTarget[]): void;
  /** Resolves when records that are offered from then on are taken at once, or soon. */
  start(): Promise<void>;
  /**
   * Sends what has waited long enough; with `force`, everything. Resolves when it is done, whether
   * or not it succeeded, or after `deadlineMs`. Never rejects.
   */
  flush(deadlineMs: number, force: boolean): Promise<void>;
  /** Ends, after a last flush. Never rejects. */
  stop(deadlineMs: number): Promise<void>;
}
