// Finds and reads policies in protobuf, and tells which dialect each is in. A policy that cannot be
// read is inert and reported; it does not affect the others.

import { joinBytes } from "../../core/bytes.ts";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { errorMessage } from "../../core/errors.ts";
import {
  POLICIES_PER_SET_MAX,
  POLICY_MESSAGE_BYTES_MAX,
  POLICY_VALUES_MAX,
} from "../../core/limits.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { OtelPolicySchema, PolicySchema } from "../../proto/index.ts";
import { decodePolicySteps, messageTree, OTEL_WIRE, WIRE } from "../decode/index.ts";
import { MANY_POLICIES, MANY_VALUES, valuesIn } from "../decode/policy-set.ts";
import type { Policy } from "../model.ts";

const POLICIES_FIELD = 1;

/** How many other fields a message may contain: a few bytes of them can cost many objects. */
const OTHER_FIELDS_MAX = 10_000;
const OTHER_BYTES_MAX = 4_194_304;

/**
 * The bytes of each policy of a set, and the message without them, so that each policy can fail
 * separately. Throws if the message is not protobuf, or contains too much.
 */
export function splitPolicies(body: Uint8Array): { policies: Uint8Array[]; rest: Uint8Array } {
  const reader = asProtobuf(() => new BinaryReader(body));
  const policies: Uint8Array[] = [];
  const others: Uint8Array[] = [];
  let otherBytes = 0;
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const policy = asProtobuf(() => nextPolicy(reader));
    if (policy !== undefined) {
      if (policies.push(policy) > POLICIES_PER_SET_MAX) {
        throw new Error(`holds policies, ${MANY_POLICIES}`);
      }
      continue;
    }
    otherBytes += reader.pos - start;
    if (others.push(body.subarray(start, reader.pos)) > OTHER_FIELDS_MAX) {
      throw new Error(`holds more than ${OTHER_FIELDS_MAX} fields beside its policies`);
    }
    if (otherBytes > OTHER_BYTES_MAX) {
      throw new Error(`holds more than ${OTHER_BYTES_MAX} bytes beside its policies`);
    }
  }
  return { policies, rest: joinBytes(others) };
}

/** The next field, if it is a policy; other fields are skipped. */
function nextPolicy(reader: BinaryReader): Uint8Array | undefined {
  const [field, type] = reader.tag();
  if (field === POLICIES_FIELD && type === WireType.LengthDelimited) return reader.bytes();
  reader.skip(type, field);
  return undefined;
}

/** Makes errors say that the bytes are not protobuf. */
export function asProtobuf<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`not protobuf: ${errorMessage(error)}`, { cause: error });
  }
}

/** Bytes read per step, before yielding to the event loop: a few milliseconds. */
const STEP_BYTES = 32 * 1024;
/**
 * The cost of a small message, in addition to its own bytes: about as much work as so many bytes.
 */
const MESSAGE_BYTES = 256;
const LARGE = `larger than ${POLICY_MESSAGE_BYTES_MAX} bytes`;

/**
 * The policies of these messages. `dialect`: the dialect of all of them, if the envelope says so;
 * `told` if each of them has to tell, because either may occur.
 */
export function* decodeMessageSteps(
  messages: readonly Uint8Array[],
  dialect: "otel" | "told",
): Generator<undefined, readonly Policy[]> {
  const trees: unknown[] = [];
  const failures = new Map<number, string>();
  let left = STEP_BYTES;
  for (const [at, bytes] of messages.entries()) {
    left -= bytes.length + MESSAGE_BYTES;
    if (left < 0) {
      yield undefined;
      left = STEP_BYTES;
    }
    try {
      const tree = readTree(bytes, dialect);
      // A set of such policies would hold millions of values until the last one is read.
      if (valuesIn(tree) > POLICY_VALUES_MAX) throw new Error(MANY_VALUES);
      trees.push(tree);
    } catch (error) {
      trees.push({ id: idIn(bytes) });
      failures.set(at, `policy: ${errorMessage(error)}`);
    }
  }
  const form = dialect === "otel" ? OTEL_WIRE : WIRE;
  const { policies } = yield* decodePolicySteps({ policies: trees }, form);
  return policies.map((policy, at) => {
    const reason = failures.get(at);
    return reason === undefined ? policy : { ...policy, errors: [reason] };
  });
}

/** Throws if the message is too large, or is not protobuf. */
function readTree(bytes: Uint8Array, dialect: "otel" | "told"): unknown {
  if (bytes.length > POLICY_MESSAGE_BYTES_MAX) throw new Error(LARGE);
  return asProtobuf(() => {
    const schema = dialect === "otel" || isOtelPolicy(bytes) ? OtelPolicySchema : PolicySchema;
    return messageTree(fromBinary(schema, bytes, { readUnknownFields: false }));
  });
}

/** Field numbers of the kinds of policies, in both dialects; 13 occurs only in OpenTelemetry's. */
const FIRST_KIND_FIELD = 10;
const LAST_KIND_FIELD = 13;
const MATCHERS_FIELD = 1;
const TARGET_FIELD = 1;

/**
 * Whether a policy is in OpenTelemetry's dialect. Both number their kinds alike; but the first
 * field of a matcher is a message there, `target`, and a number or absent in tero.policy.v1. A
 * policy without matchers is valid in neither. Throws if the message is not protobuf.
 */
export function isOtelPolicy(message: Uint8Array): boolean {
  for (const [kind, body] of messagesIn(message)) {
    if (kind === LAST_KIND_FIELD) return true;
    if (kind < FIRST_KIND_FIELD || kind > LAST_KIND_FIELD) continue;
    for (const [field, matcher] of messagesIn(body)) {
      if (field !== MATCHERS_FIELD) continue;
      for (const [first] of messagesIn(matcher)) if (first === TARGET_FIELD) return true;
    }
  }
  return false;
}

/** The length-delimited fields of a message. */
function* messagesIn(bytes: Uint8Array): Generator<readonly [field: number, Uint8Array]> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) yield [field, reader.bytes()];
    else reader.skip(type, field);
  }
}

const ID_FIELD = 1;

/** The id of a policy that cannot be read completely, so that the error can name it. */
function idIn(message: Uint8Array): string | undefined {
  try {
    for (const [field, bytes] of messagesIn(message)) {
      if (field === ID_FIELD) return decodeUtf8(bytes);
    }
  } catch {
    // The message ends before its id.
  }
  return undefined;
}
