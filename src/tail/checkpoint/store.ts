// Stores positions on disk, in `checkpoint.wal` of the state folder. Records are appended, and from
// time to time the file is rewritten with one record per file. This is slow, but lines never wait
// for it: readers hand positions over and go on.

import { mkdirSync, readFileSync } from "node:fs";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { type FileId, keyOf } from "../read/generation.ts";
import {
  type Entry,
  HEADER_BYTES,
  decodeRecords,
  encodeHeader,
  encodeRecords,
  headerOf,
} from "./record.ts";

export interface StoreOptions {
  readonly folder: string;
  /** How long a file that is not followed any more is remembered. */
  readonly ttlMs: number;
  /** How many such files are remembered; those that are followed do not count. */
  readonly entriesMax: number;
  /** How often the file is written anew when anything was added to it. */
  readonly compactIntervalMs: number;
  /** Released when the store is closed. Default: it has none. */
  readonly lock?: { release(): void } | undefined;
  /** Wall clock. */
  readonly nowMs?: () => number;
}

export type StateErrorKind = "foreign" | "taken" | "unusable";

/** A state folder that cannot be used, with what to do about it. */
export class StateError extends Error {
  readonly code = "state";
  /** `foreign`: of a program of another kind; `taken`: of one that runs. */
  readonly kind: StateErrorKind;
  constructor(message: string, kind: StateErrorKind = "unusable") {
    super(message);
    this.name = "StateError";
    this.kind = kind;
  }
}

/** What was found at the start. */
export interface Loaded {
  readonly files: number;
  /** Bytes whose write was cut off; harmless: they were never relied on. */
  readonly tornBytes: number;
  /** Bytes that something else destroyed; positions may be older than they were. */
  readonly corruptBytes: number;
}

const NAME = "checkpoint.wal";
const FOREIGN_NAMES = [NAME, "checkpoint.snap"];
/** Records beyond one a file, from which on the file is written anew. */
const SPARE_RECORDS_MAX = 4096;
/** The file is written anew after this share of the time after which files are forgotten. */
const STALE_SHARE = 8;

export class CheckpointStore {
  readonly loaded: Loaded;
  readonly #options: StoreOptions;
  readonly #path: string;
  readonly #nowMs: () => number;
  readonly #entries: Map<string, Entry>;
  readonly #dirty = new Set<string>();
  /** Files that are followed now: never forgotten. */
  isFollowed: (key: string) => boolean = () => false;
  #handle: FileHandle | undefined;
  #handleInode = -1n;
  #records = 0;
  #compactedMs: number;
  /** What is at the end of the file is not known: a write failed. */
  #isDoubtful = true;

  /**
   * Makes the folder and reads what is there.
   *
   * @throws {StateError} the folder cannot be used, or holds the state of another program
   */
  constructor(options: StoreOptions) {
    const { folder, ttlMs, nowMs = Date.now } = options;
    this.#options = options;
    this.#nowMs = nowMs;
    this.#path = join(folder, NAME);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new StateError(
        `--state-dir ${folder}: it cannot be made (${codeOf(error)}); name a folder that this user may write.`,
      );
    }
    for (const name of FOREIGN_NAMES) refuseForeign(folder, name);
    const bytes = readFileOrNothing(this.#path);
    const header = headerOf(bytes);
    // What lost its beginning is searched for records all the same.
    const decoded = decodeRecords(bytes, header === "ours" ? HEADER_BYTES : 0);
    const isOther = header === "other";
    this.#entries = new Map(
      [...decoded.entries].filter(([, { seenMs }]) => nowMs() - seenMs <= ttlMs),
    );
    this.#compactedMs = nowMs();
    this.loaded = {
      files: decoded.entries.size,
      tornBytes: isOther || header === "empty" ? 0 : decoded.tornBytes,
      corruptBytes: isOther ? bytes.length : decoded.corruptBytes,
    };
  }

  lookUp(id: FileId): Entry | undefined {
    return this.#entries.get(keyOf(id));
  }

  /** Remembers a position, in memory until the next `commit`; the last one of a file counts. */
  put(entry: Entry): void {
    const key = keyOf(entry.id);
    // Taken out first, so that the map is in the order of last writes.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#dirty.add(key);
  }

  /**
   * Writes what was put since the last time; when it resolves, that survives a crash. Not to be
   * called again before. Rejects when the folder cannot be written; then nothing is forgotten.
   */
  async commit(): Promise<void> {
    const { compactIntervalMs, ttlMs } = this.#options;
    const ageMs = this.#nowMs() - this.#compactedMs;
    // Files that stay as they are would grow too old on disk.
    const isStale = ageMs > ttlMs / STALE_SHARE && this.#entries.size > 0;
    if (this.#dirty.size === 0 && !isStale) return;
    const spare = this.#records - this.#entries.size;
    const isDue = spare > SPARE_RECORDS_MAX || (ageMs >= compactIntervalMs && spare > 0);
    const isAway = this.#isDoubtful || (await this.#isReplaced());
    if (isAway || isDue || isStale) await this.compact();
    else await this.#append();
  }

  /** Writes the whole file anew. */
  async compact(): Promise<void> {
    const nowMs = this.#nowMs();
    this.#forget(nowMs);
    const entries = new Map(this.#entries);
    const temporary = `${this.#path}.tmp`;
    this.#isDoubtful = true;
    await this.#closeHandle();
    mkdirSync(this.#options.folder, { recursive: true });
    const handle = await open(temporary, "w", 0o600);
    try {
      await writeAll(handle, encodeHeader());
      await writeAll(handle, encodeRecords([...entries.values()]));
      await handle.sync();
      await rename(temporary, this.#path);
      await syncFolder(this.#options.folder);
      this.#handleInode = (await handle.stat({ bigint: true })).ino;
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
    this.#records = entries.size;
    this.#compactedMs = nowMs;
    this.#isDoubtful = false;
    this.#written(entries);
  }

  async close(): Promise<void> {
    await this.#closeHandle();
    this.#options.lock?.release();
  }

  async #append(): Promise<void> {
    if (this.#handle === undefined) return;
    const entries = new Map<string, Entry>();
    for (const key of this.#dirty) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) entries.set(key, entry);
    }
    this.#isDoubtful = true;
    await writeAll(this.#handle, encodeRecords([...entries.values()]));
    await this.#handle.datasync();
    this.#isDoubtful = false;
    this.#records += entries.size;
    this.#written(entries);
  }

  /** What was put meanwhile is written the next time. */
  #written(entries: ReadonlyMap<string, Entry>): void {
    for (const [key, entry] of entries) {
      if (this.#entries.get(key) === entry) this.#dirty.delete(key);
    }
  }

  /** Somebody removed the file, or put another one there. */
  async #isReplaced(): Promise<boolean> {
    try {
      return (await stat(this.#path, { bigint: true })).ino !== this.#handleInode;
    } catch {
      return true;
    }
  }

  #forget(nowMs: number): void {
    const { ttlMs, entriesMax } = this.#options;
    let others = 0;
    for (const [key, entry] of this.#entries) {
      if (this.isFollowed(key)) this.#entries.set(key, { ...entry, seenMs: nowMs });
      else if (nowMs - entry.seenMs > ttlMs) this.#entries.delete(key);
      else others++;
    }
    for (const key of this.#entries.keys()) {
      if (others <= entriesMax) return;
      if (this.isFollowed(key)) continue;
      this.#entries.delete(key);
      others--;
    }
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

function refuseForeign(folder: string, name: string): void {
  const path = join(folder, name);
  if (headerOf(readFileOrNothing(path)) !== "foreign") return;
  throw new StateError(
    `${path}: a checkpoint in the format of another program, whose positions cannot be taken over; ` +
      "name another --state-dir, or move the file away, and choose with --read-from where to begin.",
    "foreign",
  );
}

function readFileOrNothing(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return new Uint8Array(0);
    throw new StateError(
      `${path}: it cannot be read (${codeOf(error)}); make it a file that this user may read and write, or name another --state-dir.`,
    );
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
  }
}

/** So that the new name survives a crash; not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync();
    await handle.close();
  } catch {
    // The file itself is on disk; at worst its older version is found.
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
