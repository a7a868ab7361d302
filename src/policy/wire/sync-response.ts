// Reads what the control plane responds, in proto3 JSON or protobuf: a SyncResponse of
// tero.policy.v1 with policies in either dialect, or a PolicySet of OpenTelemetry's. A policy that
// cannot be read is inert and reported; this throws only if the body is not a response at all.

import { joinBytes } from "../../core/bytes.ts";
import { errorMessage } from "../../core/errors.ts";
import { POLICY_VALUES_MAX, SYNC_HASH_CHARS_MAX } from "../../core/limits.ts";
import { fromBinary } from "@bufbuild/protobuf";
import { parseJsonSteps } from "../../core/document/json.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import { SyncResponseSchema } from "../../proto/index.ts";
import type { SyncResponse } from "../../proto/index.ts";
import { base64Bytes } from "../decode/bytes.ts";
import { decodePolicySteps, WIRE } from "../decode/index.ts";
import { isObject } from "../decode/members.ts";
import { valuesIn } from "../decode/policy-set.ts";
import type { Policy } from "../model.ts";
import { POLICY_SET_MESSAGE, type SyncEncoding } from "./encoding.ts";
import { asProtobuf, decodeMessageSteps, splitPolicies } from "./policy-messages.ts";
import { readPolicySetSteps } from "./policy-set.ts";

/** Configuration that the control plane broadcasts for one type of extension. */
export interface ExtensionConfig {
  readonly type: string;
  readonly config: readonly Uint8Array[];
}

export interface SyncReply {
  /** The whole set, including bad policies. */
  readonly policies: readonly Policy[];
  /** Names the set; empty if the server gives none. */
  readonly hash: string;
  /** What distinguishes the set from others if it has no name; undefined if it has one. */
  readonly policyBytes: Uint8Array | undefined;
  /** Nanoseconds since 1970; 0n if the server gives none. */
  readonly timestamp: bigint;
  /** Seconds until the next sync that the server asks for; 0 if it does not. */
  readonly recommendedIntervalS: number;
  /** Not empty: the sync has failed, and the policies must not be used. */
  readonly errorMessage: string;
  readonly extensionConfigs: readonly ExtensionConfig[];
  /** The content type says that it is a PolicySet, which may be empty and contains nothing else. */
  readonly isPolicySet?: true;
}

/** A body that is not a sync response. */
export class SyncResponseError extends Error {
  readonly code = "sync_response";
  constructor(reason: string) {
    super(reason);
    this.name = "SyncResponseError";
  }
}

/**
 * Reads a response body in the encoding that its content type names; without one, `requested` is
 * assumed. In steps of a few milliseconds, so that a caller can let other work run in between.
 * Throws SyncResponseError.
 */
export function* readSyncResponseSteps(
  body: Uint8Array,
  contentType: string | null | undefined,
  requested: SyncEncoding,
): Generator<undefined, SyncReply> {
  const encoding = encodingOf(contentType, requested);
  if (isPolicySet(contentType)) return yield* readPolicySet(body, encoding);
  return yield* encoding === "json" ? readJson(body) : readProtobuf(body);
}

function encodingOf(contentType: string | null | undefined, requested: SyncEncoding): SyncEncoding {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === undefined || type === "") return requested;
  if (type === "application/json") return "json";
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  throw new SyncResponseError(
    `content type ${JSON.stringify(type)} is neither application/json nor application/x-protobuf`,
  );
}

/** The message's name in content types: `application/protobuf; proto=opentelemetry…PolicySet`. */
const MESSAGE_PARAMETER = /;\s*(?:proto|messagetype)\s*=\s*"?([\w.]+)"?\s*(?:;|$)/i;

function isPolicySet(contentType: string | null | undefined): boolean {
  return MESSAGE_PARAMETER.exec(contentType ?? "")?.[1] === POLICY_SET_MESSAGE;
}

function* readPolicySet(body: Uint8Array, encoding: SyncEncoding): Generator<undefined, SyncReply> {
  return {
    policies: yield* encoding === "json" ? jsonPolicies(yield* jsonTree(body)) : messages(body),
    hash: "",
    policyBytes: body,
    timestamp: 0n,
    recommendedIntervalS: 0,
    errorMessage: "",
    extensionConfigs: [],
    isPolicySet: true,
  };
}

function* messages(body: Uint8Array): Generator<undefined, readonly Policy[]> {
  try {
    return yield* readPolicySetSteps(body);
  } catch (error) {
    throw new SyncResponseError(errorMessage(error));
  }
}

function* jsonTree(body: Uint8Array): Generator<undefined, JsonObject> {
  let tree: unknown;
  try {
    tree = yield* parseJsonSteps(decodeUtf8(body));
  } catch (error) {
    throw new SyncResponseError(`not JSON: ${errorMessage(error)}`);
  }
  if (!isObject(tree)) throw new SyncResponseError("expected a JSON object");
  return tree;
}

function* jsonPolicies(tree: JsonObject): Generator<undefined, readonly Policy[]> {
  const { policies, errors } = yield* decodePolicySteps(withPolicies(tree), WIRE);
  const [error] = errors;
  if (error !== undefined) throw new SyncResponseError(error);
  return policies;
}

function* readJson(body: Uint8Array): Generator<undefined, SyncReply> {
  const tree = yield* jsonTree(body);
  const policies = yield* jsonPolicies(tree);
  const hash = usableHash(textIn(tree, "hash", "hash"));
  return {
    policies,
    hash,
    policyBytes: hash === "" ? yield* jsonBytes(tree["policies"]) : undefined,
    timestamp: integerIn(tree, "sync_timestamp_unix_nano", "syncTimestampUnixNano"),
    recommendedIntervalS: Number(
      integerIn(tree, "recommended_sync_interval_seconds", "recommendedSyncIntervalSeconds"),
    ),
    errorMessage: textIn(tree, "error_message", "errorMessage"),
    extensionConfigs: extensionConfigsIn(tree),
  };
}

/** Values printed per step, before yielding to the event loop: about a millisecond. */
const STEP_VALUES = 4096;

function* jsonBytes(tree: unknown): Generator<undefined, Uint8Array> {
  const parts: string[] = [];
  let left = STEP_VALUES;
  for (const item of Array.isArray(tree) ? (tree as readonly unknown[]) : []) {
    // Of a policy that is too large, nothing else is read.
    const values = valuesIn(item);
    parts.push(values > POLICY_VALUES_MAX ? "" : printed(item));
    left -= values;
    if (left > 0) continue;
    yield undefined;
    left = STEP_VALUES;
  }
  return encodeUtf8(parts.join("\n"));
}

function printed(item: unknown): string {
  return JSON.stringify(item, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

/**
 * Proto3 leaves out empty lists. Without this, an error response could pass for a single policy.
 */
function withPolicies(tree: Readonly<Record<string, unknown>>): unknown {
  return { policies: tree["policies"] ?? [] };
}

type JsonObject = Readonly<Record<string, unknown>>;

function memberOf(tree: JsonObject, snake: string, camel: string): unknown {
  return tree[snake] ?? tree[camel];
}

function textIn(tree: JsonObject, snake: string, camel: string): string {
  const value = memberOf(tree, snake, camel) ?? "";
  if (typeof value === "string") return value;
  throw new SyncResponseError(`${snake}: expected a string`);
}

const UINT64_MAX = 2n ** 64n - 1n;

/** 64-bit integers are strings in proto3 JSON; numbers are accepted, too. */
function integerIn(tree: JsonObject, snake: string, camel: string): bigint {
  const value = memberOf(tree, snake, camel) ?? 0;
  const whole =
    typeof value === "bigint" ||
    (typeof value === "number" && Number.isInteger(value)) ||
    (typeof value === "string" && /^\d{1,20}$/.test(value));
  const integer = whole ? BigInt(value) : -1n;
  if (integer >= 0n && integer <= UINT64_MAX) return integer;
  throw new SyncResponseError(`${snake}: expected an unsigned integer`);
}

function extensionConfigsIn(tree: JsonObject): ExtensionConfig[] {
  const list = memberOf(tree, "extension_configs", "extensionConfigs") ?? [];
  if (!Array.isArray(list)) throw new SyncResponseError("extension_configs: expected a list");
  return list.map((item: unknown, at) => {
    const { type, config = [] } = isObject(item) ? item : {};
    const blobs: readonly unknown[] | undefined = Array.isArray(config) ? config : undefined;
    const bytes = blobs?.map((blob) => (typeof blob === "string" ? base64Bytes(blob) : undefined));
    if (typeof type !== "string" || bytes === undefined || bytes.includes(undefined)) {
      throw new SyncResponseError(`extension_configs[${at}]: expected a type and base64 configs`);
    }
    return { type, config: bytes.filter((blob) => blob !== undefined) };
  });
}

function* readProtobuf(body: Uint8Array): Generator<undefined, SyncReply> {
  let policyBytes: readonly Uint8Array[];
  let response: SyncResponse;
  try {
    const { policies, rest } = splitPolicies(body);
    policyBytes = policies;
    response = asProtobuf(() => fromBinary(SyncResponseSchema, rest));
  } catch (error) {
    throw new SyncResponseError(errorMessage(error));
  }
  const hash = usableHash(response.hash);
  return {
    policies: yield* decodeMessageSteps(policyBytes, "told"),
    hash,
    policyBytes: hash === "" ? joinBytes(policyBytes) : undefined,
    timestamp: response.syncTimestampUnixNano,
    recommendedIntervalS: response.recommendedSyncIntervalSeconds,
    errorMessage: response.errorMessage,
    extensionConfigs: response.extensionConfigs.map(({ type, config }) => ({ type, config })),
  };
}

/** The hash is sent back with each sync, and logged. */
function usableHash(hash: string): string {
  return hash.length > SYNC_HASH_CHARS_MAX ? "" : hash;
}
