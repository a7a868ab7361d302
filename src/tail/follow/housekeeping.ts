// Releases what is finished: contents that were replaced or deleted and have been read to their
// end, paths that no input names any more, and lines that have been unfinished for too long.

import type { Generation } from "../read/generation.ts";
import type { TrackedPath } from "./tracked-path.ts";
import type { Tracker } from "./tracker.ts";

export interface HousekeepingOptions {
  readonly tracker: Tracker;
  /** How long a replaced file is read on, from when it was replaced or last grew. */
  readonly rotateWaitMs: number;
  /** After so long a file that is gone, or that nothing matches, is let go. */
  readonly removedExpireMs: number;
  /** After so long the beginning of a line leaves as a line; 0: never. */
  readonly partialLineTimeoutMs: number;
  readonly nowMs: () => number;
  /** What was begun of the last line leaves; `isOver`: nothing more will come. */
  readonly finish: (file: Generation, isOver: boolean) => Promise<void>;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  async run(paths: Iterable<TrackedPath>): Promise<void> {
    for (const tracked of paths) {
      // Most have nothing to be done, and there may be thousands.
      const partial = this.#overduePart(tracked);
      if (partial !== undefined) await this.#options.finish(partial, false);
      if (tracked.isLingering) await this.#letGo(tracked);
      if (tracked.unmatchedSinceMs !== undefined) await this.#expire(tracked);
    }
  }

  /** The file, if its last line stands unfinished for too long. */
  #overduePart({ current }: TrackedPath): Generation | undefined {
    const { partialLineTimeoutMs, nowMs } = this.#options;
    if (partialLineTimeoutMs === 0 || current === undefined || current.begun.length === 0) {
      return undefined;
    }
    return nowMs() - current.grownMs >= partialLineTimeoutMs ? current : undefined;
  }

  async #letGo(tracked: TrackedPath): Promise<void> {
    const { rotateWaitMs, removedExpireMs } = this.#options;
    for (const { file, sinceMs } of tracked.retiring) {
      if (this.#isOver(file, sinceMs, rotateWaitMs)) await this.#end(tracked, file);
    }
    const { missingSinceMs, current } = tracked;
    if (missingSinceMs === undefined || current === undefined) return;
    if (this.#isOver(current, missingSinceMs, removedExpireMs)) await this.#end(tracked, current);
  }

  async #expire(tracked: TrackedPath): Promise<void> {
    const { removedExpireMs, tracker } = this.#options;
    const { unmatchedSinceMs = 0 } = tracked;
    const files = tracked.files();
    if (!files.every((file) => this.#isOver(file, unmatchedSinceMs, removedExpireMs))) return;
    for (const file of files) await this.#end(tracked, file);
    tracker.forget(tracked);
  }

  async #end(tracked: TrackedPath, file: Generation): Promise<void> {
    // Another path still follows it.
    if (!this.#options.tracker.isShared(file)) await this.#options.finish(file, true);
    this.#options.tracker.close(tracked, file);
  }

  #isOver(file: Generation, sinceMs: number, waitMs: number): boolean {
    const isRead = file.readOffset >= file.size;
    return isRead && this.#options.nowMs() - Math.max(sinceMs, file.grownMs) >= waitMs;
  }
}
