// Policies in protobuf, in either dialect: which one each is in, and what it says. A policy that
// cannot be read is inert and reported; the others are not touched by it.

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { errorMessage } from "../../core/errors.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { OtelPolicySchema, PolicySchema } from "../../proto/index.ts";
import { decodePolicySteps, messageTree, OTEL_WIRE, WIRE } from "../decode/index.ts";
import type { Policy } from "../model.ts";

const POLICIES_FIELD = 1;

/**
 * The bytes of each policy of a set, and the message without them: so that each can fail for
 * itself. Throws when it is not protobuf.
 */
export function splitPolicies(body: Uint8Array): { policies: Uint8Array[]; rest: Uint8Array } {
  const reader = new BinaryReader(body);
  const policies: Uint8Array[] = [];
  const rest = new Uint8Array(body.length);
  let restLength = 0;
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, type] = reader.tag();
    if (field === POLICIES_FIELD && type === WireType.LengthDelimited) {
      policies.push(reader.bytes());
    } else {
      reader.skip(type, field);
      rest.set(body.subarray(start, reader.pos), restLength);
      restLength += reader.pos - start;
    }
  }
  return { policies, rest: rest.subarray(0, restLength) };
}

/** Policies read per step, before yielding to the event loop: a few milliseconds. */
const STEP_POLICIES = 64;

/**
 * The policies of these messages. `dialect`: that of all of them, where the envelope says so;
 * `told` from each of them, where either may stand in it.
 */
export function* decodeMessageSteps(
  messages: readonly Uint8Array[],
  dialect: "otel" | "told",
): Generator<undefined, readonly Policy[]> {
  const trees: unknown[] = [];
  const failures = new Map<number, string>();
  for (const [at, bytes] of messages.entries()) {
    if (at > 0 && at % STEP_POLICIES === 0) yield undefined;
    try {
      const schema = dialect === "otel" || isOtelPolicy(bytes) ? OtelPolicySchema : PolicySchema;
      trees.push(messageTree(fromBinary(schema, bytes, { readUnknownFields: false })));
    } catch (error) {
      trees.push({ id: idIn(bytes) });
      failures.set(at, `policy: not protobuf: ${errorMessage(error)}`);
    }
  }
  const form = dialect === "otel" ? OTEL_WIRE : WIRE;
  const { policies } = yield* decodePolicySteps({ policies: trees }, form);
  return policies.map((policy, at) => {
    const reason = failures.get(at);
    return reason === undefined ? policy : { ...policy, errors: [reason] };
  });
}

/** Numbers of what a policy is, of both dialects: 13 is of OpenTelemetry's alone. */
const FIRST_KIND_FIELD = 10;
const LAST_KIND_FIELD = 13;
const MATCHERS_FIELD = 1;
const TARGET_FIELD = 1;

/**
 * Whether a policy is in OpenTelemetry's dialect. Both number their kinds alike; but the first
 * field of a matcher is a message there, `target`, and a number or absent in tero.policy.v1. A
 * policy without matchers is valid in neither. Throws when it is not protobuf.
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

/** The id of a policy that cannot be read otherwise, so that it can be told which one it is. */
function idIn(message: Uint8Array): string | undefined {
  try {
    for (const [field, bytes] of messagesIn(message)) {
      if (field === ID_FIELD) return decodeUtf8(bytes);
    }
  } catch {
    // It ends before its id.
  }
  return undefined;
}
