// Keeps the report for a fatal signal up to date while the program runs.

import {
  CRASH_TEXT_IDLE_MS,
  CRASH_TEXT_INTERVAL_MS,
  SIGNAL_HANDLERS_DELAY_MS,
} from "../../core/limits.ts";
import { PacedTimer } from "../../system/index.ts";
import { ageLines } from "../crash-report.ts";
import { ThreadReports } from "./thread-reports.ts";
import type { Uninstall } from "./fatal-signals.ts";

/** The main thread's slot among the reports; those behind it are other threads'. */
const MAIN_PLACE = 0;

export interface FatalReportOptions {
  readonly distribution: string;
  /** Lines on what was done last, without anything that was in it. */
  readonly recent: () => readonly string[];
}

export class FatalReport {
  /** Other threads may write to slots from 1 on. */
  readonly reports = new ThreadReports();
  readonly #options: FatalReportOptions;
  #timer: Timer | undefined;
  readonly #writing = new PacedTimer({
    look: () => this.#write(),
    busyMs: CRASH_TEXT_INTERVAL_MS,
    idleMs: CRASH_TEXT_IDLE_MS,
  });
  #uninstall: Uninstall | undefined;
  #isStopped = false;

  constructor(options: FatalReportOptions) {
    this.#options = options;
  }

  /** Whether fatal signals are reported. */
  get isInstalled(): boolean {
    return this.#uninstall !== undefined;
  }

  /** What would be reported now, beside the build. */
  lines(): readonly string[] {
    this.#write();
    return this.reports.text().trimEnd().split("\n");
  }

  /** Returns at once; the handlers follow when the program has had time to answer somebody. */
  start(): void {
    this.#timer = setTimeout(() => void this.#install(), SIGNAL_HANDLERS_DELAY_MS);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#writing.stop();
    this.#uninstall?.();
  }

  async #install(): Promise<void> {
    const { installFatalHandlers } = await import("./fatal-signals.ts");
    const uninstall = installFatalHandlers(this.reports, this.#options.distribution);
    if (uninstall === undefined) return;
    if (this.#isStopped) {
      uninstall();
      return;
    }
    this.#uninstall = uninstall;
    this.#write();
    this.#writing.start();
  }

  /** There is something new to say. */
  note(): void {
    this.#writing.note();
  }

  #write(): void {
    this.reports.write(MAIN_PLACE, [...ageLines(), ...this.#options.recent()]);
  }
}
