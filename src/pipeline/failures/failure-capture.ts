// Keeps requests that an upstream refused as malformed, or that policies could not read, as files
// that can be replayed. It never affects the request: whatever exceeds the bounds or does not fit
// on the disk is dropped and counted. It copies bodies, and waits for nothing.

import { errorMessage } from "../../core/errors.ts";
import {
  FAILURE_BODY_BYTES_MAX,
  FAILURE_FOLDER_LOOK_MS,
  FAILURE_QUEUE_BYTES_MAX,
  FAILURE_QUEUE_DUMPS_MAX,
} from "../../core/limits.ts";
import type { EventBus } from "../../o11y/event-bus.ts";
import type { FailureLossReason } from "../../o11y/labels.ts";
import type { Dump, DumpFolder } from "./dump-folder.ts";
import { dumpHead, type Hidden } from "./dump-text.ts";
import type { FailedRequest, FailureKeeper } from "./failed-request.ts";

export interface FailureCaptureOptions {
  readonly folder: Pick<DumpFolder, "write">;
  readonly hidden: Hidden;
  readonly bus: Pick<EventBus, "emit">;
  /** Default: the real clock. */
  readonly nowMs?: () => number;
}

/** Statuses that say that the request itself was at fault. */
const STATUSES = new Set([400, 408, 413]);

const NOTHING = new Uint8Array(0);

const REASONS: Readonly<Record<string, FailureLossReason>> = {
  ENOSPC: "no_space",
  EDQUOT: "no_space",
  EACCES: "not_permitted",
  EPERM: "not_permitted",
  EROFS: "not_permitted",
};

export class FailureCapture implements FailureKeeper {
  readonly #options: FailureCaptureOptions;
  readonly #nowMs: () => number;
  readonly #queue: Dump[] = [];
  #heldBytes = 0;
  #fullUntilMs = 0;
  #writing: Promise<void> | undefined;

  constructor(options: FailureCaptureOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** Keeps the request if it failed. Never throws. */
  take(failed: FailedRequest): void {
    if (failed.unread === undefined && !STATUSES.has(failed.status ?? 0)) return;
    try {
      this.#keep(failed);
    } catch (error) {
      this.#dropped("write_failed", errorMessage(error));
    }
  }

  /** Resolves when everything that was taken is written or dropped. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  #keep(failed: FailedRequest): void {
    const { body } = failed;
    if (body instanceof ReadableStream) {
      this.#dropped("body_streamed", "nothing was kept of a body that was not looked into");
      return;
    }
    const bytes = body?.length ?? 0;
    if (bytes > FAILURE_BODY_BYTES_MAX) {
      this.#dropped("body_too_large", `more than ${FAILURE_BODY_BYTES_MAX} bytes`);
      return;
    }
    const nowMs = this.#nowMs();
    if (nowMs < this.#fullUntilMs) {
      this.#folderFull();
      return;
    }
    const head = dumpHead(failed, this.#options.hidden, new Date(nowMs));
    const heldBytes = this.#heldBytes + bytes + head.length;
    if (this.#queue.length >= FAILURE_QUEUE_DUMPS_MAX || heldBytes > FAILURE_QUEUE_BYTES_MAX) {
      this.#dropped("queue_full", "the disk is slower than requests fail");
      return;
    }
    this.#heldBytes = heldBytes;
    // The body's memory is reused once the request is over.
    this.#queue.push({ head, body: new Uint8Array(body ?? NOTHING) });
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (let dump = this.#queue.shift(); dump !== undefined; dump = this.#queue.shift()) {
      await this.#write(dump);
      this.#heldBytes -= dump.body.length + dump.head.length;
    }
    this.#writing = undefined;
  }

  async #write(dump: Dump): Promise<void> {
    const { folder, bus } = this.#options;
    try {
      const bytes = await folder.write(dump);
      if (bytes === undefined) {
        this.#fullUntilMs = this.#nowMs() + FAILURE_FOLDER_LOOK_MS;
        this.#folderFull();
      } else bus.emit("failure_capture.written", { bytes });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      this.#dropped(REASONS[code] ?? "write_failed", errorMessage(error));
    }
  }

  #folderFull(): void {
    this.#dropped("folder_full", "there are max_dumps files; move or remove some");
  }

  #dropped(reason: FailureLossReason, detail: string): void {
    this.#options.bus.emit("failure_capture.dropped", { reason, detail });
  }
}
