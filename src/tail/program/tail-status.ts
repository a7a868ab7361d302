// The tailer's status, for its pages, its metrics and the table that SIGUSR1 prints.

import type { Committer } from "../follow/committer.ts";
import type { OpenFiles } from "../follow/open-files.ts";
import type { TrackedPath } from "../follow/tracked-path.ts";
import type { Tracker } from "../follow/tracker.ts";
import type { LineCounts } from "../ports.ts";
import { type Generation, newCounts } from "../read/generation.ts";
import type { FileSample, TailSample } from "./tail-metrics.ts";

/** One content of a file: how far each step has come. */
interface ContentStatus {
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  readonly read: number;
  /** Without the beginning of a line that waits for its end. */
  readonly judged: number;
  readonly accepted: number;
  readonly committed: number;
}

export interface FileStatus {
  readonly path: string;
  /** Why it cannot be read. */
  readonly trouble: string | undefined;
  /** It is not there. */
  readonly isMissing: boolean;
  /** What stood at the path before and is still read, then what stands there now. */
  readonly contents: readonly ContentStatus[];
  readonly counts: Readonly<LineCounts>;
  readonly rotations: number;
  readonly truncations: number;
}

export interface StatusOptions {
  readonly tracker: Tracker;
  readonly files: OpenFiles;
  readonly committer: Committer | undefined;
  readonly nowMs: () => number;
}

export function fileStatuses({ tracker }: StatusOptions): readonly FileStatus[] {
  return [...tracker.paths.values()].map((tracked) => {
    const { path, trouble, counts, rotations, truncations, missingSinceMs } = tracked;
    const contents = tracked.files().map(contentStatus);
    const isMissing = missingSinceMs !== undefined;
    return { path, trouble, isMissing, contents, counts, rotations, truncations };
  });
}

function contentStatus(file: Generation): ContentStatus {
  return {
    device: String(file.id.device),
    inode: String(file.id.inode),
    size: file.size,
    read: file.readOffset,
    judged: file.lineOffset,
    accepted: file.accepted.offset,
    committed: file.committedOffset,
  };
}

export function sampleOf({ tracker, files, committer, nowMs }: StatusOptions): TailSample {
  const paths = [...tracker.paths.values()];
  const forgotten: FileSample = {
    path: "other",
    counts: tracker.forgotten,
    lagBytes: 0,
    lagSeconds: 0,
    rotations: 0,
    truncations: 0,
  };
  const samples = paths.map((tracked) => fileSample(tracked, nowMs()));
  return {
    files: isEmpty(tracker.forgotten) ? samples : [...samples, forgotten],
    followed: paths.length,
    open: files.count,
    troubled: paths.filter(({ trouble }) => trouble !== undefined).length,
    checkpointAgeSeconds: committer && (nowMs() - committer.lastMs) / 1000,
  };
}

function fileSample(tracked: TrackedPath, nowMs: number): FileSample {
  const { path, counts, rotations, truncations } = tracked;
  let lagBytes = 0;
  let behindMs = nowMs;
  for (const { size, accepted, behindSinceMs } of tracked.files()) {
    lagBytes += Math.max(0, size - accepted.offset);
    behindMs = Math.min(behindMs, behindSinceMs ?? nowMs);
  }
  const lagSeconds = lagBytes === 0 ? 0 : (nowMs - behindMs) / 1000;
  return { path, counts, rotations, truncations, lagBytes, lagSeconds };
}

function isEmpty(counts: LineCounts): boolean {
  return Object.values(counts).every((count) => count === 0);
}

/** Of all files together, those that are followed no more included. */
export function totalCounts({ tracker }: StatusOptions): LineCounts {
  const sum = newCounts();
  const all = [tracker.forgotten, ...[...tracker.paths.values()].map(({ counts }) => counts)];
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof LineCounts)[]) sum[name] += counts[name];
  }
  return sum;
}

const COLUMNS = ["size", "read", "accepted", "committed", "dropped", "lost", "unread", "path"];

/** A line for each file, for people. */
export function statusTable(files: readonly FileStatus[]): string {
  const rows = files.map(({ path, trouble, contents, counts, isMissing }) => {
    const now = contents.at(-1);
    const numbers = [now?.size, now?.read, now?.accepted, now?.committed];
    const more = [counts.droppedBytes, counts.lostBytes, counts.unreadBytes];
    const remark = trouble ?? (isMissing ? "not there" : "");
    const name = remark === "" ? path : `${path} (${remark})`;
    return [...[...numbers, ...more].map((value) => String(value ?? "-")), name];
  });
  const table = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padStart(widths[i] ?? 0)))
        .join("  "),
    )
    .map((line) => `${line}\n`)
    .join("");
}
