// One object as a file in a folder, which appears there only when it is whole.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DumpTarget } from "../../config/index.ts";

export type FileTarget = Extract<DumpTarget, { kind: "file" }>;

export async function writeObject(
  target: FileTarget,
  key: string,
  bytes: Uint8Array,
): Promise<void> {
  const path = join(target.path, key);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.part`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}
