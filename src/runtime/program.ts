// The life of any program: its parts are put together, started, told to reload, drained and
// stopped, and the process is told how it ended. Knows no protocol, no policy and no HTTP.

import { errorMessage } from "../core/errors.ts";
import type { ConfigSource } from "../config/index.ts";
import {
  CODE_PAGES_DELAY_MS,
  COLLECTED_DELAY_MS,
  STOP_RESERVE_MS,
  STOP_RESERVE_SHARE,
} from "../core/limits.ts";
import { EventBus } from "../o11y/event-bus.ts";
import { COMMIT, VERSION } from "../o11y/build-info.ts";
import { createLog, type Log, type LogSink } from "../o11y/log.ts";
import { formatLine, type LogFields, type LogFormat } from "../o11y/log-format.ts";
import type { LogLevel } from "../o11y/log-table.ts";
import { compileAsUsual } from "../system/jit-policy.ts";
import { OneAtATime } from "../system/one-at-a-time.ts";
import { type Schedule, realSchedule } from "../system/timer.ts";
import type { Component, Components } from "./component.ts";
import type { ThreadReports } from "./fatal/thread-reports.ts";
import { FatalReport } from "./fatal/fatal-report.ts";
import { type ProcessPort, ProcessWatch, realProcess } from "./process-watch.ts";

/** Options of a program. Times in milliseconds. */
export interface ProgramOptions {
  /** Label of the distribution, in the log and in the report of a crash. */
  readonly distribution: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Texts that the log and the report of a crash must never hold. */
  readonly secrets: readonly string[];
  /** For all steps of stopping together. */
  readonly shutdownTimeoutMs: number;
  /** Told in the log. */
  readonly source?: ConfigSource | undefined;
  /** Default: the process. */
  readonly process?: ProcessPort | undefined;
  /** Default: standard error. */
  readonly logSink?: LogSink;
  /** Default: the real clock. */
  readonly schedule?: Schedule;
  readonly nowMs?: () => number;
}

/** How a program ends that ends by itself. */
export interface End {
  /** Default 0. */
  readonly exitCode?: number;
  /** In place of `shutdownTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** What the parts of a program may be given. */
export interface ProgramContext {
  readonly bus: EventBus;
  readonly log: Log;
  /** Where reports go that are no lines of the log. */
  readonly writeError: (text: string) => void;
  /** Where other threads leave what a report of a fatal signal says of them. */
  readonly threadReports: ThreadReports;
  /**
   * Ends the program as a signal does: at the end of its input, or when it cannot go on. The first
   * call counts; while the program starts it is obeyed as soon as that is done.
   */
  readonly stop: (reason: string, end?: End) => void;
  /** Makes every part that can look anew do so, as SIGHUP does. */
  readonly reload: () => Promise<void>;
}

/** Puts a program together; starts nothing. */
export type Assemble = (context: ProgramContext) => Components | Promise<Components>;

/**
 * Runs a program from its assembly to its end; resolves to the exit code: 0, or 1 when a part could
 * not start. Rejects with what `assemble` throws, and with errors of a start that say neither where
 * they happened nor what to do about them.
 *
 * @example
 * const log = { logLevel: "info", logFormat: "text" } as const;
 * const options = { distribution: "mine", ...log, secrets: [], shutdownTimeoutMs: 5000 };
 * process.exit(await startProgram(options, ({ stop }) => ({
 *   once: { start: () => stop("nothing more to do") },
 * })));
 */
export async function startProgram(options: ProgramOptions, assemble: Assemble): Promise<number> {
  const bus = new EventBus();
  const { logLevel: level, logFormat: format, secrets, logSink: sink } = options;
  const log = createLog(bus, { level, format, secrets, ...(sink === undefined ? {} : { sink }) });
  try {
    return await new Program(options, bus, log).run(assemble);
  } finally {
    log.stop();
  }
}

interface Part {
  readonly name: string;
  readonly component: Component;
}

class Program {
  readonly #options: ProgramOptions;
  readonly #bus: EventBus;
  readonly #log: Log;
  readonly #port: ProcessPort;
  readonly #nowMs: () => number;
  readonly #ended = Promise.withResolvers<{ readonly reason: string } & End>();
  #parts: readonly Part[] = [];
  readonly #reloads = new OneAtATime(() => this.#reloadParts());

  constructor(options: ProgramOptions, bus: EventBus, log: Log) {
    this.#options = options;
    this.#bus = bus;
    this.#log = log;
    this.#port = options.process ?? realProcess;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  async run(assemble: Assemble): Promise<number> {
    const { distribution, secrets, source } = this.#options;
    const recent = (): readonly string[] => [
      ...this.#log.held(),
      ...this.#parts.flatMap(({ component }) => component.recent?.() ?? []),
    ];
    const watch = new ProcessWatch(this.#port, { distribution, secrets, recent });
    const fatal = new FatalReport({ distribution, recent });
    this.#bus.on("request.completed", () => fatal.note());
    this.#log.onHeld(() => fatal.note());
    try {
      this.#bus.emit("server.starting", { distribution, version: VERSION });
      if (source !== undefined) {
        this.#bus.emit("config.loaded", {
          path: source.kind === "file" ? source.path : "defaults",
        });
      }
      const components = await assemble({
        bus: this.#bus,
        log: this.#log,
        writeError: (text) => this.#port.writeError(text),
        threadReports: fatal.reports,
        stop: (reason, end) => this.#ended.resolve({ reason, ...end }),
        reload: () => this.#reloads.run(),
      });
      this.#parts = Object.entries(components).flatMap(([name, component]) =>
        component === undefined ? [] : [{ name, component }],
      );
      if (!(await this.#start())) return 1;
      // The signals of a process are its own.
      compileAsUsual();
      if (this.#port === realProcess) {
        fatal.start();
        releasePagesSoon();
        this.#bus.on("policies.replaced", releasePagesSoon);
      }
      watch.handle({
        stop: (signal) => this.#ended.resolve({ reason: signal }),
        reload: () => void this.#reloads.run(),
        dump: () => this.#dump(fatal),
      });
      const {
        reason,
        exitCode = 0,
        timeoutMs = this.#options.shutdownTimeoutMs,
      } = await this.#ended.promise;
      await this.#end(reason, timeoutMs);
      return exitCode;
    } finally {
      fatal.stop();
      watch.stop();
    }
  }

  /** False, after saying why: a part could not start. Those before it are stopped. */
  async #start(): Promise<boolean> {
    for (const [at, { name, component }] of this.#parts.entries()) {
      try {
        await component.start?.();
      } catch (error) {
        this.#parts = this.#parts.slice(0, at + 1);
        await this.#stop(new Deadline(STOP_RESERVE_MS, this.#nowMs));
        if (!saysWhatToDo(error)) throw error;
        const { message: what, where = name, cure } = error;
        this.#bus.emit("program.failed", { what, where, cure });
        return false;
      }
    }
    return true;
  }

  async #reloadParts(): Promise<void> {
    for (const { name, component } of this.#parts) {
      try {
        await component.reload?.();
      } catch (error) {
        this.#failed(`reload of ${name}`, error, "what was in force stays");
      }
    }
  }

  async #end(signal: string, timeoutMs: number): Promise<void> {
    this.#bus.emit("server.draining", { signal, timeoutMs });
    const deadline = new Deadline(timeoutMs, this.#nowMs);
    const unfinished = await this.#drain(
      deadline,
      Math.min(STOP_RESERVE_MS, timeoutMs * STOP_RESERVE_SHARE),
    );
    await this.#stop(deadline);
    this.#bus.emit("server.stopped", { unfinished });
  }

  /** `reserveMs` of the time stay for stopping. Answers how much work was given up. */
  async #drain(deadline: Deadline, reserveMs: number): Promise<number> {
    let unfinished = 0;
    for (const { name, component } of this.#parts.toReversed()) {
      if (component.drain === undefined) continue;
      const leftMs = Math.max(0, deadline.leftMs - reserveMs);
      const step = (): unknown => component.drain?.(leftMs);
      // One that keeps its time ends by itself; the others must not take all of the reserve.
      const outcome = await this.#within(leftMs + reserveMs / 2, `drain of ${name}`, step);
      if (outcome === "failed" || outcome === "overdue") unfinished++;
      else if (typeof outcome === "number") unfinished += outcome;
    }
    return unfinished;
  }

  async #stop(deadline: Deadline): Promise<void> {
    for (const { name, component } of this.#parts.toReversed()) {
      const { leftMs } = deadline;
      await this.#within(leftMs, `stop of ${name}`, () => component.stop?.(leftMs));
    }
  }

  /** What a step resolves to, whatever it does. */
  async #within(timeMs: number, where: string, step: () => unknown): Promise<unknown> {
    const overdue = Promise.withResolvers<"overdue">();
    const schedule = this.#options.schedule ?? realSchedule;
    try {
      const done = step();
      if (!(done instanceof Promise)) return done;
      const cancel = schedule(timeMs, () => overdue.resolve("overdue"));
      // Should it reject when nobody waits any more.
      done.catch(() => undefined);
      const outcome: unknown = await Promise.race([done, overdue.promise]).finally(cancel);
      return outcome;
    } catch (error) {
      this.#failed(where, error, "the program stops all the same; report it");
      return "failed";
    }
  }

  #failed(where: string, error: unknown, cure: string): void {
    const what = errorMessage(error);
    this.#bus.emit("program.failed", { what, where, cure });
  }

  /** Whatever the level of the log is: who asks wants to see it. */
  #dump(fatal: FatalReport): void {
    const { distribution, logFormat, secrets } = this.#options;
    const write = (fields: LogFields): void => {
      const line = formatLine(logFormat, Date.now(), "info", "program.status", fields, secrets);
      this.#port.writeError(`${line}\n`);
    };
    const build = { distribution, version: VERSION, commit: COMMIT };
    write({ ...build, fatalSignals: fatal.isInstalled, recent: fatal.lines() });
    for (const { name, component } of this.#parts) {
      if (component.status === undefined) continue;
      try {
        write({ part: name, ...component.status() });
      } catch (error) {
        this.#failed(`status of ${name}`, error, "report it");
      }
    }
  }
}

/** Of what is over by then; again when the collector has been through what that left. */
function releasePagesSoon(): void {
  for (const delayMs of [CODE_PAGES_DELAY_MS, COLLECTED_DELAY_MS]) {
    realSchedule(delayMs, () => {
      void import("../system/code-pages.ts").then(({ releaseCodePages }) => releaseCodePages());
    });
  }
}

/** The one time that all steps of stopping share. */
class Deadline {
  readonly #endMs: number;
  readonly #nowMs: () => number;

  constructor(timeoutMs: number, nowMs: () => number) {
    this.#endMs = nowMs() + timeoutMs;
    this.#nowMs = nowMs;
  }

  get leftMs(): number {
    return Math.max(0, this.#endMs - this.#nowMs());
  }
}

/** Errors that are part of an interface, such as StartError; all others are worth their stack. */
function saysWhatToDo(error: unknown): error is Error & { where?: string; cure: string } {
  return error instanceof Error && "cure" in error && typeof error.cure === "string";
}
