// OpAMP servers that send too much of something: nothing of it is carried around, and the set in
// force stays.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { DeafOpampServer } from "./deaf-opamp-server.ts";
import { OpampSetup, statusOf, type Transport, turn } from "./opamp-setup.ts";
import { dropOf } from "../../policy/wire/policy-set.ts";
import { configOf, type ServerInit } from "./stub-opamp-server.ts";

let at: OpampSetup;
afterEach(() => at.close());

describe.each(["http", "ws"] as const)("over %s", (transport: Transport) => {
  beforeEach(() => {
    at = new OpampSetup(transport);
  });

  test.each([
    [1000, 1000],
    [1001, 0],
  ])("of a hash of %d bytes %d are sent back", async (bytes, told) => {
    at.server.config = { ...configOf("a"), configHash: new Uint8Array(bytes).fill(65) };
    const applied = at.server.next((message) => statusOf(message)?.[0] === "applied");
    await at.first("offer a");
    expect((await applied).remoteConfigStatus?.lastRemoteConfigHash).toHaveLength(told);
  });

  test("a hash that is too long makes an empty configuration one without a hash", async () => {
    const provider = await at.settled();
    at.server.config = { configHash: new Uint8Array(1001).fill(65), config: { configMap: {} } };
    const failed = at.host.next("failed");
    await provider.reload();
    await failed;
    expect(at.host.told.at(-1)).toBe("failed the configuration holds no entries and no hash");
    expect(at.host.sets.map(({ policies }) => policies.length)).toEqual([1]);
  });

  test("answers to the uids before are taken, of the last twenty", async () => {
    const provider = await at.settled();
    const uidOf = (number: number) => new Uint8Array(16).fill(number);
    for (let number = 1; number <= 21; number++) {
      at.server.answer = () => ({ agentIdentification: { newInstanceUid: uidOf(number) } });
      await provider.reload();
    }
    at.server.answer = () => ({ instanceUid: uidOf(2) });
    await provider.reload();
    expect(at.host.told.at(-1)).toBe("unchanged");
    at.server.answer = () => ({ instanceUid: uidOf(1) });
    const failed = at.host.next("failed");
    await provider.reload();
    await failed;
    expect(at.host.told.at(-1)).toBe(
      "failed the message is for another instance; check the control plane",
    );
  });

  test("a configuration that is too large to be decoded has failed, under its own hash", async () => {
    const provider = await at.settled();
    const files = Array.from({ length: 1001 }, (_, i) => [`e${i}`, { contentType: "text/plain" }]);
    at.server.config = {
      configHash: new TextEncoder().encode("large"),
      config: { configMap: Object.fromEntries(files) },
    };
    const failed = at.server.next((message) => statusOf(message)?.[0] === "failed");
    await provider.reload();
    expect(statusOf(await failed)).toEqual([
      "failed",
      "large",
      "the configuration holds more than 1000 entries",
    ]);
    expect(at.host.sets.map(({ policies }) => policies.length)).toEqual([1]);
  });
});

describe("over a connection on which no ping is answered", () => {
  let deaf: DeafOpampServer;
  beforeEach(() => {
    at = new OpampSetup("ws");
    deaf = new DeafOpampServer({ capabilities: 7n, remoteConfig: configOf("a") });
  });
  afterEach(() => deaf.stop());

  test.each(["", "zz", "1e999", "99", "-1"])(
    "a pong that nobody asked for is no sign of life: %j",
    async (name) => {
      const provider = await at.first("offer a", { url: await deaf.start() });
      const told = deaf.nextMessage();
      const look = provider.reload();
      await told;
      await deaf.pong(name);
      await turn();
      const failed = at.host.next("failed");
      at.clock.advance(10_000);
      await Promise.all([failed, look]);
      expect(at.host.told).toEqual([
        "offer a",
        "failed no answer within 10000 ms (timeout_ms); check the control plane",
      ]);
    },
  );

  test("beats that come sooner than the time is over do not hide that nobody answers", async () => {
    await at.first("offer a", { url: await deaf.start(), pollIntervalMs: 4000 });
    const failed = at.host.next("failed");
    for (let beat = 0; beat < 3; beat++) {
      await turn();
      at.clock.advance(4000);
    }
    await failed;
    expect(at.host.told).toEqual([
      "offer a",
      "failed no answer within 10000 ms (timeout_ms); check the control plane",
    ]);
  });

  test("a server that asks for everything again and again, and reads nothing, is left", async () => {
    const url = await deaf.start();
    await at.first("offer a", { url, messageBytesMax: 1_000_000 });
    const failed = at.host.next("does not read");
    deaf.stopReading();
    for (let i = 0; i < 100; i++) {
      const configHash = new TextEncoder().encode(`${i}`);
      deaf.push({ flags: 1n, remoteConfig: { ...large(`b${i}`), configHash } });
    }
    await failed;
    expect(at.host.told).toContain(
      "failed the server does not read what it is told; check the control plane",
    );
  });
});

/** A configuration of nearly a megabyte. */
function large(id: string): NonNullable<ServerInit["remoteConfig"]> {
  const text = JSON.stringify({ policies: [dropOf(id)] }).padEnd(900_000);
  const body = new TextEncoder().encode(text);
  return { config: { configMap: { "policies.json": { body } } } };
}
