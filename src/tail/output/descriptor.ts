// Writes to a descriptor without blocking the event loop, and interprets the system's errors.

import { fdatasync, fstat, write } from "node:fs";
import { promisify } from "node:util";

/** What descriptors are written by. Tests put a system of their own in its place. */
export interface DescriptorIo {
  /** Bytes that were taken, at least one. Rejects with an error that has a `code`. */
  write(descriptor: number, bytes: Uint8Array, start: number, end: number): Promise<number>;
  /** What was written survives a crash; of pipes and devices nothing is asked. */
  sync(descriptor: number): Promise<void>;
}

export const systemIo: DescriptorIo = {
  write: (descriptor, bytes, start, end) =>
    new Promise((resolve, reject) => {
      write(descriptor, bytes, start, end - start, null, (error, written) => {
        if (error === null) resolve(written);
        else reject(error);
      });
    }),
  sync: async (descriptor) => {
    if (await isFile(descriptor)) await syncFile(descriptor);
  },
};

const isFile = async (descriptor: number): Promise<boolean> => (await statOf(descriptor)).isFile();
const statOf = promisify(fstat);
const syncFile = promisify(fdatasync);

/** The system's word for a fault. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "an unknown fault";
}

const WORDS: Readonly<Partial<Record<string, string>>> = {
  ENOSPC: "no space left on the device",
  EDQUOT: "the quota of the disk is used up",
  EIO: "the device has a fault",
  EROFS: "the file system is read-only",
  EFBIG: "the file is as large as files may be",
  ENOENT: "no such folder",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  EACCES: "no permission; check the rights of the file and its folders",
  EPERM: "no permission; check the rights of the file and its folders",
  EPIPE: "nobody reads it any more",
};

/** The same in words, with the system's own. */
export function faultText(error: unknown): string {
  const code = codeOf(error);
  const words = WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}
