// How long those who read a thread's connections may hold its event loop, all together: a peer that
// sends as fast as it is read would otherwise keep everybody else waiting for as long as it sends.
// Measured, not counted, since what a byte costs is up to who sent it. Whoever reads asks before
// each small step whether the share is spent, and rests then, which refuses nothing.

import { LOOP_SHARE_MS } from "../core/limits.ts";

export class LoopShare {
  readonly #waiting: (() => void)[] = [];
  readonly #nowMs: () => number;
  /** When the first of this round of the loop began; undefined: nobody has. */
  #sinceMs: number | undefined;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Whether others come before more is read. The first to ask in a round begins it. */
  get isSpent(): boolean {
    const nowMs = this.#nowMs();
    if (this.#sinceMs === undefined) {
      this.#sinceMs = nowMs;
      setImmediate(() => (this.#sinceMs = undefined));
    }
    return nowMs - this.#sinceMs >= LOOP_SHARE_MS;
  }

  /** Resolves in a later round that has some of its share left, in the order of the calls. */
  rest(): Promise<void> {
    return new Promise((resolve) => {
      this.later(resolve);
    });
  }

  /** As `rest`, for those who are called. */
  later(goOn: () => void): void {
    this.#waiting.push(goOn);
    setImmediate(() => this.#next());
  }

  #next(): void {
    // What the one before did on being woken counts.
    if (this.isSpent) setImmediate(() => this.#next());
    else this.#waiting.shift()?.();
  }
}

/** That of this thread. */
export const loopShare = new LoopShare();
