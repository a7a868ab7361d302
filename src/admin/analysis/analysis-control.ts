// Switches analyses on and off in all threads, and combines what they counted. The result can be
// read after the analysis has ended, until the next one begins or it is switched off.

import type { Analyser, AnalysisCounts, AnalysisSpec } from "../../analysis/index.ts";
import type { AnalysisConfig } from "../../config/index.ts";
import type { Signal } from "../../policy/index.ts";
import type { Encodings } from "../../protocols/index.ts";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import { newAnalyser } from "./analysing.ts";

/** The threads that look. */
export interface AnalysingThreads {
  readonly count: number;
  use(spec: AnalysisSpec | undefined): void;
  counts(): Promise<{ readonly asked: number; readonly answers: readonly AnalysisCounts[] }>;
}

/** What there is to read. */
export interface AnalysisReading {
  readonly isOn: boolean;
  /** Unix milliseconds; undefined: never on, and on without an end. */
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  /** Looked at so far. */
  readonly seconds: number;
  readonly asked: number;
  readonly answered: number;
  /** Of all threads, about. */
  readonly memoryBytes: number;
  /** What all threads counted; undefined: nothing was looked at. */
  readonly analyser: Analyser | undefined;
}

export interface AnalysisControlOptions {
  readonly config: AnalysisConfig;
  readonly threads: AnalysingThreads;
  readonly encodings: Encodings;
  readonly schedule?: Schedule;
  /** Wall clock in milliseconds. */
  readonly nowMs?: () => number;
  readonly random?: () => number;
}

interface Running {
  readonly spec: AnalysisSpec;
  readonly sinceMs: number;
  readonly untilMs: number | undefined;
  readonly cancel: () => void;
}

const NOTHING: AnalysisReading = {
  isOn: false,
  sinceMs: undefined,
  untilMs: undefined,
  seconds: 0,
  asked: 0,
  answered: 0,
  memoryBytes: 0,
  analyser: undefined,
};

export class AnalysisControl {
  readonly config: AnalysisConfig;
  readonly #options: AnalysisControlOptions;
  #running: Running | undefined;
  #last = NOTHING;

  constructor(options: AnalysisControlOptions) {
    this.#options = options;
    this.config = options.config;
  }

  /** What the configuration asks for. */
  startConfigured(): void {
    const { signals } = this.config;
    if (signals.length > 0) this.start(signals, undefined);
  }

  /** Begins anew; `seconds`: until it ends by itself. */
  start(signals: readonly Signal[], seconds: number | undefined): void {
    const { threads, nowMs = Date.now, random = Math.random } = this.#options;
    const { schedule = realSchedule } = this.#options;
    this.stop();
    const { sample, memoryBytesMax } = this.config;
    const seed = Math.floor(random() * 2 ** 32) | 0;
    // What is merged takes as much as one thread's.
    const share = Math.floor(memoryBytesMax / (threads.count + 1));
    const spec = { signals, sample, memoryBytesMax: share, seed };
    const sinceMs = nowMs();
    const untilMs = seconds === undefined ? undefined : sinceMs + seconds * 1000;
    const cancel =
      seconds === undefined ? () => undefined : schedule(seconds * 1000, () => void this.#end());
    this.#running = { spec, sinceMs, untilMs, cancel };
    threads.use(spec);
  }

  /** Ends it, and forgets what it came to. */
  stop(): void {
    this.#running?.cancel();
    if (this.#running !== undefined) this.#options.threads.use(undefined);
    this.#running = undefined;
    this.#last = NOTHING;
  }

  async read(): Promise<AnalysisReading> {
    const running = this.#running;
    if (running === undefined) return this.#last;
    const { threads, encodings, nowMs = Date.now } = this.#options;
    const { asked, answers } = await threads.counts();
    const analyser = await newAnalyser(running.spec, encodings);
    for (const counts of answers) analyser.merge(counts);
    const { sinceMs, untilMs } = running;
    const seconds = Math.max(0, Math.min(nowMs(), untilMs ?? Infinity) - sinceMs) / 1000;
    const memoryBytes = answers.reduce((sum, counts) => sum + counts.memoryBytes, 0);
    return {
      isOn: true,
      memoryBytes,
      sinceMs,
      untilMs,
      seconds,
      asked,
      answered: answers.length,
      analyser,
    };
  }

  async #end(): Promise<void> {
    const running = this.#running;
    const last = await this.read();
    // It may have been switched off, or on again, meanwhile.
    if (running === undefined || this.#running !== running) return;
    this.#options.threads.use(undefined);
    this.#running = undefined;
    this.#last = { ...last, isOn: false };
  }
}
