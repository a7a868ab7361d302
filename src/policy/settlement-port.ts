// The interface through which the sender of a request learns its outcome beyond the verdicts on its
// records.

import type { ByteCount } from "./count-table.ts";

/** Why sampling had nothing to decide by. */
export type UndecidedReason = "missing_trace_id" | "invalid_trace_id";

/** Spans that a policy dropped by `fail_closed`. */
export interface Undecided {
  readonly policy: string;
  readonly reason: UndecidedReason;
  readonly records: number;
}

/** The outcome of a request beyond the verdicts on its records. */
export interface Settlement {
  /** Bytes that policies took away, by why, and that they added; complete after `close`. */
  readonly bytes: Readonly<Record<ByteCount, number>>;
  /**
   * The body has become that many bytes shorter in all. What is in no count yet (what stood between
   * and around records, and lengths in front of them) is put down to the last policy that took a
   * record away, else to the last that edited one. To be called once, at the end of the request.
   */
  close(lessBytes: number): void;
  /** Of the dropped records, those that sampling, rate limits and budgets left out. */
  readonly sampled: number;
  readonly limited: number;
  readonly budgeted: number;
  /** Of the sampled records, those that `fail_closed` dropped; one for each policy and reason. */
  readonly undecided: readonly Undecided[];
  /**
   * Gives back what its records took of rate limits and budgets: the upstream did not accept
   * them. A second call does nothing.
   */
  giveBack(): void;
}
