// Standard output. Its reader may be slow, which the tailer waits for, or go away, which ends the
// program.

import { realSchedule, type Schedule } from "../../system/index.ts";
import type { OutputEvents } from "../ports.ts";
import type { ByteSink } from "./buffered-output.ts";
import { codeOf, type DescriptorIo, faultText, systemIo } from "./descriptor.ts";

const STDOUT = 1;
/** A pipe that does not block says that it is full; it is looked at again after a while. */
const FULL_PAUSE_MS_MIN = 1;
const FULL_PAUSE_MS_MAX = 50;

export interface StdoutSinkOptions {
  readonly events: Pick<OutputEvents, "failed">;
  readonly io?: DescriptorIo;
  readonly schedule?: Schedule;
}

export class StdoutSink implements ByteSink {
  readonly #events: Pick<OutputEvents, "failed">;
  readonly #io: DescriptorIo;
  readonly #schedule: Schedule;

  constructor({ events, io = systemIo, schedule = realSchedule }: StdoutSinkOptions) {
    this.#events = events;
    this.#io = io;
    this.#schedule = schedule;
  }

  async write(bytes: Uint8Array, length: number): Promise<boolean> {
    let pauseMs = FULL_PAUSE_MS_MIN;
    for (let at = 0; at < length;) {
      try {
        at += await this.#io.write(STDOUT, bytes, at, length);
        pauseMs = FULL_PAUSE_MS_MIN;
      } catch (error) {
        const code = codeOf(error);
        if (code !== "EAGAIN" && code !== "EINTR") {
          this.#events.failed(`standard output cannot be written: ${faultText(error)}`);
          return false;
        }
        await this.#pause(pauseMs);
        pauseMs = Math.min(FULL_PAUSE_MS_MAX, pauseMs * 2);
      }
    }
    return true;
  }

  /** Of a file that a shell opened; of anything else nothing can be asked. */
  sync(): Promise<void> {
    return this.#io.sync(STDOUT);
  }

  reopen(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#schedule(delayMs, resolve));
  }
}
