// How many files the system lets this process open, and how many of them may be followed files: the
// rest is for the output, positions, watches, pages and the runtime itself.

import { readFileSync } from "node:fs";

const RESERVE_MIN = 40;
const RESERVE_SHARE = 1 / 8;

/** Undefined: it is not limited, or the system does not tell. */
export function followedFilesMax(limits: string | undefined = ownLimits()): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(limits ?? "")?.[1];
  if (soft === undefined) return undefined;
  const limit = Number(soft);
  return Math.max(1, limit - Math.max(RESERVE_MIN, Math.ceil(limit * RESERVE_SHARE)));
}

function ownLimits(): string | undefined {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Not Linux: the limit is found when it is reached.
    return undefined;
  }
}
