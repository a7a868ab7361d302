// Writes one object as a file in a folder, where it appears only once it is complete.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import type { DumpTarget } from "../../config/index.ts";

export type FileTarget = Extract<DumpTarget, { kind: "file" }>;

export async function writeObject(
  target: FileTarget,
  key: string,
  bytes: Uint8Array,
): Promise<void> {
  const path = resolve(target.path, key);
  // Keys also come from the spool, which others may be able to write to.
  if (!path.startsWith(`${resolve(target.path)}${sep}`)) {
    throw new Error(`the key ${JSON.stringify(key)} leads out of the target's folder`);
  }
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.part`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}
