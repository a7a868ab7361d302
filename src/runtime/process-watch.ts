// Passes on what happens to the process: signals, and errors that nobody caught. The process is
// passed in, so that tests need none.

import {
  CRASH_EXIT_CODE,
  type CrashContext,
  type CrashEvent,
  crashReport,
} from "./crash-report.ts";

/** Two of the ways in which `process` tells that something went wrong, and its signals. */
export interface ProcessPort {
  on(name: string, listener: (value: unknown) => void): unknown;
  off(name: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
  writeError(text: string): void;
}

/** What is done when the process is told something. */
export interface SignalHandlers {
  /** SIGTERM, SIGINT. */
  readonly stop: (signal: string) => void;
  /** SIGHUP. */
  readonly reload: () => void;
  /** SIGUSR1. */
  readonly dump: () => void;
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
      // Whatever is to be loaded anew, or told of, is not there yet while the program starts.
      ["SIGHUP", () => this.#handlers?.reload()],
      ["SIGUSR1", () => this.#handlers?.dump()],
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
  stop(): void {
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

/** The process itself. */
export const realProcess: ProcessPort = {
  on: (name, listener) => process.on(name, listener),
  off: (name, listener) => process.off(name, listener),
  exit: (code) => process.exit(code),
  writeError: (text) => void process.stderr.write(text),
};
