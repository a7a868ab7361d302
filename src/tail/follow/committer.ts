// Writes accepted positions to disk, off the path of lines. First the output is made safe against a
// crash, then the positions are written. Positions that are accepted meanwhile wait for the next
// round, one per file, and none is dropped.

import { errorMessage } from "../../core/errors.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { CheckpointStore } from "../checkpoint/store.ts";
import type { LineOutput } from "../ports.ts";
import type { Generation } from "../read/generation.ts";

export interface CommitterOptions {
  readonly bus: EventBus;
  readonly store: CheckpointStore;
  readonly output: Pick<LineOutput, "sync">;
  readonly folder: string;
  readonly intervalMs: number;
  /** Files whose position has moved that make it write before the interval is over. */
  readonly filesMax: number;
  readonly nowMs: () => number;
}

/** Between two writes, however much has moved: each makes the disk write. */
const PAUSE_MS = 200;

export class Committer {
  readonly #options: CommitterOptions;
  readonly #moved = new Set<Generation>();
  #running: Promise<void> | undefined;
  #lastMs: number;
  #isFailing = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#lastMs = options.nowMs();
  }

  /** Monotonic milliseconds of the last time that positions were written, or none had moved. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Monotonic milliseconds; Infinity: there is nothing to write. */
  get dueMs(): number {
    if (this.#moved.size === 0) return Infinity;
    return this.#lastMs + Math.max(PAUSE_MS, this.#options.intervalMs);
  }

  moved(file: Generation): void {
    if (!file.isVoid) this.#moved.add(file);
  }

  /** Begins to write when it is time to; does not wait. */
  tick(): void {
    const { intervalMs, filesMax, nowMs } = this.#options;
    const ageMs = nowMs() - this.#lastMs;
    const isMany = this.#moved.size >= filesMax;
    const isDue = ageMs >= PAUSE_MS && (ageMs >= intervalMs || isMany);
    if (isDue && this.#running === undefined) void this.commit();
  }

  /** Writes what has moved until now; resolves when it is on disk, or cannot be brought there. */
  async commit(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#write();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.commit();
    await this.#options.store.close();
  }

  async #write(): Promise<void> {
    const { output, store, nowMs, bus, folder } = this.#options;
    const files = [...this.#moved].filter(({ isVoid }) => !isVoid);
    this.#moved.clear();
    const entries = files.map(({ id, head, accepted }) => ({
      ...accepted,
      id,
      head,
      seenMs: Date.now(),
    }));
    try {
      if (entries.length > 0) await output.sync();
      for (const entry of entries) store.put(entry);
      await store.commit();
      for (const [index, file] of files.entries()) {
        file.committedOffset = entries[index]?.offset ?? file.committedOffset;
      }
      if (this.#isFailing) bus.emit("tail.state_recovered", { folder });
      this.#isFailing = false;
    } catch (error) {
      for (const file of files) this.#moved.add(file);
      const reason = errorMessage(error);
      bus.emit("tail.state_failed", { folder, reason });
      this.#isFailing = true;
    } finally {
      this.#lastMs = nowMs();
      this.#running = undefined;
    }
  }
}
