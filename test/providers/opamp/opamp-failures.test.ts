// OpAMP servers that misbehave, refuse, or go away: the set in force stays, the reason says what to
// do, and the next try is in time, with everything that the server may have missed.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SYNC_RETRY_AFTER_MS_MAX } from "../../../src/core/limits.ts";
import { FakeHost } from "../fake-host.ts";
import { OpampSetup, partsOf, type Transport, turn } from "./opamp-setup.ts";
import { configOf, type ServerInit } from "./stub-opamp-server.ts";

const ALL = ["agentDescription", "health", "effectiveConfig", "remoteConfigStatus"];
let at: OpampSetup;
afterEach(() => at.close());

describe.each(["http", "ws"] as const)("over %s", (transport: Transport) => {
  beforeEach(() => {
    at = new OpampSetup(transport);
  });

  const unavailable = (ns?: bigint): ServerInit => ({
    errorResponse: {
      type: 2,
      errorMessage: "too many agents, Bearer s3cret-token",
      ...(ns === undefined
        ? {}
        : { Details: { case: "retryInfo", value: { retryAfterNanoseconds: ns } } }),
    },
  });

  test.each([
    ["as long as it says", 7_000_000_000n, 7000],
    ["a while when it does not say", undefined, 1000],
    ["not forever", 10n ** 18n, SYNC_RETRY_AFTER_MS_MAX],
  ] as const)("a server that has too much to do is left alone: %s", async (_, ns, waitMs) => {
    const provider = await at.settled();
    at.server.answer = () => unavailable(ns);
    const failed = at.host.next("failed");
    await provider.reload();
    await failed;
    expect(at.host.told.at(-1)).toBe(
      "failed the control plane reports: unavailable: too many agents, ***",
    );
    at.server.answer = undefined;
    expect(await at.waitMs()).toBe(waitMs);
    const before = at.server.messages.length;
    await at.afterWait("unchanged");
    expect(partsOf(at.server.messages[before]!)).toEqual(ALL);
  });

  test("a message that is refused is not sent again at once; the next one has everything", async () => {
    const provider = await at.settled();
    const sockets = [...at.server.sockets];
    at.server.answer = () => ({ errorResponse: { type: 1, errorMessage: "what?" } });
    await provider.reload();
    at.server.answer = undefined;
    const before = at.server.messages.length;
    expect(at.host.told.at(-1)).toBe("failed the control plane reports: bad request: what?");
    await provider.reload();
    expect(at.server.messages.slice(before).map(partsOf)).toEqual([ALL]);
    expect([...at.server.sockets]).toEqual(sockets);
  });

  test.each([
    ["seconds", "7", 7000],
    ["nothing", "", 1000],
  ])("Retry-After is heeded: %s", async (_, retryAfter, waitMs) => {
    const headers: Record<string, string> = retryAfter === "" ? {} : { "retry-after": retryAfter };
    at.server.refuse = () => new Response("secret body", { status: 503, headers });
    await at.first("failed");
    const expected = transport === "ws" ? 101 : 200;
    expect(at.host.told).toEqual([`failed status 503; expected ${expected}`]);
    expect(await at.waitMs()).toBe(waitMs);
    at.server.refuse = undefined;
    await at.afterWait("offer a");
  });

  test.each([
    [401, "status 401; check the credentials in the provider's headers"],
    [404, "status 404; check the path of the provider's url"],
  ])("status %d says what to do", async (status, reason) => {
    at.server.refuse = () => new Response("", { status });
    await at.first("failed");
    expect(at.host.told).toEqual([`failed ${reason}`]);
  });

  test("waits grow while nobody is there", async () => {
    const url = at.server.urlOf(transport);
    await at.server.stop();
    await at.first("failed", { url });
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      waits.push(await at.waitMs());
      await at.afterWait("failed");
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    expect(at.host.told[0]).toStartWith(`failed ${url}: cannot be reached (`);
  });

  test.each([
    [
      "for another instance",
      { instanceUid: new Uint8Array(16).fill(9) },
      "is for another instance",
    ],
    [
      "with a uid that is none",
      { agentIdentification: { newInstanceUid: new Uint8Array(3) } },
      "16",
    ],
  ] as const)("a message %s is refused", async (_, init, reason) => {
    const provider = await at.settled();
    at.server.answer = () => init;
    const failed = at.host.next("failed");
    await provider.reload();
    await failed;
    expect(at.host.told.at(-1)).toContain(reason);
    expect(at.host.sets.length).toBe(1);
  });

  test("a server that offers no configurations is told of, one that has none yet is not", async () => {
    at.server.config = undefined;
    at.server.answer = ({ instanceUid }) => ({ instanceUid, capabilities: 1n });
    const provider = await at.first("failed");
    expect(at.host.told).toEqual([
      "failed the server offers no configurations; check the provider's url",
    ]);
    at.server.answer = undefined;
    await provider.reload();
    expect(at.host.told.at(-1)).toBe("unchanged");
  });

  test("an empty configuration with a hash is a set without policies, one without is a fault", async () => {
    at.server.config = { configHash: new Uint8Array(0), config: { configMap: {} } };
    at.server.answer = ({ instanceUid }) => ({ instanceUid, remoteConfig: at.server.config });
    const provider = await at.first("failed");
    expect(at.host.told).toEqual(["failed the configuration holds no entries and no hash"]);
    at.server.config = { configHash: new Uint8Array([1]) };
    await provider.reload();
    expect(at.host.sets.map(({ policies, hash }) => [policies, hash])).toEqual([[[], "01"]]);
  });

  test("the uid is left to the next program, and taken away while one runs", async () => {
    const cachePath = join(at.folder, "cache.json");
    const uidFile = `${cachePath}.uid`;
    const provider = await at.settled({ cachePath });
    expect(existsSync(uidFile)).toBe(false);
    const [{ instanceUid: uid }] = at.server.messages as [(typeof at.server.messages)[0]];
    await provider.stop(1000);
    expect(readFileSync(uidFile, "utf8").trim().replaceAll("-", "")).toBe(uid.toHex());

    at.host = new FakeHost();
    const before = at.server.messages.length;
    const first = at.server.next();
    at.providerOf({ cachePath }).start(at.host);
    await first;
    const second = at.server.next((message) => message.instanceUid.toHex() !== uid.toHex());
    at.providerOf({ cachePath }).start(new FakeHost());
    await second;
    expect(at.server.messages[before]?.instanceUid.toHex()).toBe(uid.toHex());
  });
});

describe("over a WebSocket", () => {
  beforeEach(() => {
    at = new OpampSetup("ws");
  });

  test("a server says when there is news", async () => {
    await at.settled();
    const offered = at.host.next("offer b");
    at.server.push({ remoteConfig: configOf("b") });
    await offered;
  });

  test("a message without a header is read as well", async () => {
    await at.settled();
    const offered = at.host.next("offer b");
    at.server.push({ remoteConfig: configOf("b") }, []);
    await offered;
  });

  test("a connection that is lost is opened anew, and everything told", async () => {
    await at.settled();
    const failed = at.host.next("failed");
    at.server.drop();
    await failed;
    expect(at.host.told.at(-1)).toMatch(/: the connection was closed \(code 1006\)$/);
    const before = at.server.messages.length;
    expect(await at.waitMs()).toBe(1000);
    await at.afterWait("unchanged");
    expect(partsOf(at.server.messages[before]!)).toEqual(ALL);
  });

  test("heartbeats are as far apart as the server wants, within bounds, or there are none", async () => {
    const provider = await at.settled();
    const heartbeat = async (seconds: bigint) => {
      at.server.answer = ({ instanceUid }) => ({
        instanceUid,
        connectionSettings: { opamp: { heartbeatIntervalSeconds: seconds } },
      });
      // The first answer says so, the second message is timed by it.
      await provider.reload();
      await provider.reload();
      return at.clock.pendingMs;
    };
    expect(at.clock.pendingMs).toEqual([30_000]);
    expect(await heartbeat(10n)).toEqual([10_000]);
    expect(await heartbeat(3600n)).toEqual([90_000]);
    expect(await heartbeat(0n)).toEqual([]);
    const before = at.server.messages.length;
    expect(await heartbeat(20n)).toEqual([20_000]);
    const beat = at.server.next();
    at.clock.advance(20_000);
    await beat;
    expect(at.server.messages.slice(before).map(partsOf)).toEqual([[], [], []]);
  });

  test("a server that never answers is left after the timeout", async () => {
    at.server.answer = () => "nothing";
    const asked = at.server.next();
    at.providerOf({ timeoutMs: 700 }).start(at.host);
    await asked;
    await turn();
    const failed = at.host.next("failed");
    at.clock.advance(700);
    await failed;
    expect(at.host.told).toEqual([
      "failed no answer within 700 ms (timeout_ms); check the control plane",
    ]);
  });

  test("one that answers a heartbeat with nothing but a pong is alive", async () => {
    const provider = await at.settled({ timeoutMs: 700 });
    at.server.answer = () => "nothing";
    const beat = at.server.next();
    at.clock.advance(30_000);
    await beat;
    while (at.clock.pendingMs.includes(700)) await turn();
    at.clock.advance(700);
    await turn();
    expect(at.host.news).toEqual(["offer a"]);
    at.server.answer = undefined;
    await provider.reload();
    expect(at.server.sockets.size).toBe(1);
  });

  test.each([
    [
      "text",
      (send: (data: string | Uint8Array) => unknown) => send("hello"),
      "the server sent text",
    ],
    [
      "what is no message",
      (send: (data: string | Uint8Array) => unknown) => send(new Uint8Array([0, 0x0a, 200])),
      "not a message of OpAMP: ",
    ],
    [
      "more than is read",
      (send: (data: string | Uint8Array) => unknown) => send(new Uint8Array(1001)),
      "is larger than 1000 bytes",
    ],
  ] as const)("%s ends the connection", async (_, act, reason) => {
    await at.settled({ messageBytesMax: 1000 });
    const failed = at.host.next("failed");
    for (const socket of at.server.sockets) act((data) => socket.send(data));
    await failed;
    expect(at.host.told.at(-1)).toContain(reason);
  });
});

describe("over HTTP", () => {
  beforeEach(() => {
    at = new OpampSetup("http");
  });

  test("polls are as far apart as the server wants, and never end", async () => {
    const provider = await at.settled();
    const poll = async (seconds: bigint) => {
      at.server.answer = ({ instanceUid }) => ({
        instanceUid,
        connectionSettings: { opamp: { heartbeatIntervalSeconds: seconds } },
      });
      await provider.reload();
      return at.clock.pendingMs;
    };
    expect(await poll(10n)).toEqual([10_000]);
    expect(await poll(0n)).toEqual([30_000]);
  });

  test("a server that offers another configuration with each answer is asked so often at once", async () => {
    let count = 0;
    at.server.answer = ({ instanceUid }) => ({
      instanceUid,
      remoteConfig: configOf(`p${count++}`),
    });
    const due = at.server.next((message) => message.sequenceNum === 20n);
    await at.first("offer p0");
    await due;
    while (!at.clock.pendingMs.includes(30_000)) await turn();
    for (let i = 0; i < 20; i++) await turn();
    expect(at.server.messages.length).toBe(20);
    const later = at.server.next();
    at.clock.advance(30_000);
    await later;
  });

  test("a response of another kind is a failure", async () => {
    at.server.refuse = () => new Response("<html>");
    await at.first("failed");
    expect(at.host.told).toEqual([expect.stringMatching(/^failed not a message of OpAMP: /)]);
  });
});
