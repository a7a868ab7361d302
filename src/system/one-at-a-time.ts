// Work that must not run twice at the same time. Whoever asks while it runs shares the next run, so
// that each caller gets a run that began after it asked.

export class OneAtATime {
  readonly #work: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  /** `work` must not reject. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Runs the work after the run at hand, if there is one; resolves at the end of it. */
  run(): Promise<void> {
    this.#waiting ??= this.#after(this.#running);
    this.#running = this.#waiting;
    return this.#waiting;
  }

  /** Resolves when nothing runs or waits any more. */
  idle(): Promise<void> {
    return this.#running;
  }

  async #after(running: Promise<void>): Promise<void> {
    await running;
    this.#waiting = undefined;
    await this.#work();
  }
}
