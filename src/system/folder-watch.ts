// Reports when something in a folder changes. The folder is watched, not the file: a watch on the
// file goes blind after an atomic rename and never sees a symbolic link change its target. While
// the folder is missing, the nearest existing folder above it is watched until the next one
// appears. What the watch misses, the caller's polling finds.

import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

export class FolderWatch {
  readonly #folder: string;
  readonly #onChange: () => void;
  #watcher: FSWatcher | undefined;
  #watched: NearestFolder | undefined;
  #stopped = false;

  constructor(folder: string, onChange: () => void) {
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /** Watches what is there of the folder, and anew if that has changed. Never throws. */
  async ensure(): Promise<void> {
    let nearestNow = await nearest(this.#folder);
    while (!this.#stopped && !isSame(nearestNow, this.#watched)) {
      this.#start(nearestNow);
      if (this.#watched?.next === undefined) return;
      // What is missing may have come before the watch began; each turn looks further down.
      const again = await nearest(this.#folder);
      if (again.path.length <= nearestNow.path.length) return;
      nearestNow = again;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#unwatch();
  }

  #start(nearestNow: NearestFolder): void {
    this.#unwatch();
    try {
      const { path, next } = nearestNow;
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (next === undefined || name === null || name === next) this.#onChange();
      });
      // Out of watches, or the folder went away: polling goes on.
      watcher.on("error", () => this.#unwatch());
      this.#watcher = watcher;
      this.#watched = nearestNow;
    } catch {
      this.#watched = undefined;
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
  }
}

/** A folder that is there. */
interface NearestFolder {
  readonly path: string;
  readonly inode: number;
  /** What is missing in it, on the way to the folder that is meant; undefined: it is that one. */
  readonly next: string | undefined;
}

function isSame(one: NearestFolder, other: NearestFolder | undefined): boolean {
  return one.path === other?.path && one.inode === other.inode && one.next === other.next;
}

/** The folder, or else the nearest one above it. */
async function nearest(folder: string): Promise<NearestFolder> {
  let path = folder;
  let next: string | undefined;
  for (;;) {
    const inode = await stat(path).then(
      (stats) => stats.ino,
      () => undefined,
    );
    const parent = dirname(path);
    if (inode !== undefined || parent === path) return { path, inode: inode ?? -1, next };
    next = basename(path);
    path = parent;
  }
}
