// Finds files that may have been renamed while nobody followed them: `app.log.1` may hold what was
// written to `app.log` after the last stop. It decides by names, and reads no file.

import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { TrackedPath } from "./tracked-path.ts";

/** Names of a folder that are looked at. */
const NAMES_MAX = 10_000;

/** A path beside a followed one, with the followed name at its beginning. */
export interface Candidate {
  readonly tracked: TrackedPath;
  readonly path: string;
}

/** Those that were written last come last. */
export function rotatedCandidates(paths: ReadonlyMap<string, TrackedPath>): readonly Candidate[] {
  const folders = new Map<string, Map<string, TrackedPath>>();
  for (const tracked of paths.values()) {
    const known = folders.get(tracked.folder) ?? new Map<string, TrackedPath>();
    folders.set(tracked.folder, known.set(basename(tracked.path), tracked));
  }
  const found = [...folders].flatMap(([folder, names]) =>
    namesIn(folder).flatMap((name) => {
      if (names.has(name)) return [];
      const tracked = ownerOf(name, names);
      return tracked === undefined ? [] : [{ tracked, path: join(folder, name) }];
    }),
  );
  return found
    .map((candidate) => ({ candidate, modifiedMs: modifiedMs(candidate.path) }))
    .sort((a, b) => a.modifiedMs - b.modifiedMs)
    .map(({ candidate }) => candidate);
}

function modifiedMs(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** Of the longest of the names that this one begins with. */
function ownerOf(name: string, names: ReadonlyMap<string, TrackedPath>): TrackedPath | undefined {
  for (let end = name.length - 1; end > 0; end--) {
    const tracked = names.get(name.slice(0, end));
    if (tracked !== undefined) return tracked;
  }
  return undefined;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).slice(0, NAMES_MAX);
  } catch {
    return [];
  }
}
