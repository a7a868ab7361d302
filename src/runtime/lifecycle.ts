// From a bound socket to the process's exit code: signals, draining, reload, and what happens when
// something was not caught. Everything it touches is passed in, so that a test needs no process.

import { type Schedule, realSchedule } from "../system/timer.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import { LAST_CALL_MS, LAST_CALL_SHARE, STOP_MS_MIN } from "../core/limits.ts";
import { redactText } from "../core/redact.ts";
import { COMMIT, VERSION } from "../o11y/build-info.ts";
import type { Listener } from "../server/listener.ts";
import type { Readiness } from "./readiness.ts";

/** sysexits.h EX_SOFTWARE: the program found itself at fault. */
export const CRASH_EXIT_CODE = 70;

/** Two of the ways in which `process` tells that something went wrong, and its signals. */
export interface ProcessPort {
  on(name: string, listener: (value: unknown) => void): unknown;
  off(name: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
  writeError(text: string): void;
}

export interface LifecycleOptions {
  readonly listeners: readonly Listener[];
  readonly readiness: Readiness;
  readonly bus: EventBus;
  /** How long requests in flight may take to finish. */
  readonly shutdownTimeoutMs: number;
  /** From now on every answer asks its client to use another connection. */
  readonly lastCall: () => void;
  /** Called on SIGHUP. */
  readonly reload: () => Promise<void>;
  /**
   * Called when the last request is answered: providers, upstreams, logs; within the time that is
   * left.
   */
  readonly stop: (deadlineMs: number) => Promise<void>;
  readonly watch: ProcessWatch;
  readonly schedule?: Schedule;
}

/** What a report of a crash says beside the error. */
export interface CrashContext {
  /** Label of the distribution. */
  readonly distribution: string;
  /** Texts that must not be in it. */
  readonly secrets: readonly string[];
  /** Shapes of the last requests, without anything that was in them. */
  readonly recentRequests: () => readonly string[];
}

/** What is done when the process is told something. */
export interface SignalHandlers {
  readonly stop: (signal: string) => void;
  readonly reload: () => void;
}

/**
 * Listens to the process from its first moment on: a program that is told to stop while it starts
 * does so when it has started, also as the first process of a container, for which the system
 * ignores signals that it does not listen to.
 */
export class ProcessWatch {
  readonly #port: ProcessPort;
  readonly #listeners: readonly (readonly [string, (value: unknown) => void])[];
  #handlers: SignalHandlers | undefined;
  #toldToStop: string | undefined;

  constructor(port: ProcessPort, crash: CrashContext) {
    this.#port = port;
    const crashed = (event: CrashEvent) => (error: unknown) => {
      port.writeError(crashReport(event, error, crash));
      port.exit(CRASH_EXIT_CODE);
    };
    this.#listeners = [
      ["SIGTERM", () => this.#stop("SIGTERM")],
      ["SIGINT", () => this.#stop("SIGINT")],
      // Whatever is to be loaded anew is not loaded yet while the program starts.
      ["SIGHUP", () => this.#handlers?.reload()],
      ["uncaughtException", crashed("uncaughtException")],
      ["unhandledRejection", crashed("unhandledRejection")],
    ];
    for (const [name, listener] of this.#listeners) port.on(name, listener);
  }

  /** From now on these are called, at once for what was told before. */
  handle(handlers: SignalHandlers): void {
    this.#handlers = handlers;
    if (this.#toldToStop !== undefined) handlers.stop(this.#toldToStop);
  }

  /** Listens no more. */
  end(): void {
    for (const [name, listener] of this.#listeners) this.#port.off(name, listener);
  }

  #stop(signal: string): void {
    if (this.#toldToStop !== undefined) {
      this.#port.exit(1);
      return;
    }
    this.#toldToStop = signal;
    this.#handlers?.stop(signal);
  }
}

/** Runs until the process is told to stop; resolves to the exit code. */
export function untilStopped(options: LifecycleOptions): Promise<number> {
  return new Promise((resolve) => {
    const stop = async (signal: string): Promise<void> => {
      await drain(options, signal);
      options.watch.end();
      resolve(0);
    };
    options.watch.handle({
      stop: (signal) => void stop(signal),
      reload: () => void options.reload().catch((error: unknown) => report(options, error)),
    });
  });
}

/** Readiness flips first, so that balancers stop sending while what was sent is still answered. */
async function drain(options: LifecycleOptions, signal: string): Promise<void> {
  const { listeners, shutdownTimeoutMs, bus } = options;
  options.readiness.draining();
  bus.emit("server.draining", { signal, timeoutMs: shutdownTimeoutMs });
  const startedMs = performance.now();
  const unfinished = await Promise.race([timeUp(options), allAnswered(options)]);
  if (unfinished > 0) await Promise.all(listeners.map((listener) => listener.abort()));
  const leftMs = shutdownTimeoutMs - (performance.now() - startedMs);
  await options.stop(Math.max(STOP_MS_MIN, leftMs));
  bus.emit("server.stopped", { unfinished });
}

async function allAnswered({ listeners, ...options }: LifecycleOptions): Promise<0> {
  options.lastCall();
  const lastCallMs = Math.min(LAST_CALL_MS, options.shutdownTimeoutMs * LAST_CALL_SHARE);
  const schedule = options.schedule ?? realSchedule;
  await new Promise<void>((resolve) => void schedule(lastCallMs, resolve));
  await Promise.all(listeners.map((listener) => listener.drain()));
  return 0;
}

/**
 * Requests that are still in flight when the time is over; at least 1, for a connection that never
 * ended.
 */
function timeUp({ listeners, shutdownTimeoutMs, schedule }: LifecycleOptions): Promise<number> {
  return new Promise((resolve) => {
    (schedule ?? realSchedule)(shutdownTimeoutMs, () => {
      resolve(
        Math.max(
          1,
          listeners.reduce((sum, listener) => sum + listener.pending, 0),
        ),
      );
    });
  });
}

function report({ bus }: LifecycleOptions, error: unknown): void {
  const what = error instanceof Error ? error.message : String(error);
  bus.emit("program.failed", { what, where: "reload", cure: "the policies in force stay" });
}

export type CrashEvent = "uncaughtException" | "unhandledRejection";

/** What a crash leaves on standard error: enough for a bug report, nothing of the telemetry. */
export function crashReport(
  event: CrashEvent,
  error: unknown,
  { distribution, secrets, recentRequests }: CrashContext,
): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const recent = recentRequests().map((line) => `  ${line}`);
  return [
    "edge crashed: an error was not caught. This is a bug; please report the lines below.",
    `event ${event}`,
    `build ${distribution} ${VERSION} (${COMMIT})`,
    `runtime bun ${Bun.version} ${process.platform}-${process.arch}, pid ${process.pid}`,
    `uptime ${Math.round(process.uptime())} s`,
    `memory ${Math.round(process.memoryUsage.rss() / 1_048_576)} MiB resident`,
    redactText(stack, secrets),
    ...(recent.length === 0
      ? ["no requests yet"]
      : ["last requests, the latest first:", ...recent]),
    "",
  ].join("\n");
}

/** The process itself. */
export const realProcess: ProcessPort = {
  on: (name, listener) => process.on(name, listener),
  off: (name, listener) => process.off(name, listener),
  exit: (code) => process.exit(code),
  writeError: (text) => void process.stderr.write(text),
};
