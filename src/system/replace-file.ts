// Writes a file completely or not at all: to a temporary file first, which then replaces it.

import { open, rename, rm } from "node:fs/promises";

/**
 * Readable by its owner only. Throws when it cannot be written, with what to do; the file before
 * stays then.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  // Instances may share the file, and in containers even the number of their process.
  const beside = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const handle = await open(beside, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const cure = "check its folder, the rights and the space";
    throw new Error(`cannot be written (${code}); ${cure}`, { cause: error });
  }
}
