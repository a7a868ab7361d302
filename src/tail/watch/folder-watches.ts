// Asks the system (inotify on Linux, its counterparts elsewhere) to report changes in many folders.
// Folders are watched, not files: one watch covers all files in a folder, new ones included.
// Polling finds what a watch misses, so a report is a hint and its absence proves nothing.

import { type FSWatcher, statSync, watch } from "node:fs";

export interface FolderWatchesOptions {
  /** Something happened to `name` in the folder; undefined: to any of them. */
  readonly onChange: (folder: string, name: string | undefined) => void;
  /** A folder cannot be watched; it is to be polled. Told at each `ensure`. */
  readonly onFailed: (folder: string, reason: string) => void;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

export class FolderWatches {
  readonly #options: FolderWatchesOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: FolderWatchesOptions) {
    this.#options = options;
  }

  isWatched(folder: string): boolean {
    return this.#watched.has(folder);
  }

  /** Watches these folders and no others; anew, where another folder has taken a name. */
  ensure(folders: ReadonlySet<string>): void {
    for (const folder of this.#watched.keys()) if (!folders.has(folder)) this.#stop(folder);
    for (const folder of folders) this.#ensure(folder);
  }

  close(): void {
    for (const folder of this.#watched.keys()) this.#stop(folder);
  }

  #ensure(folder: string): void {
    const known = this.#watched.get(folder);
    try {
      const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
      if (stats === undefined) {
        this.#stop(folder);
        return;
      }
      const { dev, ino, birthtimeNs } = stats;
      // Inodes are used again at once: a folder that was made anew may have the same.
      const identity = `${dev}:${ino}:${birthtimeNs}`;
      if (known?.identity === identity) return;
      this.#stop(folder);
      const watcher = watch(folder, { persistent: false }, (_, name) =>
        this.#options.onChange(folder, name ?? undefined),
      );
      watcher.on("error", () => this.#stop(folder));
      this.#watched.set(folder, { watcher, identity });
      // What came between the last look and the watch.
      this.#options.onChange(folder, undefined);
    } catch (error) {
      this.#stop(folder);
      const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
      this.#options.onFailed(folder, reason);
    }
  }

  #stop(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}
