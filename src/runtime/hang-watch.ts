// Notices when the only serving thread hangs. Each sign of life restarts the timer of the process;
// if none comes, the timer's signal is handled in machine code, which needs no thread and reports
// the hang on standard error. It ends nothing; requests to /_health get no response meanwhile, so
// probes notice as well.

import { HANG_BEAT_MS, HANG_MS, SIGNAL_HANDLERS_DELAY_MS } from "../core/limits.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import { formatLine, type LogFormat } from "../o11y/log-format.ts";
import type { Component } from "./component.ts";
import type { InstalledHandlers } from "./fatal/signal-handlers.ts";

/** Of signal(7); the program uses no other timer of the process. */
const SIGALRM = 14;

export interface HangWatchOptions {
  readonly bus: EventBus;
  readonly format: LogFormat;
  /** Default HANG_MS. */
  readonly hangMs?: number;
  /** Default HANG_BEAT_MS. */
  readonly beatMs?: number;
  /** Default SIGNAL_HANDLERS_DELAY_MS. */
  readonly delayMs?: number;
}

export class HangWatch implements Component {
  readonly #options: HangWatchOptions;
  readonly #hangMs: number;
  /** 1: no hang since the last beat. */
  readonly #gate = new BigUint64Array(new SharedArrayBuffer(8));
  readonly #line: Buffer;
  readonly #timeAt: number;
  readonly #watching = Promise.withResolvers<boolean>();
  #handlers: InstalledHandlers | undefined;
  #timer: Timer | undefined;

  constructor(options: HangWatchOptions) {
    this.#options = options;
    this.#hangMs = options.hangMs ?? HANG_MS;
    const fields = { silentMs: this.#hangMs, cure: CURE };
    const line = formatLine(options.format, 0, "err", "thread.hangs", fields);
    this.#line = Buffer.from(`${line}\n`);
    this.#timeAt = this.#line.indexOf(new Date(0).toISOString());
  }

  /** Resolves when it watches; false: it cannot on this machine. */
  get whenWatching(): Promise<boolean> {
    return this.#watching.promise;
  }

  /** Whether there was a hang since the last sign of life. */
  get isHung(): boolean {
    return this.#handlers !== undefined && Atomics.load(this.#gate, 0) === 0n;
  }

  /** Returns at once; it watches when the program has had time to answer somebody. */
  start(): void {
    const { delayMs = SIGNAL_HANDLERS_DELAY_MS } = this.#options;
    this.#timer = setTimeout(() => void this.#watch(), delayMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#handlers?.alarmAfter(0);
    this.#handlers?.uninstall();
    this.#handlers = undefined;
  }

  async #watch(): Promise<void> {
    const { installSignalHandlers } = await import("./fatal/signal-handlers.ts");
    if (this.#timer === undefined) return;
    const handler = {
      signal: SIGALRM,
      gate: this.#gate,
      head: this.#line,
      next: "return",
    } as const;
    const handlers = installSignalHandlers([handler]);
    this.#watching.resolve(handlers !== undefined);
    if (handlers === undefined) return;
    Atomics.store(this.#gate, 0, 1n);
    this.#handlers = handlers;
    this.#timer = setInterval(() => this.#beat(handlers), this.#options.beatMs ?? HANG_BEAT_MS);
    this.#timer.unref();
    this.#beat(handlers);
  }

  #beat(handlers: InstalledHandlers): void {
    handlers.alarmAfter(this.#hangMs);
    const wasHung = Atomics.exchange(this.#gate, 0, 1n) === 0n;
    // The moment in which it would be written.
    this.#line.write(new Date(Date.now() + this.#hangMs).toISOString(), this.#timeAt, "latin1");
    if (wasHung) this.#options.bus.emit("thread.hung", { cure: CURE });
  }
}

const CURE = "give it worker_count of 2 or more, so that one that hangs is replaced; report it";
