// Notices that the thread which serves hangs, when it is the only one: a thread of its own looks
// for its signs of life, and says so on standard error, which the one that hangs cannot. It ends
// nothing: whoever asks for /_health meanwhile gets no response, and knows as well.

import { Worker } from "node:worker_threads";
import { HANG_BEAT_MS, HANG_MS } from "../core/limits.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import { formatLine, type LogFormat } from "../o11y/log-format.ts";

/** Int32 words of the memory that both threads share. */
const Word = { beats: 0, stop: 1, hangs: 2, words: 3 } as const;

export interface HangWatchOptions {
  readonly bus: EventBus;
  readonly format: LogFormat;
  /** Default HANG_MS. */
  readonly hangMs?: number;
  /** Default HANG_BEAT_MS. */
  readonly beatMs?: number;
}

export class HangWatch {
  readonly #options: HangWatchOptions;
  readonly #words = new Int32Array(new SharedArrayBuffer(Word.words * 4));
  #timer: Timer | undefined;
  #told = 0;

  constructor(options: HangWatchOptions) {
    this.#options = options;
  }

  /** So far. */
  get hangs(): number {
    return Atomics.load(this.#words, Word.hangs);
  }

  start(): void {
    const { format, hangMs = HANG_MS, beatMs = HANG_BEAT_MS } = this.#options;
    const fields = { silentMs: hangMs, cure: CURE };
    const line = `${formatLine(format, 0, "err", "thread.hangs", fields)}\n`;
    const workerData = { words: this.#words, line, beatMs, looksMax: Math.ceil(hangMs / beatMs) };
    new Worker(LOOKOUT, { eval: true, workerData }).unref();
    this.#timer = setInterval(() => this.#beat(), beatMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    Atomics.store(this.#words, Word.stop, 1);
    Atomics.notify(this.#words, Word.stop);
  }

  #beat(): void {
    Atomics.add(this.#words, Word.beats, 1);
    const { hangs } = this;
    if (hangs === this.#told) return;
    this.#told = hangs;
    this.#options.bus.emit("thread.hung", { cure: CURE });
  }
}

const CURE = "give it worker_count of 2 or more, so that one that hangs is replaced; report it";

/** What runs in the other thread. It has no module of its own, so that it stays small. */
const LOOKOUT = `
const { workerData: { words, line, beatMs, looksMax } } = require("node:worker_threads");
const { writeSync } = require("node:fs");
let last = -1;
let silent = 0;
while (Atomics.wait(words, ${Word.stop}, 0, beatMs) === "timed-out") {
  const beats = Atomics.load(words, ${Word.beats});
  silent = beats === last ? silent + 1 : 0;
  last = beats;
  if (silent !== looksMax) continue;
  Atomics.add(words, ${Word.hangs}, 1);
  try {
    writeSync(2, line.replace("1970-01-01T00:00:00.000Z", new Date().toISOString()));
  } catch {}
}
`;
