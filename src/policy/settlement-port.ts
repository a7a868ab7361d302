// The interface through which the sender of a request learns its outcome beyond the verdicts on its
// records.

import type { ByteCount } from "./count-table.ts";

/** Why sampling had no basis for its decision. */
export type UndecidedReason = "missing_trace_id" | "invalid_trace_id";

/** Spans that a policy dropped by `fail_closed`. */
export interface Undecided {
  readonly policy: string;
  readonly reason: UndecidedReason;
  readonly records: number;
}

/** The outcome of a request beyond the verdicts on its records. */
export interface Settlement {
  /** Bytes that policies removed, by reason, and bytes that they added; complete after `close`. */
  readonly bytes: Readonly<Record<ByteCount, number>>;
  /**
   * Says that the body has become so many bytes shorter in all. Bytes that no count includes yet
   * (separators between and around records, and lengths before them) are attributed to the last
   * policy that removed a record, or else to the last that edited one. To be called once, at the
   * end of the request.
   */
  close(lessBytes: number): void;
  /** How many of the dropped records were left out by sampling, rate limits and budgets. */
  readonly sampled: number;
  readonly limited: number;
  readonly budgeted: number;
  /** Which of the sampled records `fail_closed` dropped: one entry for each policy and reason. */
  readonly undecided: readonly Undecided[];
  /**
   * Gives back what the records took from rate limits and budgets, because the upstream did not
   * accept them. A second call does nothing.
   */
  giveBack(): void;
}
