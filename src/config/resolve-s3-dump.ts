// Turns the keys of `s3_dump` into S3DumpConfig; see resolve.ts.

import { resolve } from "node:path";
import { type Problem, quote } from "./draft.ts";
import type { DumpCompression, DumpTarget, S3DumpConfig } from "./model.ts";
import {
  type DumpTargetEntry,
  dumpTargetOf,
  type S3DumpEntry,
  targetFault,
  targetsOfJson,
} from "./schema-s3-dump.ts";

/** What does not hold between the keys. */
export function s3DumpProblems({ targets }: S3DumpEntry): readonly Problem[] {
  const first = new Map<string, number>();
  return targets.flatMap((entry, at): readonly Problem[] => {
    const path = ["s3_dump", "targets", at];
    const fault = targetFault(entry);
    if (fault !== undefined) return [{ path, at: "value", reason: `${fault}.` }];
    const same = first.get(keyOf(entry));
    if (same === undefined) first.set(keyOf(entry), at);
    if (same === undefined) return [];
    const reason = `${quote(entry.name)} is the name of s3_dump.targets[${same}] too; give each its own.`;
    return [{ path: [...path, "name"], at: "value", reason }];
  });
}

/** Of entries without problems. `folder`: where relative paths begin. */
export function s3DumpOf(entry: S3DumpEntry, { folder }: { folder: string }): S3DumpConfig {
  const inFolder = (path: string): string => resolve(folder, path);
  const targets = new Map<string, DumpTarget>();
  for (const one of [...entry.targets, ...targetsOfJson(entry.targets_json)]) {
    targets.set(keyOf(one), dumpTargetOf(one, inFolder));
  }
  return {
    isEnabled: entry.enabled,
    targets: [...targets.values()],
    compression: compressionOf(entry.compression),
    batchBytesMax: entry.max_batch_bytes,
    batchRecordsMax: entry.max_batch_records,
    batchAgeMs: entry.max_batch_age_ms,
    lookIntervalMs: entry.flush_interval_ms,
    heldBytesMax: entry.max_sealed_bytes,
    attemptsMax: entry.max_attempts,
    spoolPath: entry.spool_path && inFolder(entry.spool_path),
    spoolBytesMax: entry.max_spool_bytes,
  };
}

function keyOf({ kind, name }: DumpTargetEntry): string {
  return `${kind.toLowerCase()} ${name}`;
}

function compressionOf(word: string): DumpCompression {
  switch (word.toLowerCase()) {
    case "gzip":
      return "gzip";
    case "zstd":
      return "zstd";
    default:
      return "none";
  }
}
