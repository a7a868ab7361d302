// What a thread that keeps copies of records is started with, and the messages between it and the
// extension. Loads nothing, because every thread asks whether it is such a thread. All of it is
// plain data, cloned on its way.

import type { DumpTarget, S3DumpConfig } from "../../config/index.ts";
import type { EventName, Events } from "../../o11y/index.ts";
import type { RecordCall } from "../record-forwarder.ts";

/** Distinguishes our worker data from any other. */
export const DUMP_JOB_KIND = "edge.dump";

export interface DumpJob {
  readonly kind: typeof DUMP_JOB_KIND;
  readonly config: S3DumpConfig;
  readonly instanceId: string;
  /** One number: how many records it has taken. */
  readonly taken: SharedArrayBuffer;
}

export type ToKeeper =
  | { readonly kind: "call"; readonly call: RecordCall }
  | { readonly kind: "targets"; readonly targets: readonly DumpTarget[] }
  | {
      readonly kind: "flush";
      readonly number: number;
      readonly deadlineMs: number;
      readonly force: boolean;
    }
  | { readonly kind: "stop"; readonly number: number; readonly deadlineMs: number };

export type KeeperEvent = {
  [N in EventName]: { readonly kind: "event"; readonly name: N; readonly event: Events[N] };
}[EventName];

export type FromKeeper =
  /** The "flush" or "stop" with that number is done. */
  | { readonly kind: "done"; readonly number: number }
  /** The thread takes records from now on. */
  | { readonly kind: "begun" }
  | KeeperEvent;

export function isDumpJob(workerData: unknown): workerData is DumpJob {
  return (
    typeof workerData === "object" &&
    workerData !== null &&
    "kind" in workerData &&
    workerData.kind === DUMP_JOB_KIND
  );
}
