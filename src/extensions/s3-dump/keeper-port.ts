// The interface of a keeper of copies, in this thread or in another, as the extension sees it.

import type { DumpTarget } from "../../config/index.ts";
import type { RecordCall } from "../record-forwarder.ts";

export interface DumpKeeper {
  /** There are records in a ring, of which it is to read from now on. */
  called(call: RecordCall): void;
  /** All that there are from now on. */
  showTargets(targets: readonly DumpTarget[]): void;
  /** Resolves when what is offered from then on is taken at once, or soon. */
  start(): Promise<void>;
  /**
   * Sends what has waited long enough, and with `force` all. Resolves when it is done, well or
   * not, or after `deadlineMs`. Never rejects.
   */
  flush(deadlineMs: number, force: boolean): Promise<void>;
  /** Ends, after a last flush. Never rejects. */
  stop(deadlineMs: number): Promise<void>;
}
