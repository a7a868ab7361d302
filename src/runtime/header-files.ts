// The files that hold values of `upstream_headers`. They are read again when they change, on SIGHUP
// and every few seconds, and are put in use together. If one cannot be used, all values stay as
// they are. Logs names of headers, never values.

import type { UpstreamHeaderRule, UpstreamHeaderValues } from "../config/index.ts";
import type { FilesReload } from "../admin/reloader.ts";
import { errorMessage } from "../core/errors.ts";
import { FILES_POLL_MS, FILES_SETTLE_MS } from "../core/limits.ts";
import type { EventBus } from "../o11y/index.ts";
import type { Schedule } from "../system/timer.ts";
import { WatchedFiles } from "../system/watched-files.ts";
import type { Component } from "./component.ts";

export interface HeaderFilesOptions {
  readonly rules: readonly UpstreamHeaderRule[];
  /** Their values now. Throws when a file cannot be used. */
  readonly read: () => UpstreamHeaderValues;
  /** What is in use. */
  readonly inUse: UpstreamHeaderValues;
  /** Puts others in use, in all threads. */
  readonly apply: (values: UpstreamHeaderValues) => void;
  readonly bus: Pick<EventBus, "emit">;
  readonly schedule?: Schedule;
}

export class HeaderFiles implements Component {
  readonly #options: HeaderFilesOptions;
  readonly #watched: WatchedFiles;
  #inUse: UpstreamHeaderValues;
  /** The last problem that was reported, so that it is reported once. */
  #reported: string | undefined;

  constructor(options: HeaderFilesOptions) {
    this.#options = options;
    this.#inUse = options.inUse;
    this.#watched = new WatchedFiles({
      paths: options.rules.flatMap(({ valueFile }) => valueFile ?? []),
      look: () => void this.reload(),
      pollMs: FILES_POLL_MS,
      settleMs: FILES_SETTLE_MS,
      schedule: options.schedule,
    });
  }

  start(): Promise<void> {
    return this.#watched.start();
  }

  stop(): void {
    this.#watched.stop();
  }

  /** Reads the files, and puts in use what has changed. Never throws. */
  reload(): FilesReload {
    const { rules, read, apply, bus } = this.#options;
    try {
      const values = read();
      this.#reported = undefined;
      if (Bun.deepEquals(values, this.#inUse)) return { changed: false };
      const changed = values.flatMap((value, index) =>
        value === this.#inUse[index] ? [] : (rules[index]?.name ?? []),
      );
      this.#inUse = values;
      apply(values);
      bus.emit("upstream_headers.reloaded", { headers: [...new Set(changed)].join(", ") });
      return { changed: true };
    } catch (error) {
      const reason = errorMessage(error);
      if (reason !== this.#reported) {
        this.#reported = reason;
        const cure = "the values in use stay; write one line of text to the file";
        bus.emit("upstream_headers.reload_failed", { reason, cure });
      }
      return { changed: false, error: reason };
    }
  }
}
