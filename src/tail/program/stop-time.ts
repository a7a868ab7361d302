// Divides the time for stopping among the parts of the tailer. Some of it is reserved for the disk
// and the end of the process, so that the process has ended when the time is over.

import type { Component } from "../../runtime/index.ts";

/** Of the time: what all parts together may use, and one alone. */
const PARTS_SHARE = 0.6;
const PART_SHARE = 0.5;

export class StopTime {
  readonly #totalMs: number;
  readonly #nowMs: () => number;
  /** When the first part was told to stop. */
  #beganMs: number | undefined;

  constructor(totalMs: number, nowMs: () => number) {
    this.#totalMs = totalMs;
    this.#nowMs = nowMs;
  }

  /** The part, kept from taking the time that is for others. */
  within(part: Component | undefined): Component | undefined {
    if (part === undefined) return undefined;
    return {
      start: () => part.start?.(),
      reload: () => part.reload?.(),
      drain: (ms) => part.drain?.(this.#most(ms)),
      stop: (ms) => part.stop?.(this.#most(ms)),
      ...(part.status === undefined ? {} : { status: () => part.status?.() ?? {} }),
    };
  }

  #most(ms: number): number {
    const nowMs = this.#nowMs();
    this.#beganMs ??= nowMs;
    const leftMs = this.#totalMs * PARTS_SHARE - (nowMs - this.#beganMs);
    return Math.max(0, Math.min(ms, this.#totalMs * PART_SHARE, leftMs));
  }
}
