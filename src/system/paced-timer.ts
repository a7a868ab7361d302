// A repeated check that runs often while something happens and seldom while nothing does, so that
// an idle process sleeps.

import { realSchedule, type Schedule } from "./timer.ts";

export interface PacedTimerOptions {
  readonly look: () => void;
  /** Between two looks while something happens, and while nothing does. */
  readonly busyMs: number;
  readonly idleMs: number;
  readonly schedule?: Schedule;
}

export class PacedTimer {
  readonly #options: PacedTimerOptions;
  readonly #schedule: Schedule;
  #cancel: (() => void) | undefined;
  #isBusy = true;
  /** Something happened since the last look. */
  #isNoted = false;
  #isLooking = false;
  #waitedMs = 0;

  constructor(options: PacedTimerOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
  }

  /** Between the last look and the next one. */
  get delayMs(): number {
    return this.#isBusy ? this.#options.busyMs : this.#options.idleMs;
  }

  /** What the look that runs has waited for. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  start(): void {
    const { delayMs } = this;
    this.#cancel = this.#schedule(delayMs, () => this.#look(delayMs));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something happens: looks are as often as then from now on. */
  note(): void {
    this.#isNoted = true;
    if (this.#isBusy || this.#cancel === undefined) return;
    this.#isBusy = true;
    if (this.#isLooking) return;
    this.#cancel();
    this.start();
  }

  #look(waitedMs: number): void {
    this.#waitedMs = waitedMs;
    this.#isBusy = this.#isNoted;
    this.#isNoted = false;
    this.#isLooking = true;
    this.#options.look();
    this.#isLooking = false;
    if (this.#cancel !== undefined) this.start();
  }
}
