// Notes what an output tells, for tests.

import { encodeUtf8 } from "../../../src/core/utf8.ts";
import type { KeptLines, LineSource, OutputEvents } from "../../../src/tail/ports.ts";

export interface RecordingEvents extends OutputEvents {
  readonly told: unknown[];
}

export function recordingEvents(): RecordingEvents {
  const told: unknown[] = [];
  return {
    told,
    accepted: (ticket) => void told.push(["accepted", ticket]),
    lost: ({ path }, lines, bytes, reason) => void told.push(["lost", path, lines, bytes, reason]),
    troubled: (reason) => void told.push(["troubled", reason]),
    recovered: () => void told.push(["recovered"]),
    failed: (reason) => void told.push(["failed", reason]),
  };
}

export const SOURCE: LineSource = { id: 1, kind: "file", path: "/var/log/app.log" };

/** Whole lines of a source. */
export function kept(text: string, more: Partial<KeptLines> = {}): KeptLines {
  const bytes = encodeUtf8(text);
  const lines = text.split("\n").length - 1;
  return { source: SOURCE, bytes, lines, isOpen: false, sourceBytes: bytes.length, ...more };
}

/** Lets everything run that waits for nothing but its turn. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
