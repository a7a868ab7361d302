// Tells when something in a folder changes. The folder is watched, not the file: a file's own watch
// goes blind after an atomic rename and never sees a symbolic link change its target. What it
// misses, the caller's polling finds.

import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";

export class FolderWatch {
  readonly #folder: string;
  readonly #onChange: () => void;
  #watcher: FSWatcher | undefined;
  #inode = -1;
  #closed = false;

  constructor(folder: string, onChange: () => void) {
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /** Watches if the folder is there, and anew if another one took its place. Never throws. */
  async ensure(): Promise<void> {
    const inode = await stat(this.#folder).then(
      (stats) => stats.ino,
      () => -1,
    );
    if (this.#closed || (this.#watcher !== undefined && inode === this.#inode)) return;
    this.#stop();
    if (inode === -1) return;
    try {
      const watcher = watch(this.#folder, { persistent: false }, () => this.#onChange());
      // Out of watches, or the folder went away: polling goes on.
      watcher.on("error", () => this.#stop());
      this.#watcher = watcher;
      this.#inode = inode;
    } catch {
      this.#inode = -1;
    }
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#inode = -1;
  }
}
