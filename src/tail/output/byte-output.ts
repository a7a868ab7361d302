// Writes lines as they are to standard output or to the end of a file. Small pieces are gathered,
// large ones are written from where they stand. Nothing is written while the program waits for it:
// a reader of a pipe that has stopped must not stop the program's signals.

import { constants, close, fdatasync, fsync, open, write } from "node:fs";
import { promisify } from "node:util";
import type { KeptLines, LineOutput, OutputEvents } from "../ports.ts";

export interface ByteOutputOptions {
  /** `-` or the path of a file, which is made when it is not there. */
  readonly target: string;
  /** Bytes that are gathered before they are written. */
  readonly writeBufBytes: number;
  /** The longest that something gathered waits while more comes. */
  readonly flushIntervalMs: number;
  /** So many pieces that were gathered are written. */
  readonly flushPieces: number;
}

/** An output that cannot be opened, with what to do about it. */
export class OutputError extends Error {
  readonly code = "output";
  constructor(message: string) {
    super(message);
    this.name = "OutputError";
  }
}

const openFile = promisify(open);
const closeFile = promisify(close);
const STDOUT = 1;
/** Until a full disk is tried again, at most. */
const RETRY_MS_MAX = 1000;
const RETRY_MS_MIN = 20;

export async function openByteOutput(
  options: ByteOutputOptions,
  events: OutputEvents,
): Promise<LineOutput> {
  const { target } = options;
  if (target === "-") return new ByteOutput(options, events, STDOUT);
  return new ByteOutput(options, events, await openTarget(target));
}

async function openTarget(path: string): Promise<number> {
  try {
    return await openFile(path, FLAGS, 0o644);
  } catch (error) {
    throw new OutputError(
      `--output ${path}: it cannot be opened (${codeOf(error)}); name a file in a folder that is there, which this user may write.`,
    );
  }
}

const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

class ByteOutput implements LineOutput {
  readonly #options: ByteOutputOptions;
  readonly #events: OutputEvents;
  #fd: number;
  /** What is gathered, and what is being written meanwhile. */
  #gathering: Uint8Array;
  #spare: Uint8Array;
  #length = 0;
  #pieces = 0;
  /** The last ticket whose bytes are gathered or written. */
  #ticket = 0;
  /** Resolves when the write at hand is done. */
  #writing: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isFlushDue = false;
  #isTroubled = false;
  #isFailed = false;
  #isClosed = false;

  constructor(options: ByteOutputOptions, events: OutputEvents, fd: number) {
    this.#options = options;
    this.#events = events;
    this.#fd = fd;
    this.#gathering = new Uint8Array(options.writeBufBytes);
    this.#spare = new Uint8Array(options.writeBufBytes);
  }

  write({ bytes }: KeptLines, ticket: number): Promise<void> | undefined {
    if (this.#isFailed) return NEVER;
    const { writeBufBytes, flushPieces } = this.#options;
    if (this.#length + bytes.length > writeBufBytes) return this.#writeLarge(bytes, ticket);
    this.#gathering.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#ticket = ticket;
    this.#pieces++;
    if (this.#length === writeBufBytes || this.#pieces >= flushPieces) this.flush();
    else this.#flushLater();
    return undefined;
  }

  flush(): void {
    if (this.#length === 0) return;
    if (this.#writing === undefined) this.#begin(this.#writeGathered());
    else this.#isFlushDue = true;
  }

  async sync(): Promise<void> {
    if (this.#options.target === "-" || this.#isClosed) return;
    await promisify(fdatasync)(this.#fd);
  }

  /** What was gathered goes to the file before, which is on disk before the next one is used. */
  async reopen(): Promise<void> {
    const { target } = this.#options;
    if (target === "-" || this.#isClosed) return;
    const fd = await openTarget(target);
    await this.#drained();
    const before = this.#fd;
    this.#fd = fd;
    await promisify(fsync)(before).catch(() => undefined);
    await closeFile(before);
  }

  async close(deadlineMs: number): Promise<void> {
    const leftMs = Math.max(0, deadlineMs - performance.now());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, leftMs)));
    await Promise.race([this.#drained().then(() => this.sync()), over]);
    clearTimeout(timer);
    clearTimeout(this.#timer);
    this.#isClosed = true;
    if (this.#options.target !== "-" && this.#writing === undefined) await closeFile(this.#fd);
  }

  async #drained(): Promise<void> {
    this.flush();
    while (this.#writing !== undefined) {
      await this.#writing;
      this.flush();
    }
  }

  /** Behind what is gathered; resolves when its memory is free again. */
  async #writeLarge(bytes: Uint8Array, ticket: number): Promise<void> {
    await this.#drained();
    this.#ticket = ticket;
    this.#begin(this.#writeAll(bytes, bytes.length, ticket));
    await this.#writing;
  }

  #begin(work: Promise<void>): void {
    const finish = async (): Promise<void> => {
      await work;
      this.#writing = undefined;
      // Of what was gathered meanwhile.
      if (this.#isFlushDue) this.flush();
    };
    this.#writing = finish();
  }

  #writeGathered(): Promise<void> {
    const bytes = this.#gathering;
    const length = this.#length;
    this.#gathering = this.#spare;
    this.#spare = bytes;
    this.#length = 0;
    this.#pieces = 0;
    this.#isFlushDue = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#writeAll(bytes, length, this.#ticket);
  }

  async #writeAll(bytes: Uint8Array, length: number, ticket: number): Promise<void> {
    let retryMs = RETRY_MS_MIN;
    for (let at = 0; at < length;) {
      try {
        at += await writeSome(this.#fd, bytes, at, length - at);
        retryMs = RETRY_MS_MIN;
        if (this.#isTroubled) this.#events.recovered();
        this.#isTroubled = false;
      } catch (error) {
        const code = codeOf(error);
        if (FATAL.includes(code)) {
          this.#fail(code);
          return NEVER;
        }
        if (code !== "EAGAIN" && code !== "EINTR") this.#trouble(code);
        await Bun.sleep(code === "EAGAIN" ? RETRY_MS_MIN : retryMs);
        retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
      }
    }
    this.#events.accepted(ticket);
  }

  #trouble(code: string): void {
    if (!this.#isTroubled) this.#events.troubled(REASONS[code] ?? `it cannot be written (${code})`);
    this.#isTroubled = true;
  }

  #fail(code: string): void {
    this.#isFailed = true;
    this.#events.failed(
      code === "EPIPE" ? "the reader of the output has gone" : `it is closed (${code})`,
    );
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, this.#options.flushIntervalMs);
  }
}

/** An output that will never take anything has room for nothing. */
const NEVER = new Promise<void>(() => undefined);
const FATAL = ["EPIPE", "EBADF"];
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EIO: "the disk does not write",
};

function writeSome(fd: number, bytes: Uint8Array, at: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, length, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
