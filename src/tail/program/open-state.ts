// Opens the state folder at the start: takes its lock, reads its positions, and reports what is
// wrong with it.

import type { EventBus } from "../../o11y/index.ts";
import { StateLock } from "../checkpoint/state-lock.ts";
import { CheckpointStore, StateError } from "../checkpoint/store.ts";
import type { TailConfig } from "../settings/load.ts";

/** Undefined: positions cannot be kept, and nothing was asked for that needs them. */
export function openState(config: TailConfig, bus: EventBus): CheckpointStore | undefined {
  const folder = config.stateFolder;
  const lock = StateLock.take(folder);
  try {
    const store = new CheckpointStore({
      folder,
      lock,
      ttlMs: config.checkpointTtlMs,
      entriesMax: config.checkpointEntriesMax,
      compactIntervalMs: config.compactIntervalMs,
    });
    const { files, tornBytes, corruptBytes } = store.loaded;
    bus.emit("tail.state_loaded", { folder, files, tornBytes });
    if (lock === undefined) bus.emit("tail.state_unlocked", { folder, effect: UNLOCKED });
    if (corruptBytes > 0) {
      const effect = "files without a position are read from their beginning";
      bus.emit("tail.state_corrupt", { folder, files, corruptBytes, effect });
    }
    return store;
  } catch (error) {
    lock?.release();
    if (!(error instanceof StateError)) throw error;
    if (error.kind === "foreign" || config.readFrom === "checkpoint") throw error;
    bus.emit("tail.state_failed", { folder, reason: error.message });
    return undefined;
  }
}

const UNLOCKED = "that no other program uses the folder cannot be made sure here";
