// What the work on one record costs, counted in steps of about a nanosecond, and whether there is
// time left for it. Work that grows with a text spends steps before it continues; the clock is
// checked only after many steps, so small records never check it. The records of one body share a
// number of steps: once half of them are spent, no record may spend more than a small share of the
// rest. So the bound holds for all records together, and plain records still have enough.

import { BODY_STEPS_MAX, REDACTED_BYTES_MAX } from "../core/limits.ts";

/** Part of a record's time after which no more work begins: the rest is for what asks no meter. */
const BEGINNING_SHARE = 0.6;

/** What one record may spend of the second half. */
const RECORD_SHARE = 1 / 1_000;

/** Between two looks at the clock: some tenths of a millisecond. */
const STEPS_PER_LOOK = 100_000;
/**
 * Looks that a record has in any case, some milliseconds of work: a thread that was held up by
 * others, or by the collector, is no costly record.
 */
const LOOKS_MIN = 10;

export class Meter {
  /**
   * The time is over: what is asked from now on is answered `false` without having been looked at.
   */
  ranOut = false;
  private readonly nowMs: () => number;
  private readonly msMax: number;
  private stepsLeft = STEPS_PER_LOOK;
  private untilMs = 0;
  private looks = 0;
  /** What the records of the body may still spend. */
  private bodyStepsLeft = BODY_STEPS_MAX;
  /** What the record had from its beginning, or from the last look. */
  private granted = STEPS_PER_LOOK;
  private isScarce = false;
  /** When what does not count began; below 0: everything counts. */
  private pausedMs = -1;
  private writtenLeft = REDACTED_BYTES_MAX;

  constructor(nowMs: () => number, msMax: number) {
    this.nowMs = nowMs;
    this.msMax = msMax * BEGINNING_SHARE;
  }

  /** The next body begins. */
  beginBody(): void {
    this.bodyStepsLeft = BODY_STEPS_MAX;
    this.isScarce = false;
    this.grant(STEPS_PER_LOOK);
  }

  /** The next record begins. */
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

  /** Adds to what was spent; whether there is time for more. */
  spend(steps: number): boolean {
    this.stepsLeft -= steps;
    return this.stepsLeft >= 0 ? !this.ranOut : this.look();
  }

  /** Whether a record may still have so many bytes written, which asks no meter. */
  mayWrite(bytes: number): boolean {
    this.writtenLeft -= bytes;
    return this.writtenLeft >= 0;
  }

  /** For work that would take more room than there is. */
  giveUp(): void {
    this.ranOut = true;
  }

  /** What is done from here to `resume` is not the record's: its time is the longer for it. */
  pause(): void {
    if (this.looks > 0) this.pausedMs = this.nowMs();
  }

  resume(): void {
    if (this.pausedMs >= 0) this.untilMs += this.nowMs() - this.pausedMs;
    this.pausedMs = -1;
  }

  /** Time is counted from the first look: what was spent before it is next to nothing. */
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

/** For texts that whoever asks has bounded. */
export function unmetered(): Meter {
  return new Meter(() => 0, 1);
}
