// When /_ready says yes: the socket is bound, every provider has answered once or had its time, and
// the program is not stopping. It never waits for an upstream.

import { type Schedule, realSchedule } from "../o11y/timer.ts";

export interface ReadinessOptions {
  /** How long providers may take. 0: they are not waited for. */
  readonly readyTimeoutMs: number;
  readonly schedule?: Schedule;
}

export class Readiness {
  #isBound = false;
  #hasPolicies = false;
  #isDraining = false;
  readonly #options: ReadinessOptions;
  #cancelTimer: () => void = () => undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#isBound && this.#hasPolicies && !this.#isDraining;
  }

  /** The listening socket is there. */
  bound(): void {
    this.#isBound = true;
  }

  /**
   * Starts the providers' time; `answered` settles when each has answered once, with policies or an
   * error.
   */
  waitForProviders(answered: Promise<unknown>): void {
    const done = (): void => {
      this.#hasPolicies = true;
      this.#cancelTimer();
    };
    const schedule = this.#options.schedule ?? realSchedule;
    this.#cancelTimer = schedule(this.#options.readyTimeoutMs, done);
    void settle(answered, done);
  }

  /** The program is stopping; there is no way back. */
  draining(): void {
    this.#isDraining = true;
  }
}

async function settle(answered: Promise<unknown>, done: () => void): Promise<void> {
  await answered.catch(() => undefined);
  done();
}
