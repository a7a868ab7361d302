// Reads a regular file of bounded size, without waiting on anything that is no file: a FIFO, a
// device or a socket in its place is an error, not a hang.

import { constants, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";

export interface FileContent {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly signature: string;
  /** The file changed while it was read: what was read may be half of it. */
  readonly unstable: boolean;
}

/** Why a file cannot be read, with what to do about it; without its path. */
export class FileReadError extends Error {
  readonly code = "file_read";
  readonly isAbsent: boolean;
  constructor(reason: string, isAbsent = false) {
    super(reason);
    this.isAbsent = isAbsent;
    this.name = "FileReadError";
  }
}

const REASONS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "no permission to read it; check the rights of the file and its folders",
  EPERM: "no permission to read it; check the rights of the file and its folders",
  ELOOP: "its symbolic links go round in a circle",
};

/** Differs whenever the file may have another content. Throws FileReadError. */
export async function fileSignature(path: string): Promise<FileSignature> {
  try {
    return signatureOf(await stat(path));
  } catch (error) {
    throw asReadError(error);
  }
}

export interface FileSignature {
  readonly text: string;
  /** When the file or its attributes last changed, in Unix milliseconds. */
  readonly changedMs: number;
}

/** Throws FileReadError. */
export async function readRegularFile(path: string, bytesMax: number): Promise<FileContent> {
  try {
    // Looked at before it is opened, because opening some devices has effects; and again after,
    // because another file may have taken its place.
    requireFile(await stat(path), bytesMax);
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const before = await handle.stat();
      requireFile(before, bytesMax);
      const bytes = await readUpTo(handle, before.size, bytesMax);
      const after = await handle.stat();
      const signature = signatureOf(before).text;
      return { bytes, signature, unstable: signature !== signatureOf(after).text };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asReadError(error);
  }
}

async function readUpTo(
  handle: Awaited<ReturnType<typeof open>>,
  sizeHint: number,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // One byte more than there should be, so that the end is seen in the same read; files of /proc
  // have size 0.
  let buffer = new Uint8Array(Math.max(4_096, sizeHint + 1));
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    length += bytesRead;
    if (length > bytesMax) throw tooLarge(bytesMax);
    if (bytesRead === 0) return buffer.subarray(0, length);
    if (length === buffer.length) {
      const grown = new Uint8Array(Math.min(buffer.length * 2, bytesMax + 1));
      grown.set(buffer);
      buffer = grown;
    }
  }
}

function requireFile(stats: Stats, bytesMax: number): void {
  if (!stats.isFile()) throw new FileReadError(`${kindOf(stats)}, not a regular file`);
  if (stats.size > bytesMax) throw tooLarge(bytesMax);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

function tooLarge(bytesMax: number): FileReadError {
  return new FileReadError(`larger than ${bytesMax} bytes, which is the most that is read`);
}

function signatureOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): FileSignature {
  return {
    text: `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`,
    changedMs: Math.max(mtimeMs, ctimeMs),
  };
}

function asReadError(error: unknown): FileReadError {
  if (error instanceof FileReadError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const isAbsent = code === "ENOENT" || code === "ENOTDIR";
  return new FileReadError(REASONS[code] ?? `cannot be read (${code})`, isAbsent);
}
