// A folder in which objects wait until they have arrived, so that none is lost when the process
// ends. Each process has a folder of its own in it, and touches a file to show that it is alive;
// what a dead process left behind is taken over by another.

import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DUMP_SPOOL_STALE_MS } from "../../core/limits.ts";
import { Batch } from "./batch.ts";
import type { BatchHead } from "./batch-head.ts";
import { Journal, JOURNAL_ENDING } from "./journal.ts";
import { SpoolFile } from "./spool-file.ts";

const ALIVE = "alive";
const ENDING = ".batch";
const FOLDER_MODE = 0o700;

/** What was taken over. */
export interface Adopted {
  readonly batches: readonly Batch[];
  /** Paths of files of packets, which must be removed once their records are lines. */
  readonly journals: readonly string[];
}

export class Spool {
  /** Bytes of all objects in it, not counting their heads. */
  bytes = 0;
  /** Holds packets whose records are not lines yet. */
  readonly journal: Journal;
  readonly #root: string;
  readonly #own: string;
  readonly #nowMs: () => number;
  #sequence = 0;

  /** `instance`: a name that no other process has. Throws if the folder cannot be written to. */
  constructor(root: string, instance: string, nowMs: () => number) {
    this.#root = root;
    this.#own = join(root, instance);
    this.#nowMs = nowMs;
    mkdirSync(this.#own, { recursive: true, mode: FOLDER_MODE });
    writeFileSync(join(this.#own, ALIVE), "");
    this.journal = new Journal(this.#own);
  }

  /** Throws if the file cannot be created. */
  create(head: BatchHead): SpoolFile {
    return SpoolFile.create(this.#nextPath(), head);
  }

  /** To be called more often than every DUMP_SPOOL_STALE_MS. */
  showLife(): void {
    const now = new Date(this.#nowMs());
    utimesSync(join(this.#own, ALIVE), now, now);
  }

  /** Takes over what dead processes have left. */
  async adopt(openedMs: number): Promise<Adopted> {
    const batches: Batch[] = [];
    const journals: string[] = [];
    for (const entry of readdirSync(this.#root, { withFileTypes: true })) {
      const folder = join(this.#root, entry.name);
      if (!entry.isDirectory() || folder === this.#own || this.#isAlive(folder)) continue;
      for (const name of readdirSync(folder).sort()) {
        const path = join(folder, name);
        if (name.endsWith(ENDING)) batches.push(...(await this.#adoptFile(path, openedMs)));
        if (name.endsWith(JOURNAL_ENDING)) journals.push(...this.#adoptJournal(path));
      }
      removeEmpty(folder);
    }
    return { batches, journals };
  }

  /** From here on, others may take over what is left. */
  close(): void {
    this.journal.close();
    rmSync(join(this.#own, ALIVE), { force: true });
    removeEmpty(this.#own);
  }

  #nextPath(ending = ENDING): string {
    return join(this.#own, `${String(++this.#sequence).padStart(8, "0")}${ending}`);
  }

  /** A file that another process was quicker to take, or that is not ours, is skipped. */
  async #adoptFile(from: string, openedMs: number): Promise<readonly Batch[]> {
    const found = await SpoolFile.existing(from)
      .head()
      .catch(() => undefined);
    if (found === undefined) return [];
    const path = this.#nextPath();
    if (!isMoved(from, path)) return [];
    this.bytes += found.bytes;
    const file = SpoolFile.existing(path);
    return [new Batch({ head: found.head, openedMs, file, adoptedBytes: found.bytes })];
  }

  #adoptJournal(from: string): readonly string[] {
    const path = this.#nextPath(JOURNAL_ENDING);
    return isMoved(from, path) ? [path] : [];
  }

  #isAlive(folder: string): boolean {
    try {
      return this.#nowMs() - statSync(join(folder, ALIVE)).mtimeMs < DUMP_SPOOL_STALE_MS;
    } catch {
      return false;
    }
  }
}

/** False: another process was quicker. */
function isMoved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function removeEmpty(folder: string): void {
  try {
    if (readdirSync(folder).every((name) => name === ALIVE)) {
      rmSync(join(folder, ALIVE), { force: true });
      rmdirSync(folder);
    }
  } catch {
    // Another process removes it.
  }
}
