// The structured log: one line per event on standard error (standard output is for records). It
// subscribes only to events of its level and above. Lines are collected and written together;
// warnings and errors are written at once.

import { writeSync } from "node:fs";
import type { EventBus, Unsubscribe } from "./event-bus.ts";
import type { EventName } from "./events.ts";
import {
  LOG_BUFFER_CHARS_MAX,
  LOG_CLOSE_ATTEMPTS_MAX,
  LOG_CLOSE_PAUSE_MS,
  LOG_FLUSH_CHARS,
  LOG_FLUSH_INTERVAL_MS,
  LOG_LINES_AT_ONCE,
  LOG_REPEAT_PERIOD_MS,
} from "../core/limits.ts";
import { formatLine, type LogFields, type LogFormat } from "./log-format.ts";
import { LOG_LEVELS, LOG_TABLE, logRule, type LogLevel } from "./log-table.ts";
import { RepeatLimiter } from "./repeat-limiter.ts";
import { realSchedule, type Schedule } from "../system/timer.ts";

/**
 * Takes text and says how many of its UTF-8 bytes were written; fewer when the reader is slow. Must
 * not throw for a reader that went away: it answers all of them then.
 */
export type LogSink = (bytes: Uint8Array) => number;

/** How and where a log is written. */
export interface LogOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default `text`. */
  readonly format?: LogFormat;
  /** Texts that must never appear, e.g. header values and tokens from the configuration. */
  readonly secrets?: readonly string[];
  readonly sink?: LogSink;
  /** Wall clock in milliseconds. */
  readonly nowMs?: () => number;
  readonly schedule?: Schedule;
  /** Waits without letting anything else happen: for the end of the process. */
  readonly pause?: (ms: number) => void;
  readonly repeatPeriodMs?: number;
  /** Flushes when the process exits. Default true. */
  readonly flushAtExit?: boolean;
}

/** Writes lines of a structured log; whoever makes one stops it. */
export interface Log {
  /** A line of its own, for what is no event. */
  write(level: LogLevel, event: string, fields?: LogFields): void;
  /** Writes what waits, as far as the reader takes it. */
  flush(): void;
  /** Repeats that wait for the end of their period: what would be lost with the process. */
  held(): readonly string[];
  /** `listener`: called whenever there are more of those. */
  onHeld(listener: () => void): void;
  /**
   * Ends the running period of repeats, unsubscribes and writes what waits; a slow reader has a
   * fifth of a second to take it.
   */
  stop(): void;
}

/**
 * Subscribes to `bus` and logs what happens on it.
 *
 * @example
 * const log = createLog(bus, { level: "warn", format: "json" });
 * log.write("info", "import.started", { files: 3 });
 * log.stop();
 */
export function createLog(bus: EventBus, options: LogOptions = {}): Log {
  return new BusLog(bus, options);
}

class BusLog implements Log {
  readonly #options: LogOptions;
  readonly #threshold: number;
  readonly #sink: LogSink;
  readonly #schedule: Schedule;
  readonly #periodMs: number;
  readonly #limiter: RepeatLimiter;
  readonly #subscriptions: Unsubscribe[] = [];
  readonly #atExit = (): void => this.stop();
  #onHeld = (): void => undefined;
  #pending = "";
  /** What a slow reader has not taken of an earlier write. */
  #unwritten: Uint8Array = new Uint8Array(0);
  #dropped = 0;
  /** Lines that are still written at once before the end of the period. */
  #atOnce = LOG_LINES_AT_ONCE;
  #cancelFlush: (() => void) | undefined;
  #cancelPeriod: (() => void) | undefined;

  constructor(bus: EventBus, options: LogOptions) {
    this.#options = options;
    this.#threshold = LOG_LEVELS.indexOf(options.level ?? "info");
    this.#sink = options.sink ?? stderrSink();
    this.#schedule = options.schedule ?? realSchedule;
    this.#periodMs = options.repeatPeriodMs ?? LOG_REPEAT_PERIOD_MS;
    this.#limiter = new RepeatLimiter(
      (event, fields) => this.write(logRule(event as EventName).level, event, fields),
      this.#periodMs,
    );
    for (const name of Object.keys(LOG_TABLE) as EventName[]) this.#subscribe(bus, name);
    if (options.flushAtExit ?? true) process.on("exit", this.#atExit);
  }

  write(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < this.#threshold) return;
    const { format = "text", secrets = [], nowMs = Date.now } = this.#options;
    const line = `${formatLine(format, nowMs(), level, event, fields, secrets)}\n`;
    const waiting = this.#pending.length + this.#unwritten.length;
    if (waiting + line.length > LOG_BUFFER_CHARS_MAX) {
      this.#dropped++;
      return;
    }
    this.#pending += line;
    // A fatal signal takes with it what waits, so that only what comes thick and fast does.
    const isUrgent = level === "warn" || level === "err" || this.#atOnce > 0;
    if (isUrgent || this.#pending.length >= LOG_FLUSH_CHARS) this.#flushNow();
    else this.#flushLater();
    if (this.#atOnce > 0) this.#atOnce--;
  }

  /** Ends no period: of many lines in one, only the first are written at once. */
  #flushNow(): void {
    const cancel = this.#cancelFlush;
    this.#cancelFlush = undefined;
    this.flush();
    this.#cancelFlush ??= cancel;
    this.#flushLater();
  }

  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#unwritten.length > 0) {
      this.#unwritten = this.#unwritten.subarray(this.#sink(this.#unwritten));
    }
    if (this.#unwritten.length === 0 && this.#pending !== "") {
      const bytes = new TextEncoder().encode(this.#pending);
      this.#pending = "";
      this.#unwritten = bytes.subarray(this.#sink(bytes));
    }
    if (this.#unwritten.length > 0) {
      this.#flushLater();
    } else if (this.#dropped > 0) {
      const lines = this.#dropped;
      this.#dropped = 0;
      this.write("warn", "log.lines_dropped", { lines, reason: "standard error was not read" });
    }
  }

  held(): readonly string[] {
    return this.#limiter.held();
  }

  onHeld(listener: () => void): void {
    this.#onHeld = listener;
  }

  stop(): void {
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe();
    process.off("exit", this.#atExit);
    this.#cancelPeriod?.();
    this.#cancelPeriod = undefined;
    this.#limiter.endPeriod();
    this.flush();
    const { pause = Bun.sleepSync } = this.#options;
    for (let look = 0; look < LOG_CLOSE_ATTEMPTS_MAX && this.#unwritten.length > 0; look++) {
      pause(LOG_CLOSE_PAUSE_MS);
      this.flush();
    }
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
  }

  #subscribe(bus: EventBus, name: EventName): void {
    const { level, repeat } = logRule(name);
    if (LOG_LEVELS.indexOf(level) < this.#threshold) return;
    const subscriber = (event: LogFields): void => {
      if (repeat === undefined) {
        this.write(level, name, event);
        return;
      }
      if (this.#limiter.take(name, repeat, event)) this.#onHeld();
      this.#cancelPeriod ??= this.#schedule(this.#periodMs, () => this.#endPeriod());
    };
    this.#subscriptions.push(bus.on(name, (event) => subscriber({ ...event })));
  }

  #endPeriod(): void {
    this.#cancelPeriod = undefined;
    this.#limiter.endPeriod();
    if (this.#limiter.idle) return;
    this.#cancelPeriod = this.#schedule(this.#periodMs, () => this.#endPeriod());
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#schedule(LOG_FLUSH_INTERVAL_MS, () => {
      this.#cancelFlush = undefined;
      this.#atOnce = LOG_LINES_AT_ONCE;
      this.flush();
    });
  }
}

/**
 * Standard error, which takes what it can. A pipe or a socket that nobody reads would stop the
 * whole program with its first full buffer: the runtime makes them non-blocking when it makes its
 * own stream of them, and nothing else in the program can.
 */
function stderrSink(): LogSink {
  void process.stderr;
  return writeToStderr;
}

function writeToStderr(bytes: Uint8Array): number {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(2, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EAGAIN") return written;
      if (code === "EINTR") continue;
      // Closed or broken: nobody reads the log, and that is no reason to stop serving.
      return bytes.length;
    }
  }
  return written;
}
