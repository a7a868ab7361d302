// Watches files: they are checked soon after something in their folders changes, and every few
// seconds for changes that watches miss. The caller decides what a check does.

import { dirname } from "node:path";
import { FolderWatch } from "./folder-watch.ts";
import { type Schedule, realSchedule } from "./timer.ts";

export interface WatchedFilesOptions {
  readonly paths: readonly string[];
  readonly look: () => void;
  /** Between two looks where there are no watches. */
  readonly pollMs: number;
  /** After the last change: files may belong together, and are not replaced at once. */
  readonly settleMs: number;
  readonly schedule?: Schedule | undefined;
}

export class WatchedFiles {
  readonly #options: WatchedFilesOptions;
  readonly #schedule: Schedule;
  readonly #watches: readonly FolderWatch[];
  #cancelPoll: (() => void) | undefined;
  #cancelSettle: (() => void) | undefined;
  #isStopped = false;

  constructor(options: WatchedFilesOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    const folders = new Set(options.paths.map((path) => dirname(path)));
    this.#watches = [...folders].map((folder) => new FolderWatch(folder, () => this.#settle()));
  }

  async start(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.ensure()));
    this.#poll();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelPoll?.();
    this.#cancelSettle?.();
    for (const watch of this.#watches) watch.stop();
  }

  #poll(): void {
    if (this.#isStopped) return;
    this.#cancelPoll = this.#schedule(this.#options.pollMs, () => {
      for (const watch of this.#watches) void watch.ensure();
      this.#options.look();
      this.#poll();
    });
  }

  #settle(): void {
    this.#cancelSettle?.();
    if (this.#isStopped) return;
    this.#cancelSettle = this.#schedule(this.#options.settleMs, this.#options.look);
  }
}
