// How many of the files that the system lets this process open may be followed files. The rest is
// reserved for the output, positions, watches, pages and the runtime itself.

import { openFilesMax } from "../../system/open-files.ts";

const RESERVE_MIN = 40;
const RESERVE_SHARE = 1 / 8;

/** Undefined: it is not limited, or the system does not tell. */
export function followedFilesMax(limits?: string): number | undefined {
  const limit = openFilesMax(limits);
  if (limit === undefined) return undefined;
  return Math.max(1, limit - Math.max(RESERVE_MIN, Math.ceil(limit * RESERVE_SHARE)));
}
