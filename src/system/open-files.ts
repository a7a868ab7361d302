// How many files and sockets the process has open, and how many it may have. Linux tells; elsewhere
// it shows when the limit is reached.

import { readdirSync, readFileSync } from "node:fs";

/** Of this process; 0 where the system does not tell. */
export function openFilesNow(): { readonly openFiles: number; readonly openFilesMax: number } {
  return { openFiles: countOf("/proc/self/fd"), openFilesMax: openFilesMax() ?? 0 };
}

/** Undefined: it is not limited, or the system does not tell. */
export function openFilesMax(limits: string | undefined = ownLimits()): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(limits ?? "")?.[1];
  return soft === undefined ? undefined : Number(soft);
}

function ownLimits(): string | undefined {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return undefined;
  }
}

function countOf(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}
