// A file that lines are appended to. What cannot be written now, for example because the disk is
// full, is written later; nothing is dropped. If another file takes its place, that file begins
// with a whole line.

import { close, constants, fstat, open, read, stat } from "node:fs";
import { promisify } from "node:util";
import { backOffMs, realSchedule, type Schedule } from "../../system/index.ts";
import { OUTPUT_RETRY_MS_MAX, OUTPUT_RETRY_MS_MIN } from "../../core/limits.ts";
import type { OutputEvents } from "../ports.ts";
import type { ByteSink } from "./buffered-output.ts";
import { type DescriptorIo, faultText, systemIo } from "./descriptor.ts";

const NEWLINE = 0x0a;
const LINE_END = Uint8Array.of(NEWLINE);
const BACK_OFF = {
  firstMs: OUTPUT_RETRY_MS_MIN,
  ceilingMs: OUTPUT_RETRY_MS_MAX,
  askedMsMax: 0,
};

export interface FileSinkOptions {
  readonly path: string;
  readonly events: Pick<OutputEvents, "troubled" | "recovered">;
  readonly io?: DescriptorIo;
  readonly schedule?: Schedule;
  readonly random?: () => number;
}

/** The file cannot be opened for appending; the message says what to do. */
export class OutputFileError extends Error {
  readonly code = "output_file";
  constructor(path: string, error: unknown) {
    super(`the output ${JSON.stringify(path)} cannot be opened: ${faultText(error)}`);
    this.name = "OutputFileError";
  }
}

export class FileSink implements ByteSink {
  readonly #options: FileSinkOptions;
  readonly #io: DescriptorIo;
  readonly #schedule: Schedule;
  #descriptor: number;
  /** Counts up with each file that takes the place of another. */
  #generation = 0;
  #wake: (() => void) | undefined;
  /** The system is at it, with a descriptor that must not be closed meanwhile. */
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(options: FileSinkOptions, descriptor: number) {
    this.#options = options;
    this.#io = options.io ?? systemIo;
    this.#schedule = options.schedule ?? realSchedule;
    this.#descriptor = descriptor;
  }

  /**
   * Opens the file, or makes it; a line that stands at its end without a line end gets one.
   * Rejects with OutputFileError.
   */
  static async open(options: FileSinkOptions): Promise<FileSink> {
    return new FileSink(options, await openForAppending(options.path));
  }

  async write(bytes: Uint8Array, length: number): Promise<boolean> {
    const { events, random = Math.random } = this.#options;
    let failures = 0;
    let generation = this.#generation;
    for (let at = 0; at < length;) {
      try {
        const writing = this.#io.write(this.#descriptor, bytes, at, length);
        this.#busy = writing.catch(() => {});
        at += await writing;
        if (failures > 0) events.recovered();
        failures = 0;
      } catch (error) {
        if (failures === 0) events.troubled(this.#faultOf(error));
        failures++;
        await this.#pause(backOffMs(BACK_OFF, failures, 0, random()));
      }
      if (generation === this.#generation) continue;
      generation = this.#generation;
      // The end of a line whose beginning stands in another file is no line.
      at = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
    }
    return true;
  }

  sync(): Promise<void> {
    return this.#io.sync(this.#descriptor);
  }

  /**
   * What was written to the old file is safe before it is let go of. Rejects when there is none.
   * Nothing is waited for between making the new one and using it: who sees it may count on it.
   */
  async reopen(): Promise<void> {
    const { path } = this.#options;
    if (await isAt(path, this.#descriptor)) return;
    const next = await openForAppending(path);
    const old = this.#descriptor;
    this.#descriptor = next;
    this.#generation++;
    this.#wake?.();
    await this.#busy;
    await this.#io.sync(old);
    await closed(old);
  }

  close(): Promise<void> {
    return closed(this.#descriptor);
  }

  #faultOf(error: unknown): string {
    const { path } = this.#options;
    return `the output ${JSON.stringify(path)} takes nothing: ${faultText(error)}; it is tried again`;
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#schedule(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

async function openForAppending(path: string): Promise<number> {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  try {
    const isCutOff = await endsWithinLine(path);
    const descriptor = await opened(path, O_WRONLY | O_APPEND | O_CREAT, 0o666);
    if (isCutOff) await systemIo.write(descriptor, LINE_END, 0, LINE_END.length);
    return descriptor;
  } catch (error) {
    throw new OutputFileError(path, error);
  }
}

/** Whether a file ends without a line end: whoever wrote it was cut off, or wrote none. */
async function endsWithinLine(path: string): Promise<boolean> {
  let descriptor: number;
  try {
    descriptor = await opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // It may be written and not read.
    return false;
  }
  try {
    const stats = await statOf(descriptor);
    if (!stats.isFile() || stats.size === 0) return false;
    const last = new Uint8Array(1);
    const { bytesRead } = await readAt(descriptor, last, 0, 1, stats.size - 1);
    return bytesRead === 1 && last[0] !== NEWLINE;
  } finally {
    await closed(descriptor);
  }
}

/** Whether the open file is the one that stands at the path. */
async function isAt(path: string, descriptor: number): Promise<boolean> {
  const there = await statAt(path).catch(() => undefined);
  const open = await statOf(descriptor);
  return there?.dev === open.dev && there.ino === open.ino;
}

const opened = promisify(open);
const readAt = promisify(read);
const statOf = promisify(fstat);
const statAt = promisify(stat);
const closed = promisify(close);
