// What of a server's message is decoded: nothing of a configuration beyond the bounds, and all of
// one at them.

import { describe, expect, test } from "bun:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { bytesField, tagOf, WireType } from "../../../src/core/protobuf/index.ts";
import { AgentRemoteConfigSchema, ServerToAgentSchema } from "../../../src/proto/index.ts";
import {
  decodeRemoteConfig,
  decodeServerMessage,
} from "../../../src/providers/opamp/opamp-messages.ts";

type Config = MessageInitShape<typeof AgentRemoteConfigSchema>;
const fieldOf = (field: number, payload: Uint8Array): Uint8Array =>
  bytesField(tagOf(field, WireType.bytes), payload);
const HASH = new Uint8Array([1, 2]);

function messageOf(remoteConfig: Config): Uint8Array {
  const init = { instanceUid: new Uint8Array(16).fill(7), flags: 1n, capabilities: 7n };
  return toBinary(ServerToAgentSchema, create(ServerToAgentSchema, { ...init, remoteConfig }));
}

function entriesOf(count: number, contentType = ""): Config {
  const files = Array.from({ length: count }, (_, i) => [`e${i}`, { contentType }]);
  return { configHash: HASH, config: { configMap: Object.fromEntries(files) } };
}

/** Entries that are read of it, or why none is. */
function read(message: Uint8Array): number | string | undefined {
  const { remoteConfig } = decodeServerMessage(message);
  return remoteConfig?.refused ?? remoteConfig?.entries.length;
}

const MANY = "the configuration holds more than 1000 entries";
const LONG = "an entry's name or content type has more than 1000 bytes";

describe("a configuration is read up to its bounds", () => {
  const named = (name: string): Config => ({ config: { configMap: { [name]: {} } } });
  const cases: readonly (readonly [string, Config, number | string])[] = [
    ["a thousand entries", entriesOf(1000, "application/json"), 1000],
    ["one more", entriesOf(1001, "application/json"), MANY],
    ["far more, left alone", entriesOf(50_000, "text/plain"), MANY],
    ["a name of a thousand bytes", named("n".repeat(1000)), 1],
    ["one of one more", named("n".repeat(1001)), LONG],
    ["one of a thousand characters, and more bytes", named("é".repeat(1000)), LONG],
    ["a content type of a thousand bytes", entriesOf(1, "c".repeat(1000)), 1],
    ["one of one more", entriesOf(1, "c".repeat(1001)), LONG],
  ];
  test.each(cases)("%s", (_, config, expected) => {
    expect(read(messageOf(config))).toBe(expected);
  });

  test("entries of one name, and in several parts, count each", () => {
    const entry = fieldOf(1, fieldOf(1, new TextEncoder().encode("same")));
    const part = fieldOf(3, fieldOf(1, Buffer.concat(Array.from({ length: 501 }, () => entry))));
    expect([read(part), read(Buffer.concat([part, part]))]).toEqual([1, MANY]);
  });

  test("what else is in the message is heeded all the same, its hash included", () => {
    const message = decodeServerMessage(messageOf(entriesOf(1001)));
    expect(message).toEqual({
      uid: new Uint8Array(16).fill(7),
      refusal: undefined,
      remoteConfig: { hash: HASH, entries: [], refused: MANY },
      wantsAll: true,
      offersConfigs: true,
      newUid: undefined,
      heartbeatS: undefined,
    });
  });

  test("one that was kept is read within the same bounds", () => {
    const kept = (config: Config) =>
      toBinary(AgentRemoteConfigSchema, create(AgentRemoteConfigSchema, config));
    expect(decodeRemoteConfig(kept(entriesOf(1000))).entries).toHaveLength(1000);
    expect(() => decodeRemoteConfig(kept(entriesOf(1001)))).toThrow(MANY);
  });
});

describe("a message that is more than is read is none", () => {
  const empty = new Uint8Array(0);
  const times = (count: number, field: Uint8Array) =>
    Buffer.concat(Array.from({ length: count }, () => field));
  const FIELDS = "not a message of OpAMP: holds more than 10000 fields";
  const OTHER = "not a message of OpAMP: holds more than 1048576 bytes beside its configuration";
  const cases: readonly (readonly [string, Uint8Array, string | undefined])[] = [
    ["ten thousand fields", times(10_000, fieldOf(4, empty)), undefined],
    ["one more", times(10_001, fieldOf(4, empty)), FIELDS],
    ["fields that nobody knows", times(10_001, fieldOf(90, empty)), FIELDS],
    ["fields of a configuration", fieldOf(3, times(10_001, fieldOf(9, empty))), FIELDS],
    [
      "of entries' files",
      fieldOf(3, fieldOf(1, fieldOf(1, times(10_001, fieldOf(2, empty))))),
      FIELDS,
    ],
    ["offers of a megabyte", fieldOf(4, fieldOf(15, new Uint8Array(1_048_572))), undefined],
    ["of one byte more", fieldOf(1, new Uint8Array(1_048_577)), OTHER],
    ["in parts", times(3, fieldOf(2, new Uint8Array(400_000))), OTHER],
    ["as much that nobody knows", fieldOf(90, new Uint8Array(2_000_000)), undefined],
    ["a group", new Uint8Array([0x5b, 0x5c]), "not a message of OpAMP: holds a group"],
    [
      "cut off",
      fieldOf(3, empty).subarray(0, 1),
      "not a message of OpAMP: protobuf: length is missing at byte 1",
    ],
  ];
  test.each(cases)("%s", (_, message, expected) => {
    let told: string | undefined;
    try {
      decodeServerMessage(message);
    } catch (error) {
      told = error instanceof Error ? error.message : String(error);
    }
    expect(told?.startsWith("not a message of OpAMP: ") === true ? told : undefined).toBe(expected);
  });
});
