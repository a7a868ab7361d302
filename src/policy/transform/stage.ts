// The order in which the operations of all matching policies run. Operations of tero.policy.v1 run
// policy by policy. Those of OpenTelemetry's dialect run stage by stage over all policies, before
// and after the others, so that no rename of one dialect hides a value from a redaction of the
// other. Within a stage, policies run in the order of their ids.

import { TRANSFORM_KINDS } from "../count-table.ts";

/** When an operation is done. */
export const Stage = {
  otelRemove: 0,
  otelRedact: 1,
  /** All operations of a policy of tero.policy.v1, one after the other. */
  whole: 2,
  otelRename: 3,
  otelAdd: 4,
} as const;
export type StageIndex = (typeof Stage)[keyof typeof Stage];
/** In the order in which they run. */
export const STAGES = Object.values(Stage);

const OTEL_STAGES = {
  remove: Stage.otelRemove,
  redact: Stage.otelRedact,
  rename: Stage.otelRename,
  add: Stage.otelAdd,
} as const satisfies Record<(typeof TRANSFORM_KINDS)[number], StageIndex>;

/** When the operations of a kind are done, for policies of a dialect. */
export function stageOf(
  kind: (typeof TRANSFORM_KINDS)[number],
  dialect: "otel" | undefined,
): StageIndex {
  return dialect === "otel" ? OTEL_STAGES[kind] : Stage.whole;
}

/** Whether the policy of this operation has its operations done stage by stage. */
export function isStaged({ stage }: { readonly stage: StageIndex }): boolean {
  return stage !== Stage.whole;
}
