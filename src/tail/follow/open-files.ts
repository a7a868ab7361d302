// Opens and closes contents of files, with a limit on how many are open at once. Beyond it, those
// are closed that have been read to their end and have not grown for the longest time.

import { closeSync, constants, fstatSync, openSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileId, Generation } from "../read/generation.ts";

/** A file that was opened. */
export interface Opened {
  readonly fd: number;
  readonly id: FileId;
  readonly size: number;
}

/** Opening a named pipe must not wait for its writer. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
/** Names that are looked through for a file that was renamed while it was closed. */
const NAMES_MAX = 10_000;

/** Descriptors that are left to others when the system has no more. */
const SPARE = 16;

export class OpenFiles {
  /** Fewer when the system gives no more. */
  #filesMax: number;
  readonly #open = new Set<Generation>();

  constructor(filesMax: number) {
    this.#filesMax = filesMax;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Opens what stands at a path. Throws the system's error, or one of code `EFTYPE`. */
  openPath(path: string): Opened {
    this.makeRoom();
    const fd = this.#tryOpen(path);
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) {
      closeSync(fd);
      throw Object.assign(new Error("not a regular file"), { code: "EFTYPE" });
    }
    const id = { device: stats.dev, inode: stats.ino };
    return { fd, id, size: Number(stats.size) };
  }

  /** The content keeps this descriptor from now on. */
  adopt(file: Generation, fd: number): void {
    file.fd = fd;
    this.#open.add(file);
  }

  /** The descriptor goes from one content of a file to the next. */
  handOver(from: Generation, to: Generation): void {
    this.#open.delete(from);
    if (from.fd !== undefined) this.adopt(to, from.fd);
    from.fd = undefined;
  }

  close(file: Generation): void {
    this.#open.delete(file);
    if (file.fd !== undefined) closeSync(file.fd);
    file.fd = undefined;
  }

  /** Opens a content again that was closed to make room; false: it is nowhere to be found. */
  reopen(file: Generation, path: string): boolean {
    if (file.fd !== undefined) return true;
    const found = hasId(path, file.id) ? path : searchFolder(dirname(path), file.id);
    if (found === undefined) return false;
    const { fd, id } = this.openPath(found);
    if (id.inode === file.id.inode && id.device === file.id.device) {
      this.adopt(file, fd);
      return true;
    }
    closeSync(fd);
    return false;
  }

  #tryOpen(path: string): number {
    try {
      return openSync(path, FLAGS);
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error;
      // Others need some, too, and cannot wait for them.
      this.#filesMax = Math.max(1, Math.min(this.#filesMax, this.#open.size - SPARE));
      if (!this.makeRoom()) throw error;
      return openSync(path, FLAGS);
    }
  }

  /** False: as many are open as may be, and all of them have more to be read. */
  makeRoom(): boolean {
    while (this.#open.size >= this.#filesMax) if (!this.#closeOne()) return false;
    return true;
  }

  /** False: all have more to be read. */
  #closeOne(): boolean {
    let oldest: Generation | undefined;
    for (const file of this.#open) {
      if (file.readOffset < file.size) continue;
      if (oldest === undefined || file.grownMs < oldest.grownMs) oldest = file;
    }
    if (oldest === undefined) return false;
    this.close(oldest);
    return true;
  }
}

/** The system lets nobody, or not this process, open any more. */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EMFILE" || code === "ENFILE";
}

function hasId(path: string, { device, inode }: FileId): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.ino === inode && stats.dev === device;
}

function searchFolder(folder: string, id: FileId): string | undefined {
  try {
    return readdirSync(folder)
      .slice(0, NAMES_MAX)
      .map((name) => join(folder, name))
      .find((path) => hasId(path, id));
  } catch {
    return undefined;
  }
}
