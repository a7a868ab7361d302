// OpAMP servers that send too much of something: nothing of it is carried around, and the set in
// force stays.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { OpampSetup, statusOf, type Transport } from "./opamp-setup.ts";
import { configOf } from "./stub-opamp-server.ts";

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
});
