// Builds what a client tells the control plane: who it is, which policies it has, and what they did
// (SyncRequest of tero.policy.v1), as proto3 JSON or protobuf.

import { create, toBinary, toJson } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { SYNC_ERROR_CHARS_MAX } from "../../core/limits.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { PolicyStage, SyncRequestSchema } from "../../proto/index.ts";
import type { PolicyStatus, TransformCount } from "../engine-port.ts";
import type { Signal } from "../model.ts";
import type { SyncEncoding } from "./encoding.ts";

export const SYNC_STAGES = {
  log_filter: PolicyStage.LOG_FILTER,
  log_transform: PolicyStage.LOG_TRANSFORM,
  metric_filter: PolicyStage.METRIC_FILTER,
  trace_sampling: PolicyStage.TRACE_SAMPLING,
} as const;
/** What a client can do with policies. */
export type SyncStage = keyof typeof SYNC_STAGES;

/** What a control plane is told about a supported extension. */
export interface ExtensionCapability {
  readonly type: string;
  readonly minVersion: string;
  /** Opaque descriptors, e.g. the targets that can be reached. */
  readonly config: readonly Uint8Array[];
}

export interface SyncRequestInput {
  readonly stages: readonly SyncStage[];
  /** service.name, service.namespace, service.instance.id and service.version are required. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly supportedExtensions: readonly ExtensionCapability[];
  /** True until a first response has been applied. */
  readonly fullSync: boolean;
  /** Time of the last applied response, in nanoseconds since 1970; 0n if there is none. */
  readonly lastTimestamp: bigint;
  /** Hash of the last applied response; empty if there is none. */
  readonly lastHash: string;
  readonly statuses: readonly PolicyStatus[];
  /**
   * What has come since the last request: records, or data points for metrics. If absent or zero,
   * nothing is sent about it.
   */
  readonly volume?:
    Readonly<Record<Signal, { readonly items: number; readonly bytes: number }>> | undefined;
}

/** The bytes of a request body; its content type is that of `SYNC_CONTENT_TYPES`. */
export function buildSyncRequest(
  input: SyncRequestInput,
  encoding: SyncEncoding,
): Uint8Array<ArrayBuffer> {
  const message = create(SyncRequestSchema, {
    clientMetadata: {
      supportedPolicyStages: input.stages.map((stage) => SYNC_STAGES[stage]),
      labels: keyValues(input.labels),
      resourceAttributes: keyValues(input.resourceAttributes),
      supportedExtensions: input.supportedExtensions.map(({ type, minVersion, config }) => ({
        type,
        minVersion,
        config: [...config],
      })),
    },
    fullSync: input.fullSync,
    lastSyncTimestampUnixNano: input.lastTimestamp,
    lastSuccessfulHash: input.lastHash,
    policyStatuses: statusMessages(input.statuses),
    ...volumeMember(input.volume),
  });
  if (encoding === "json") return encodeUtf8(JSON.stringify(toJson(SyncRequestSchema, message)));
  return toBinary(SyncRequestSchema, message);
}

function volumeMember(came: SyncRequestInput["volume"]) {
  if (came === undefined) return {};
  const { log, metric, trace } = came;
  if (log.bytes + metric.bytes + trace.bytes === 0) return {};
  const volume = {
    logRecords: BigInt(log.items),
    logBytes: BigInt(log.bytes),
    metricDataPoints: BigInt(metric.items),
    metricBytes: BigInt(metric.bytes),
    spans: BigInt(trace.items),
    spanBytes: BigInt(trace.bytes),
  };
  return { volume };
}

function keyValues(entries: Readonly<Record<string, string>>) {
  return Object.entries(entries).map(([key, value]) => ({
    key,
    value: { value: { case: "stringValue" as const, value } },
  }));
}

type StatusInit = NonNullable<MessageInitShape<typeof SyncRequestSchema>["policyStatuses"]>[number];

function statusMessages(statuses: readonly PolicyStatus[]): StatusInit[] {
  let charsLeft = SYNC_ERROR_CHARS_MAX;
  return statuses.map((status) => {
    if (status.errors.length === 0) return statusMessage(status, []);
    charsLeft -= status.errors.reduce((sum, { length }) => sum + length, 0);
    return statusMessage(status, charsLeft < 0 ? UNTOLD : status.errors);
  });
}

const UNTOLD = ["has errors; those of other policies fill the request"];

/** Kinds of transforms that never ran are left out. */
function statusMessage(status: PolicyStatus, errors: readonly string[]): StatusInit {
  return {
    id: status.id,
    matchHits: BigInt(status.hits),
    matchMisses: BigInt(status.misses),
    errors: [...errors],
    ...transformStatus("remove", status.remove),
    ...transformStatus("redact", status.redact),
    ...transformStatus("rename", status.rename),
    ...transformStatus("add", status.add),
  };
}

function transformStatus(
  name: "remove" | "redact" | "rename" | "add",
  { hits, misses }: TransformCount,
) {
  if (hits === 0 && misses === 0) return {};
  return { [name]: { hits: BigInt(hits), misses: BigInt(misses) } };
}
