// Writes lines to a pipe or a file, byte for byte. It has two buffers: one is filled while the
// other is written, so that reading and writing overlap; when both are full, whoever writes to it
// waits.

import { realSchedule, type Schedule } from "../../system/index.ts";
import type { KeptLines, LineOutput, OutputEvents } from "../ports.ts";
import { LineBuffer } from "./line-buffer.ts";

/** Where the bytes go. */
export interface ByteSink {
  /**
   * Writes bytes[0, length) of whole lines, however long that takes. False: it will never take
   * anything again, which it has told.
   */
  write(bytes: Uint8Array, length: number): Promise<boolean>;
  sync(): Promise<void>;
  /** Another file may stand at the path. Not while `write` is busy, unless that waits. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export interface BufferedOutputOptions {
  readonly sink: ByteSink;
  readonly events: OutputEvents;
  readonly bufferBytes: number;
  /** How long lines wait for others, when nobody flushes. */
  readonly flushIntervalMs: number;
  /** So many lines do not wait. */
  readonly flushLines: number;
  readonly schedule?: Schedule;
}

export class BufferedOutput implements LineOutput {
  readonly #options: BufferedOutputOptions;
  readonly #schedule: Schedule;
  #filling: LineBuffer;
  #spare: LineBuffer;
  #lines = 0;
  /** The other buffer, on its way out. */
  #writing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  /** What fills goes out when the way is free. */
  #isFlushed = false;
  #hasFailed = false;
  #isClosed = false;

  constructor(options: BufferedOutputOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    this.#filling = new LineBuffer(options.bufferBytes);
    this.#spare = new LineBuffer(options.bufferBytes);
  }

  write({ bytes, lines }: KeptLines, ticket: number): Promise<void> | undefined {
    if (!this.#filling.hasRoomFor(bytes.length)) this.flush();
    if (!this.#filling.hasRoomFor(bytes.length)) return this.#writeLater(bytes, lines, ticket);
    this.#add(bytes, lines, ticket);
    return undefined;
  }

  flush(): void {
    if (this.#filling.isEmpty) return;
    this.#isFlushed = true;
    if (this.#writing === undefined && !this.#hasFailed) this.#writing = this.#writeOut();
  }

  async sync(): Promise<void> {
    // What was accepted before the end was made safe then.
    if (!this.#isClosed) await this.#options.sink.sync();
  }

  async reopen(): Promise<void> {
    await this.#options.sink.reopen();
  }

  async close(deadlineMs: number): Promise<void> {
    this.flush();
    const late = Promise.withResolvers<void>();
    const leftMs = Math.max(0, deadlineMs - performance.now());
    const cancel = this.#schedule(leftMs, late.resolve);
    await Promise.race([this.#end(), late.promise]);
    cancel();
    this.#cancelTimer?.();
  }

  async #end(): Promise<void> {
    const { sink } = this.#options;
    await this.#drained();
    await sink.sync();
    this.#isClosed = true;
    await sink.close();
  }

  /** Until all is written; never, when it cannot be. */
  async #drained(): Promise<void> {
    while (!this.#hasFailed && this.#writing !== undefined) {
      await this.#writing;
      this.flush();
    }
  }

  async #writeLater(bytes: Uint8Array, lines: number, ticket: number): Promise<void> {
    while (!this.#filling.hasRoomFor(bytes.length)) {
      // Whoever reads has nothing to do any more when nothing is ever taken again.
      await (this.#writing ?? new Promise<never>(() => {}));
    }
    this.#add(bytes, lines, ticket);
  }

  #add(bytes: Uint8Array, lines: number, ticket: number): void {
    const { bufferBytes, flushIntervalMs, flushLines } = this.#options;
    this.#filling.add(bytes, ticket);
    this.#lines += lines;
    const isEnough = this.#filling.used >= bufferBytes || this.#lines >= flushLines;
    if (isEnough) this.flush();
    else this.#cancelTimer ??= this.#schedule(flushIntervalMs, () => this.#flushByTime());
  }

  #flushByTime(): void {
    this.#cancelTimer = undefined;
    this.flush();
  }

  async #writeOut(): Promise<void> {
    const buffer = this.#filling;
    this.#filling = this.#spare;
    this.#spare = buffer;
    this.#lines = 0;
    this.#isFlushed = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { events, sink } = this.#options;
    const isTaken = await (buffer.used === 0 || sink.write(buffer.bytes, buffer.used));
    if (!isTaken) {
      this.#hasFailed = true;
      this.#writing = undefined;
      return;
    }
    const { ticket } = buffer;
    buffer.clear();
    this.#writing = undefined;
    events.accepted(ticket);
    if (this.#isFlushed) this.flush();
  }
}
