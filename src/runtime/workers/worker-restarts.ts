// When a worker that failed is started again: soon, and after pauses that double while workers of
// its number fail soon after their start. Starts nothing itself.

import {
  WORKER_RESTART_MS_MAX,
  WORKER_RESTART_MS_MIN,
  WORKER_STEADY_MS,
} from "../../core/limits.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { Schedule } from "../../system/timer.ts";
import type { ServingWorker } from "./serving-worker.ts";

interface RestartOptions {
  readonly bus: EventBus;
  readonly schedule: Schedule;
  /** Starts a worker of this number. */
  readonly start: (number: number) => void;
}

export class WorkerRestarts {
  readonly #options: RestartOptions;
  readonly #failuresInARow = new Map<number, number>();
  /** By number, what cancels the restart that is due. */
  readonly #due = new Map<number, () => void>();

  constructor(options: RestartOptions) {
    this.#options = options;
  }

  /** Reports that a worker failed, and has another one of its number started in a while. */
  failed({ number, startedMs }: ServingWorker, reason: string): void {
    const wasSteady = performance.now() - startedMs >= WORKER_STEADY_MS;
    const failures = wasSteady ? 1 : (this.#failuresInARow.get(number) ?? 0) + 1;
    this.#failuresInARow.set(number, failures);
    const delayMs = Math.min(WORKER_RESTART_MS_MAX, WORKER_RESTART_MS_MIN * 2 ** (failures - 1));
    this.#options.bus.emit("worker.failed", {
      worker: number,
      reason,
      restartMs: delayMs,
      cure: "it is replaced; please report the error",
    });
    this.after(number, delayMs);
  }

  /** Has a worker started after a pause, in the place of a start that is due already. */
  after(number: number, delayMs: number): void {
    this.#due.get(number)?.();
    const cancel = this.#options.schedule(delayMs, () => {
      this.#due.delete(number);
      this.#options.start(number);
    });
    this.#due.set(number, cancel);
  }

  /** Nothing is started any more. */
  cancel(): void {
    for (const cancel of this.#due.values()) cancel();
    this.#due.clear();
  }
}
