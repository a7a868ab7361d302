// What the work on one record costs, counted in steps of about a nanosecond, and whether there is
// time left for it. Work that grows with a text spends steps before it continues; the clock is
// checked only after many steps, so small records never check it. The records of one body share a
// number of steps: once half of them are spent, no record may spend more than a small share of the
// rest. So the bound holds for all records together, and plain records still have enough.

import { BODY_STEPS_MAX, REDACTED_BYTES_MAX } from "../core/limits.ts";

/**
 * Part of a record's time after which no more work begins: the rest is for work that asks no meter.
 */
const BEGINNING_SHARE = 0.6;

/** What one record may spend of the second half. */
const RECORD_SHARE = 1 / 1_000;

/** Steps between two checks of the clock: some tenths of a millisecond. */
const STEPS_PER_LOOK = 100_000;
/**
 * Checks that a record has in any case, a few milliseconds of work: a thread that was held up by
 * others, or by the garbage collector, does not make a record costly.
 */
const LOOKS_MIN = 10;

export class Meter {
  /** Set when the time is over: every later question is answered `false` without any work. */
  ranOut = false;
  private readonly nowMs: () => number;
  private readonly msMax: number;
  private stepsLeft = STEPS_PER_LOOK;
  private untilMs = 0;
  private looks = 0;
  /** What the records of the body may still spend. */
  private bodyStepsLeft = BODY_STEPS_MAX;
  /** The steps that the record was given at its beginning, or at the last check. */
  private granted = STEPS_PER_LOOK;
  private isScarce = false;
  /** When a pause began that does not count; below 0: there is none. */
  private pausedMs = -1;
  private writtenLeft = REDACTED_BYTES_MAX;

  constructor(nowMs: () => number, msMax: number) {
    this.nowMs = nowMs;
    this.msMax = msMax * BEGINNING_SHARE;
  }

  /** To be called before each body. */
  beginBody(): void {
    this.bodyStepsLeft = BODY_STEPS_MAX;
    this.isScarce = false;
    this.grant(STEPS_PER_LOOK);
  }

  /** To be called before each record. */
  begin(): void {
    this.ranOut = false;
    this.looks = 0;
    this.writtenLeft = REDACTED_BYTES_MAX;
    this.bodyStepsLeft -= this.granted - this.stepsLeft;
    if (this.bodyStepsLeft < BODY_STEPS_MAX / 2) this.isScarce = true;
    const share = this.isScarce ? Math.max(0, this.bodyStepsLeft * RECORD_SHARE) : Infinity;
    this.grant(Math.min(STEPS_PER_LOOK, share));
  }

  private grant(steps: number): void {
    this.granted = steps;
    this.stepsLeft = steps;
  }

  /** Adds to what was spent. Returns whether there is time for more. */
  spend(steps: number): boolean {
    this.stepsLeft -= steps;
    return this.stepsLeft >= 0 ? !this.ranOut : this.look();
  }

  /** Whether a record may still have so many bytes written, which asks no meter. */
  mayWrite(bytes: number): boolean {
    this.writtenLeft -= bytes;
    return this.writtenLeft >= 0;
  }

  /** For work that would take more room than is available. */
  giveUp(): void {
    this.ranOut = true;
  }

  /** What is done from here to `resume` does not count: the record's time is extended by it. */
  pause(): void {
    if (this.looks > 0) this.pausedMs = this.nowMs();
  }

  resume(): void {
    if (this.pausedMs >= 0) this.untilMs += this.nowMs() - this.pausedMs;
    this.pausedMs = -1;
  }

  /** Time is counted from the first check: what was spent before it is negligible. */
  private look(): boolean {
    if (this.isScarce) this.ranOut = true;
    this.bodyStepsLeft -= this.granted - this.stepsLeft;
    this.grant(STEPS_PER_LOOK);
    const now = this.nowMs();
    this.looks++;
    if (this.looks === 1) this.untilMs = now + this.msMax;
    else if (now >= this.untilMs && this.looks > LOOKS_MIN) this.ranOut = true;
    return !this.ranOut;
  }
}

/** For texts that the caller has bounded. */
export function unmetered(): Meter {
  return new Meter(() => 0, 1);
}
