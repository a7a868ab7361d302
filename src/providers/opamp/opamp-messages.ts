// The messages of OpAMP as plain values: what is sent to a server, and what it sends. Must not know
// when they are sent, nor what configurations mean.

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { errorMessage } from "../../core/errors.ts";
import { OPAMP_HASH_BYTES_MAX } from "../../core/limits.ts";
import {
  AgentCapabilities,
  AgentRemoteConfigSchema,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerCapabilities,
  ServerErrorResponseType,
  ServerToAgentFlags,
  ServerToAgentSchema,
} from "../../proto/index.ts";
import { boundServerMessage, excessOf } from "./message-bounds.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One configuration of several, by its name. */
export interface ConfigEntry {
  readonly name: string;
  readonly body: Uint8Array;
  /** A MIME type, or empty. */
  readonly contentType: string;
}

/** What a server wants to be in force: all of it, each time. */
export interface RemoteConfig {
  readonly hash: Uint8Array;
  readonly entries: readonly ConfigEntry[];
  /** Why none of its entries were read, if it is beyond what is. */
  readonly refused?: string;
}

/** What became of the configuration that came last. */
export interface RemoteStatus {
  readonly hash: Uint8Array;
  readonly status: "applying" | "applied" | "failed";
  /** Empty: there is nothing to say. */
  readonly message: string;
}

export interface Health {
  readonly isHealthy: boolean;
  readonly startedMs: number;
  readonly atMs: number;
  readonly status: string;
  readonly lastError: string;
  /** What is wrong with parts of it, by their names. */
  readonly faults: ReadonlyMap<string, string>;
}

type Attributes = Readonly<Record<string, string>>;

/** A message to the server; what is left out is what was told before. */
export interface AgentReport {
  readonly uid: Uint8Array;
  readonly sequence: bigint;
  readonly description?: { readonly identifying: Attributes; readonly other: Attributes };
  readonly health?: Health;
  readonly effective?: readonly ConfigEntry[];
  readonly remoteStatus?: RemoteStatus;
  /** It is the last one. */
  readonly isLast?: boolean;
}

const CAPABILITIES = BigInt(
  AgentCapabilities.AgentCapabilities_ReportsStatus |
    AgentCapabilities.AgentCapabilities_AcceptsRemoteConfig |
    AgentCapabilities.AgentCapabilities_ReportsEffectiveConfig |
    AgentCapabilities.AgentCapabilities_ReportsHealth |
    AgentCapabilities.AgentCapabilities_ReportsRemoteConfig |
    AgentCapabilities.AgentCapabilities_ReportsHeartbeat,
);

const STATUSES = {
  applying: RemoteConfigStatuses.RemoteConfigStatuses_APPLYING,
  applied: RemoteConfigStatuses.RemoteConfigStatuses_APPLIED,
  failed: RemoteConfigStatuses.RemoteConfigStatuses_FAILED,
} as const satisfies Record<RemoteStatus["status"], unknown>;

export function encodeReport(report: AgentReport): Bytes {
  const { uid, sequence, description, health, effective, remoteStatus, isLast } = report;
  const message = create(AgentToServerSchema, {
    instanceUid: uid,
    sequenceNum: sequence,
    capabilities: CAPABILITIES,
    ...(description && { agentDescription: descriptionOf(description) }),
    ...(health && { health: healthOf(health) }),
    ...(effective && { effectiveConfig: { configMap: configMapOf(effective) } }),
    ...(remoteStatus && {
      remoteConfigStatus: {
        lastRemoteConfigHash: remoteStatus.hash,
        status: STATUSES[remoteStatus.status],
        errorMessage: remoteStatus.message,
      },
    }),
    ...(isLast && { agentDisconnect: {} }),
  });
  return toBinary(AgentToServerSchema, message);
}

function descriptionOf({ identifying, other }: NonNullable<AgentReport["description"]>) {
  return {
    identifyingAttributes: keyValues(identifying),
    nonIdentifyingAttributes: keyValues(other),
  };
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: { value: { case: "stringValue" as const, value } },
  }));
}

type HealthInit = NonNullable<MessageInitShape<typeof AgentToServerSchema>["health"]>;

function healthOf(health: Health): HealthInit {
  const { isHealthy, status, lastError, faults } = health;
  const times = {
    startTimeUnixNano: nanos(health.startedMs),
    statusTimeUnixNano: nanos(health.atMs),
  };
  const parts = [...faults].map(([name, fault]): [string, HealthInit] => [
    name,
    { healthy: false, lastError: fault, ...times },
  ]);
  return {
    healthy: isHealthy,
    ...times,
    status,
    lastError,
    componentHealthMap: Object.fromEntries(parts),
  };
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

function configMapOf(entries: readonly ConfigEntry[]) {
  const files = entries.map(({ name, body, contentType }) => [name, { body, contentType }]);
  return { configMap: Object.fromEntries(files) };
}

/** What a server says, as far as it is heeded. */
export interface ServerMessage {
  /** Whom it is for; empty: whoever was asked. */
  readonly uid: Uint8Array;
  readonly refusal:
    | {
        readonly kind: "bad request" | "unavailable" | "unknown";
        readonly message: string;
        /** 0: not said. */
        readonly retryAfterMs: number;
      }
    | undefined;
  readonly remoteConfig: RemoteConfig | undefined;
  readonly wantsAll: boolean;
  /** Undefined: not said in this message. */
  readonly offersConfigs: boolean | undefined;
  readonly newUid: Uint8Array | undefined;
  /** Seconds, 0: none are wanted; undefined: not said. */
  readonly heartbeatS: number | undefined;
}

/** Throws when it is none, or more than is read. */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  const { message: bounded, refused } = asMessage(() => boundServerMessage(bytes));
  const message = read(ServerToAgentSchema, bounded);
  const { errorResponse, flags, capabilities } = message;
  const remoteConfig =
    refused === undefined ? message.remoteConfig : read(AgentRemoteConfigSchema, refused.rest);
  const seconds = message.connectionSettings?.opamp?.heartbeatIntervalSeconds;
  return {
    uid: message.instanceUid,
    refusal: errorResponse && {
      kind: REFUSALS.get(errorResponse.type) ?? "unknown",
      message: errorResponse.errorMessage,
      retryAfterMs: Number((errorResponse.Details.value?.retryAfterNanoseconds ?? 0n) / 1_000_000n),
    },
    remoteConfig: remoteConfig && remoteConfigOf(remoteConfig, refused?.reason),
    wantsAll: has(flags, ServerToAgentFlags.ServerToAgentFlags_ReportFullState),
    offersConfigs:
      capabilities === 0n
        ? undefined
        : has(capabilities, ServerCapabilities.ServerCapabilities_OffersRemoteConfig),
    newUid: message.agentIdentification?.newInstanceUid,
    heartbeatS: seconds === undefined ? undefined : Number(seconds),
  };
}

const REFUSALS: ReadonlyMap<number, NonNullable<ServerMessage["refusal"]>["kind"]> = new Map([
  [ServerErrorResponseType.ServerErrorResponseType_BadRequest, "bad request"],
  [ServerErrorResponseType.ServerErrorResponseType_Unavailable, "unavailable"],
]);

function has(bits: bigint, bit: number): boolean {
  return (bits & BigInt(bit)) !== 0n;
}

type RemoteConfigMessage = ReturnType<typeof fromBinary<typeof AgentRemoteConfigSchema>>;

/** Its entries in the order of their names, which a map has not. */
function remoteConfigOf(
  { config, configHash }: RemoteConfigMessage,
  refused: string | undefined,
): RemoteConfig {
  const entries = Object.entries(config?.configMap ?? {}).map(([name, { body, contentType }]) => ({
    name,
    body,
    contentType,
  }));
  return {
    // It is sent back with each status, and is a name: longer ones are neither.
    hash: configHash.length > OPAMP_HASH_BYTES_MAX ? new Uint8Array(0) : configHash,
    entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(refused !== undefined && { refused }),
  };
}

/** As a message of its own, to be kept. */
export function encodeRemoteConfig({ hash, entries }: RemoteConfig): Bytes {
  const init = { configHash: hash, config: configMapOf(entries) };
  return toBinary(AgentRemoteConfigSchema, create(AgentRemoteConfigSchema, init));
}

/** Throws when it is none. */
export function decodeRemoteConfig(bytes: Uint8Array): RemoteConfig {
  const refused = asMessage(() => excessOf(bytes));
  if (refused !== undefined) throw new Error(refused);
  return remoteConfigOf(read(AgentRemoteConfigSchema, bytes), undefined);
}

type ReadSchema = typeof ServerToAgentSchema | typeof AgentRemoteConfigSchema;

function read<S extends ReadSchema>(schema: S, bytes: Uint8Array) {
  return asMessage(() => fromBinary(schema, bytes, { readUnknownFields: false }));
}

function asMessage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`not a message of OpAMP: ${errorMessage(error)}`, { cause: error });
  }
}
