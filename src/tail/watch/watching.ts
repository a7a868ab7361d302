// Which followed paths the system has reported changes for, and which it cannot report on. A folder
// whose changes are found by sweeps but never reported (a network file system) counts as silent,
// and is polled.

import { basename, dirname } from "node:path";
import type { TrackedPath } from "../follow/tracked-path.ts";
import { FolderWatches } from "./folder-watches.ts";

/** How changes are found: by asking again and again, or by what the system tells. */
export type Engine = "poll" | "events";

export interface WatchingOptions {
  readonly engine: Engine;
  /** A folder cannot be watched. Told once for each reason. */
  readonly onUnwatched: (folder: string, reason: string) => void;
}

/** Changes that were found and not told, one after the other, which make a folder silent. */
const MISSES_MAX = 5;

export class Watching {
  /** Something was told. */
  onHint: () => void = () => undefined;
  readonly #engine: Engine;
  readonly #watches: FolderWatches;
  readonly #changed = new Set<string>();
  readonly #misses = new Map<string, number>();
  readonly #told = new Set<string>();
  /** By the name under which events tell of it. */
  #byName = new Map<string, TrackedPath[]>();
  #byFolder = new Map<string, TrackedPath[]>();
  #wanted: ReadonlySet<string> = new Set();
  #version = -1;
  #hasHint = false;

  constructor({ engine, onUnwatched }: WatchingOptions) {
    this.#engine = engine;
    this.#watches = new FolderWatches({
      onChange: (folder, name) => this.#onChange(folder, name),
      onFailed: (folder, reason) => {
        if (this.#told.has(reason)) return;
        this.#told.add(reason);
        onUnwatched(folder, reason);
      },
    });
  }

  /** False: everything is found by looking. */
  get isWatching(): boolean {
    return this.#engine === "events";
  }

  get hasNews(): boolean {
    return this.#changed.size > 0 || this.#hasHint;
  }

  /**
   * Watches the folders of these paths, those that their links lead to, and `folders`. Of an equal
   * `version` the paths are the same as before.
   */
  watch(
    paths: ReadonlyMap<string, TrackedPath>,
    folders: readonly string[],
    version: number,
  ): void {
    if (this.#engine === "poll") return;
    if (version !== this.#version) this.#index(paths, folders);
    this.#version = version;
    this.#watches.ensure(this.#wanted);
  }

  #index(paths: ReadonlyMap<string, TrackedPath>, folders: readonly string[]): void {
    this.#byName = new Map();
    this.#byFolder = new Map();
    const wanted = new Set(folders);
    for (const tracked of paths.values()) {
      wanted.add(tracked.folder);
      addTo(this.#byFolder, tracked.folder, tracked);
      addTo(this.#byName, nameIn(tracked.folder, basename(tracked.path)), tracked);
      const { realPath, realFolder } = tracked;
      if (realPath === undefined || realFolder === undefined) continue;
      wanted.add(realFolder);
      addTo(this.#byName, realPath, tracked);
    }
    this.#wanted = wanted;
  }

  /** The paths of which something was told since the last call. */
  *takeChanged(paths: ReadonlyMap<string, TrackedPath>): Generator<TrackedPath> {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const name of changed) {
      const known = this.#byName.get(name) ?? this.#byFolder.get(name) ?? this.#linked(name);
      for (const tracked of known) if (paths.has(tracked.path)) yield tracked;
    }
  }

  /** Whether something was told of a name that nobody follows: there may be new files. */
  takeHint(): boolean {
    const hasHint = this.#hasHint;
    this.#hasHint = false;
    return hasHint;
  }

  /** Whether changes of this path are told. */
  covers({ folder, realFolder }: TrackedPath): boolean {
    if (!this.#watches.isWatched(folder) || this.#isSilent(folder)) return false;
    return realFolder === undefined || this.#watches.isWatched(realFolder);
  }

  /** A change was found that nothing told of. */
  missed({ folder }: TrackedPath): void {
    if (this.#engine === "events") this.#misses.set(folder, (this.#misses.get(folder) ?? 0) + 1);
  }

  close(): void {
    this.#watches.close();
  }

  #isSilent(folder: string): boolean {
    return (this.#misses.get(folder) ?? 0) >= MISSES_MAX;
  }

  #onChange(folder: string, name: string | undefined): void {
    this.#misses.delete(folder);
    const key = name === undefined ? folder : nameIn(folder, name);
    this.#changed.add(key);
    if (name === undefined || !this.#byName.has(key)) this.#hasHint = true;
    this.onHint();
  }

  /** A name that nobody follows may be on the way to one: a link that was put elsewhere. */
  #linked(name: string): readonly TrackedPath[] {
    const inFolder = this.#byFolder.get(dirname(name)) ?? [];
    return inFolder.filter(
      ({ realPath, missingSinceMs }) => (realPath ?? missingSinceMs) !== undefined,
    );
  }
}

function nameIn(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

function addTo(map: Map<string, TrackedPath[]>, key: string, tracked: TrackedPath): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [tracked]);
  else list.push(tracked);
}
