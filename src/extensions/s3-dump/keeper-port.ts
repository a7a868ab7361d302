// Who keeps copies of records, in this thread or in another, as the extension knows it.

import type { DumpTarget } from "../../config/index.ts";
import type { ForwardedRecords } from "../forwarded-records.ts";

export interface DumpKeeper {
  /** `taken`: called once, when more may come. */
  take(batch: ForwardedRecords, taken: () => void): void;
  /** All that there are from now on. */
  showTargets(targets: readonly DumpTarget[]): void;
  start(): void;
  /**
   * Sends what has waited long enough, and with `force` all. Resolves when it is done, well or
   * not, or after `deadlineMs`. Never rejects.
   */
  flush(deadlineMs: number, force: boolean): Promise<void>;
  /** Ends, after a last flush. Never rejects. */
  stop(deadlineMs: number): Promise<void>;
}
