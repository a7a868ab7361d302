// Knows which content is at which path. It looks at files to notice new ones, rotation, renames,
// links and deletion, and decides where reading begins. Reads no lines.

import { dirname, resolve } from "node:path";
import { closeSync, fstatSync, realpathSync, statSync, type BigIntStats } from "node:fs";
import type { EventBus } from "../../o11y/index.ts";
import type { CheckpointStore } from "../checkpoint/store.ts";
import { contentKindOf } from "../read/content-kind.ts";
import {
  type Fingerprint,
  NO_FINGERPRINT,
  beginsWith,
  fingerprintOf,
  readGuard,
} from "../read/fingerprint.ts";
import {
  Generation,
  type Position,
  START,
  addCounts,
  keyOf,
  newCounts,
  newSource,
} from "../read/generation.ts";
import { codeOf, reasonOf } from "./file-trouble.ts";
import { isOutOfDescriptors, type OpenFiles, type Opened } from "./open-files.ts";
import { TrackedPath } from "./tracked-path.ts";

/** Where reading of a file begins that is there at the start. */
export type ReadFrom = "head" | "tail" | "checkpoint";

export interface TrackerOptions {
  readonly bus: EventBus;
  readonly files: OpenFiles;
  readonly readFrom: ReadFrom;
  /** Undefined: nothing is remembered. */
  readonly store: CheckpointStore | undefined;
  /** Files that have not changed for so long are not opened. */
  readonly ignoreOlderMs: number | undefined;
  /** Whether a file is the program's own output. */
  readonly isOutput: (key: string) => boolean;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** Files that are remembered after they were closed. */
const CLOSED_MAX = 20_000;

export class Tracker {
  readonly paths = new Map<string, TrackedPath>();
  /** Counts up when there are other paths, or their links lead elsewhere. */
  version = 0;
  /** Counts of paths that were let go. */
  readonly forgotten = newCounts();
  /** Those that are not opened yet, because too many others have more to be read. */
  readonly waiting = new Set<TrackedPath>();
  readonly #options: TrackerOptions;
  readonly #byKey = new Map<string, Generation>();
  /** The paths at which each content is followed. */
  readonly #users = new WeakMap<Generation, Set<TrackedPath>>();
  /** How far this run has read files that it has closed, should they turn up again. */
  readonly #closed = new Map<string, Position & { readonly head: Fingerprint }>();

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** Begins to follow a path. `isAtStart`: it was there before the program. */
  add(path: string, isNamed: boolean, isAtStart: boolean): TrackedPath {
    const known = this.paths.get(path);
    if (known !== undefined) return known;
    const tracked = new TrackedPath(path, isNamed);
    const stats = this.#stat(tracked);
    tracked.foundModifiedNs = stats?.mtimeNs ?? 0n;
    const { readFrom } = this.#options;
    if (isAtStart && readFrom === "tail" && stats !== undefined) {
      tracked.startOffset = Number(stats.size);
    }
    this.paths.set(path, tracked);
    this.version++;
    return tracked;
  }

  /** Whether more than one path leads to this content. */
  isShared(file: Generation): boolean {
    return this.#usersOf(file).size > 1;
  }

  /** Whether some path has this file open. */
  isFollowed(key: string): boolean {
    return this.#byKey.has(key);
  }

  /**
   * Looks at what stands at the path, and opens it if it is another file than before. True when
   * there may be something to read.
   */
  look(tracked: TrackedPath): boolean {
    const stats = this.#stat(tracked);
    if (stats === undefined) {
      if (tracked.trouble === undefined) tracked.missingSinceMs ??= this.#options.nowMs();
      return tracked.retiring.length > 0 || tracked.current?.fd !== undefined;
    }
    tracked.missingSinceMs = undefined;
    const { current } = tracked;
    const isSame = current?.id.inode === stats.ino && current.id.device === stats.dev;
    if (!isSame && !this.#switch(tracked, stats)) return tracked.retiring.length > 0;
    const file = tracked.current;
    if (file === undefined) return tracked.retiring.length > 0;
    const isTouched = file.modifiedNs !== stats.mtimeNs || Number(stats.size) !== file.readOffset;
    return isTouched || tracked.retiring.length > 0;
  }

  /**
   * At the start: what of this file, which was followed before and has another name now, was not
   * read. It is read before what stands at the path. True: there is something.
   */
  resumeRotated(tracked: TrackedPath, path: string): boolean {
    const { files, store, readFrom } = this.#options;
    if (readFrom !== "checkpoint" || store === undefined) return false;
    try {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (stats?.isFile() !== true) return false;
      const id = { device: stats.dev, inode: stats.ino };
      const entry = store.lookUp(id);
      if (entry === undefined || entry.offset >= Number(stats.size)) return false;
      if (this.#byKey.has(keyOf(id)) || !files.makeRoom()) return false;
      const opened = files.openPath(path);
      if (this.#startOf(tracked, opened) === START) {
        closeSync(opened.fd);
        return false;
      }
      const file = this.#begin(tracked, opened);
      this.#usersOf(file).add(tracked);
      tracked.retiring = [...tracked.retiring, { file, sinceMs: this.#options.nowMs() }];
      return true;
    } catch {
      // It is gone, or not for us: what stands at the path is what was asked for.
      return false;
    }
  }

  /** The content of a file has become another one: reading begins anew. */
  renew(file: Generation): Generation {
    const next = new Generation(newSource(file.source.path), file.id, file.counts, START);
    next.holeBytesMin = 1;
    file.isVoid = true;
    this.#options.files.handOver(file, next);
    this.#byKey.set(next.key, next);
    const users = this.#usersOf(file);
    this.#users.set(next, users);
    for (const tracked of users) {
      if (tracked.current === file) tracked.current = next;
      tracked.retiring = tracked.retiring.map((one) =>
        one.file === file ? { ...one, file: next } : one,
      );
    }
    return next;
  }

  /** A content that was replaced, or a whole path, is read to its end: lets it go. */
  close(tracked: TrackedPath, file: Generation): void {
    tracked.retiring = tracked.retiring.filter((one) => one.file !== file);
    if (tracked.current === file) tracked.current = undefined;
    const users = this.#usersOf(file);
    users.delete(tracked);
    if (users.size > 0) return;
    this.#options.files.close(file);
    if (this.#byKey.get(file.key) === file) this.#byKey.delete(file.key);
    this.#remember(file);
    this.#options.bus.emit("tail.file_closed", { path: tracked.path, offset: file.readOffset });
  }

  forget(tracked: TrackedPath): void {
    for (const file of tracked.files()) this.close(tracked, file);
    this.waiting.delete(tracked);
    addCounts(this.forgotten, tracked.counts);
    this.paths.delete(tracked.path);
    this.version++;
  }

  /**
   * To be asked before the first byte of a content is read: whether it turned out to be compressed,
   * and was let go until it changes.
   */
  refuses(tracked: TrackedPath, file: Generation): boolean {
    if (file.fd === undefined) return false;
    const { mtimeNs } = fstatSync(file.fd, { bigint: true });
    if (!this.#isCompressed(tracked, file.fd, mtimeNs)) return false;
    file.isVoid = true;
    this.close(tracked, file);
    return true;
  }

  /** It could not be read on: it is opened again when it is next looked at. */
  unreadable(tracked: TrackedPath, file: Generation, error: unknown): void {
    this.troubled(tracked, error);
    this.#options.files.close(file);
    file.modifiedNs = -1n;
  }

  troubled(tracked: TrackedPath, error: unknown): void {
    const reason = reasonOf(error);
    if (tracked.trouble === reason) return;
    tracked.trouble = reason;
    this.#options.bus.emit("tail.file_troubled", { path: tracked.path, reason });
  }

  /** Looks at what an open file holds; what is not text in bytes is told once. */
  #isCompressed(tracked: TrackedPath, fd: number, modifiedNs: bigint): boolean {
    const { bus } = this.#options;
    const content = contentKindOf(fd);
    const { path, isNamed } = tracked;
    if (content.kind === "wide" && !tracked.isWide)
      bus.emit("tail.file_wide", { path, cure: WIDE });
    tracked.isWide = content.kind === "wide";
    if (content.kind !== "compressed") return false;
    tracked.ignoredModifiedNs = modifiedNs;
    const reason = `compressed with ${content.by}, which is not read`;
    if (tracked.trouble === reason) return true;
    tracked.trouble = reason;
    // Rotated files that a pattern finds are nothing to worry about.
    bus.emit(isNamed ? "tail.file_troubled" : "tail.file_skipped", { path, reason });
    return true;
  }

  /** Undefined: there is no such file, or none that can be followed. */
  #stat(tracked: TrackedPath): BigIntStats | undefined {
    try {
      const stats = statSync(tracked.path, { bigint: true, throwIfNoEntry: false });
      if (stats === undefined) tracked.trouble = undefined;
      if (stats === undefined || stats.isFile()) return stats;
      throw Object.assign(new Error("no file"), {
        code: stats.isDirectory() ? "EISDIR" : "EFTYPE",
      });
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOTDIR";
      if (!isMissing) this.troubled(tracked, error);
      return undefined;
    }
  }

  /** Another file stands at the path. False: it is not to be opened. */
  #switch(tracked: TrackedPath, stats: BigIntStats): boolean {
    const key = keyOf({ device: stats.dev, inode: stats.ino });
    const { bus, files } = this.#options;
    if (this.#options.isOutput(key) || this.#isIgnored(tracked, stats)) return false;
    let next = this.#byKey.get(key);
    if (next === undefined && tracked.current === undefined && !files.makeRoom()) {
      this.waiting.add(tracked);
      return false;
    }
    this.waiting.delete(tracked);
    if (next === undefined) {
      try {
        const opened = files.openPath(tracked.path);
        if (this.#isCompressed(tracked, opened.fd, stats.mtimeNs)) {
          closeSync(opened.fd);
          return false;
        }
        next = this.#byKey.get(keyOf(opened.id)) ?? this.#begin(tracked, opened);
        if (next.fd !== opened.fd) closeSync(opened.fd);
      } catch (error) {
        // It is opened as soon as another one is read to its end.
        if (isOutOfDescriptors(error)) this.waiting.add(tracked);
        if (codeOf(error) !== "ENOENT") this.troubled(tracked, error);
        return false;
      }
    }
    this.#recovered(tracked);
    const { current } = tracked;
    if (current === next) return true;
    tracked.current = undefined;
    tracked.startOffset = undefined;
    this.#locate(tracked);
    if (current !== undefined) this.#retire(tracked, current);
    tracked.retiring = tracked.retiring.filter(({ file }) => file !== next);
    tracked.current = next;
    this.#usersOf(next).add(tracked);
    if (current !== undefined) bus.emit("tail.file_rotated", { path: tracked.path });
    return true;
  }

  #begin(tracked: TrackedPath, opened: Opened): Generation {
    const { files, bus } = this.#options;
    const start = this.#startOf(tracked, opened);
    const next = new Generation(newSource(tracked.path), opened.id, tracked.counts, start);
    if (start.offset === 0) next.holeBytesMin = this.#holeOf(opened);
    files.adopt(next, opened.fd);
    next.learn();
    next.size = opened.size;
    next.grownMs = this.#options.nowMs();
    this.#byKey.set(next.key, next);
    bus.emit("tail.file_opened", { path: tracked.path, offset: start.offset });
    return next;
  }

  /** In a file of which something was read before, in this run or another one, any NUL is one. */
  #holeOf({ id, fd }: Opened): number | undefined {
    if (this.#closed.has(keyOf(id)) || this.#options.store?.lookUp(id) !== undefined) return 1;
    return contentKindOf(fd).kind === "nuls" ? HOLE_BYTES_MIN : undefined;
  }

  #startOf(tracked: TrackedPath, { id, fd, size }: Opened): Position {
    const { store, readFrom } = this.#options;
    const stored = readFrom === "checkpoint" ? store?.lookUp(id) : undefined;
    const entry = this.#closed.get(keyOf(id)) ?? stored;
    if (entry !== undefined) {
      const { offset, guard, head } = entry;
      const found = readGuard(fd, offset).subarray(-guard.length);
      const isGuarded = guard.length === 0 || fingerprintOf(found).crc === guard.crc;
      if (offset <= size && isGuarded && beginsWith(fd, head)) return entry;
      // The same inode, and another content: it is read from its beginning.
      return START;
    }
    const offset = Math.min(tracked.startOffset ?? 0, size);
    return { offset, isInsideLine: false, guard: NO_FINGERPRINT };
  }

  #isIgnored(tracked: TrackedPath, { mtimeNs, mtimeMs }: BigIntStats): boolean {
    const { ignoreOlderMs } = this.#options;
    if (ignoreOlderMs === undefined || tracked.ignoredModifiedNs === mtimeNs) {
      return tracked.ignoredModifiedNs === mtimeNs;
    }
    const isOld = Date.now() - Number(mtimeMs) > ignoreOlderMs;
    tracked.ignoredModifiedNs = isOld ? mtimeNs : undefined;
    return isOld;
  }

  #retire(tracked: TrackedPath, file: Generation): void {
    tracked.rotations++;
    if (this.isShared(file)) {
      this.#usersOf(file).delete(tracked);
      return;
    }
    if (!this.reopen(tracked, file)) {
      this.close(tracked, file);
      return;
    }
    tracked.retiring = [...tracked.retiring, { file, sinceMs: this.#options.nowMs() }];
  }

  /** Opens a content again that was closed to make room. False: it cannot be opened. */
  reopen(tracked: TrackedPath, file: Generation): boolean {
    try {
      return this.#options.files.reopen(file, tracked.path);
    } catch (error) {
      this.troubled(tracked, error);
      return false;
    }
  }

  /** Where events of the file will be told: links may lead elsewhere. */
  #locate(tracked: TrackedPath): void {
    const before = tracked.realPath;
    try {
      const real = realpathSync(tracked.path);
      tracked.realPath = real === resolve(tracked.path) ? undefined : real;
    } catch {
      tracked.realPath = undefined;
    }
    tracked.realFolder = tracked.realPath === undefined ? undefined : dirname(tracked.realPath);
    if (tracked.realPath !== before) this.version++;
  }

  #usersOf(file: Generation): Set<TrackedPath> {
    const known = this.#users.get(file);
    if (known !== undefined) return known;
    const users = new Set<TrackedPath>();
    this.#users.set(file, users);
    return users;
  }

  #remember(file: Generation): void {
    const { key, readOffset: offset, isInsideLine, head } = file;
    this.#closed.delete(key);
    this.#closed.set(key, { offset, isInsideLine, head, guard: file.guardFingerprint() });
    if (this.#closed.size <= CLOSED_MAX) return;
    for (const oldest of this.#closed.keys()) {
      this.#closed.delete(oldest);
      break;
    }
  }

  #recovered(tracked: TrackedPath): void {
    if (tracked.trouble === undefined) return;
    tracked.trouble = undefined;
    this.#options.bus.emit("tail.file_recovered", { path: tracked.path });
  }
}

/** Of a file that is new: fewer NULs may be the beginning of a line, holes are of whole pages. */
const HOLE_BYTES_MIN = 4096;
const WIDE =
  "its lines are handed on as bytes, and rules and policies cannot read them; have it in UTF-8";
