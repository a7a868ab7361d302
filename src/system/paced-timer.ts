// A repeated check that runs often while much happens, now and then while little does, and seldom
// while nothing does, so that a process with little to do sleeps. Checks that are due equally often
// are due at the same moment of a thread's clock, so that it wakes once for all of them.

import { realSchedule, type Schedule } from "./timer.ts";
import { CALM_LOOK_MS, CALM_NOTES_MAX } from "../core/limits.ts";

export interface PacedTimerOptions {
  readonly look: () => void;
  /** Between two looks while much happens, and while nothing does. */
  readonly busyMs: number;
  readonly idleMs: number;
  readonly schedule?: Schedule;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

type Pace = "busy" | "calm" | "idle";

export class PacedTimer {
  readonly #options: PacedTimerOptions;
  readonly #schedule: Schedule;
  readonly #nowMs: () => number;
  readonly #periodsMs: Readonly<Record<Pace, number>>;
  #cancel: (() => void) | undefined;
  #pace: Pace = "busy";
  /** What happened since the last look. */
  #notes = 0;
  #isLooking = false;
  #periodMs = 0;
  #waitedMs = 0;
  #lateMs = 0;

  constructor(options: PacedTimerOptions) {
    const { busyMs, idleMs } = options;
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#periodsMs = { busy: busyMs, calm: Math.max(busyMs, CALM_LOOK_MS), idle: idleMs };
  }

  /** Whether nothing happens: the next look is far away. */
  get isIdle(): boolean {
    return this.#pace === "idle";
  }

  /** Between looks at the pace of the one that runs. */
  get periodMs(): number {
    return this.#periodMs;
  }

  /** What the look that runs has waited for, at most a period; and how late it is. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  get lateMs(): number {
    return this.#lateMs;
  }

  start(): void {
    const nowMs = this.#nowMs();
    const periodMs = this.#periodsMs[this.#pace];
    const dueMs = (Math.floor(nowMs / periodMs) + 1) * periodMs;
    this.#cancel = this.#schedule(dueMs - nowMs, () => {
      this.#periodMs = periodMs;
      this.#waitedMs = dueMs - nowMs;
      this.#lateMs = Math.max(0, this.#nowMs() - dueMs);
      this.#look();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something happens: looks are more often than while nothing does from now on. */
  note(): void {
    this.#notes++;
    if (this.#cancel === undefined || this.#pace === "busy") return;
    const pace = this.#notes > CALM_NOTES_MAX ? "busy" : "calm";
    if (pace === this.#pace) return;
    this.#pace = pace;
    if (this.#isLooking) return;
    this.#cancel();
    this.start();
  }

  #look(): void {
    this.#pace = this.#nextPace();
    this.#notes = 0;
    this.#isLooking = true;
    this.#options.look();
    this.#isLooking = false;
    if (this.#cancel !== undefined) this.start();
  }

  /** It stays busy at half of what makes it so: it would go back and forth. */
  #nextPace(): Pace {
    if (this.#notes === 0) return "idle";
    if (this.#pace !== "busy") return this.#notes > CALM_NOTES_MAX ? "busy" : "calm";
    const notesMax = (CALM_NOTES_MAX / 2) * (this.#periodMs / CALM_LOOK_MS);
    return this.#notes >= notesMax ? "busy" : "calm";
  }
}
