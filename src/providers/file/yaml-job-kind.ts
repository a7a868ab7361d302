// What a thread that reads a YAML file is started with. It loads nothing, because every thread
// checks whether it is such a thread.

import type { DocumentPath } from "../../core/document/document-error.ts";

/** Tells worker data of ours from any other. */
export const YAML_JOB_KIND = "edge.yaml";

/** What such a thread is started with. */
export interface YamlJob {
  readonly kind: typeof YAML_JOB_KIND;
  readonly text: string;
  readonly fileName: string;
  /** Where these stand is asked for, and not the tree. */
  readonly paths: readonly DocumentPath[] | undefined;
}

/** Whether a thread was started for that. */
export function isYamlJob(workerData: unknown): workerData is YamlJob {
  return (
    typeof workerData === "object" &&
    workerData !== null &&
    "kind" in workerData &&
    workerData.kind === YAML_JOB_KIND
  );
}
