// Filters large bodies in steps, one body at a time. Between two steps the event loop serves other
// requests, and small bodies are judged.

import { STEP_BYTES_MIN, STEP_MS_MAX } from "../core/limits.ts";
import type { Pauses } from "../policy/index.ts";
import { Turns } from "./room/turns.ts";
import { ClientGoneError } from "./upstream-error.ts";

export class LargeBodies {
  readonly #turns = new Turns();
  readonly #nowMs: () => number;
  /** Resolves when the last body in the queue is done. */
  #last: Promise<void> = Promise.resolve();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * Does the work that `begin` creates, after all earlier work is done. If the client goes away
   * meanwhile, the work is given up, and this rejects with ClientGoneError.
   */
  async filter<T>(
    begin: (pauses: Pauses) => Generator<undefined, T>,
    client: AbortSignal,
  ): Promise<T> {
    const before = this.#last;
    const { promise, resolve: leave } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await this.#run(begin, client);
    } finally {
      leave();
    }
  }

  async #run<T>(
    begin: (pauses: Pauses) => Generator<undefined, T>,
    client: AbortSignal,
  ): Promise<T> {
    let untilMs = 0;
    const isDue = (): boolean => this.#nowMs() >= untilMs;
    const steps = begin({ everyBytes: STEP_BYTES_MIN, isDue });
    try {
      for (;;) {
        await this.#turns.next();
        if (client.aborted) throw new ClientGoneError();
        untilMs = this.#nowMs() + STEP_MS_MAX;
        const step = steps.next();
        if (step.done === true) return step.value;
      }
    } finally {
      // Does nothing if the steps have come to their end.
      steps.return(undefined as never);
    }
  }
}
