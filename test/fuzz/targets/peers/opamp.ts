// What an OpAMP server says: a message is refused with a word, or holds no more than is read; a
// configuration that is kept is read again as it was.

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { OPAMP_ENTRIES_MAX, OPAMP_HASH_BYTES_MAX } from "../../../../src/core/limits.ts";
import { ServerToAgentSchema } from "../../../../src/proto/index.ts";
import {
  decodeRemoteConfig,
  decodeServerMessage,
  encodeRemoteConfig,
  type ServerMessage,
} from "../../../../src/providers/opamp/opamp-messages.ts";
import { expectSame, type FuzzTarget, inputOf } from "../../fuzz-target.ts";

const CONFIG = {
  configHash: inputOf("hash"),
  config: {
    configMap: {
      a: { body: inputOf('{"policies":[]}'), contentType: "application/json" },
      "": { body: inputOf("policies: []"), contentType: "text/yaml" },
    },
  },
};
const MESSAGES: readonly MessageInitShape<typeof ServerToAgentSchema>[] = [
  { instanceUid: inputOf("0123456789abcdef"), remoteConfig: CONFIG, capabilities: 3n, flags: 1n },
  { errorResponse: { type: 2, errorMessage: "later" } },
  { agentIdentification: { newInstanceUid: inputOf("fedcba9876543210") } },
  { connectionSettings: { opamp: { heartbeatIntervalSeconds: 30n } } },
];

export const target: FuzzTarget = {
  get seeds() {
    return MESSAGES.map((one) => toBinary(ServerToAgentSchema, create(ServerToAgentSchema, one)));
  },
  check(input) {
    const message = decoded(input);
    const { entries = [], hash, refused } = message?.remoteConfig ?? {};
    if (message?.remoteConfig === undefined || hash === undefined || refused !== undefined) return;
    expectSame("too long a hash", hash.length > OPAMP_HASH_BYTES_MAX, false);
    expectSame("too many entries", entries.length > OPAMP_ENTRIES_MAX, false);
    const again = decodeRemoteConfig(encodeRemoteConfig(message.remoteConfig));
    expectSame("what is kept", again, { hash, entries });
  },
};

function decoded(input: Uint8Array): ServerMessage | undefined {
  try {
    return decodeServerMessage(input);
  } catch (error) {
    if (!String(error).startsWith("Error: not a message of OpAMP: ")) throw error;
    return undefined;
  }
}
