// The first and the last moments of a control plane's provider: the cache, and the last counts.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SYNC_STOP_MARGIN_MS } from "../../../src/core/limits.ts";
import { EventBus } from "../../../src/o11y/index.ts";
import { type HttpProviderOptions, PolicyRegistry } from "../../../src/providers/index.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { FakeHost, status } from "../fake-host.ts";
import { HttpProviderSetup, settled } from "./http-provider-setup.ts";
import { FakeEngine } from "../registry-setup.ts";
import { syncResponse } from "./stub-control-plane.ts";

let at: HttpProviderSetup;
beforeEach(() => {
  at = new HttpProviderSetup();
});
afterEach(() => at.close());

describe("the cache", () => {
  const cached = (): Partial<HttpProviderOptions> => ({ cachePath: join(at.folder, "cache.json") });

  async function fillCache(): Promise<void> {
    await (await at.first("offer a", cached())).stop(0);
    at.host = new FakeHost();
    at.clock = new ManualClock();
  }

  test("is written when a set is in force, for its owner only, and nothing is left beside it", async () => {
    await at.first("offer a", cached());
    const path = join(at.folder, "cache.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).not.toContain("s3cret-token");
    expect([...new Bun.Glob("*").scanSync(at.folder)]).toEqual(["cache.json"]);
  });

  test("gives the first policies when the control plane fails, and is named to it", async () => {
    await fillCache();
    at.stub.answer = () => new Response("", { status: 500 });
    await at.first("failed", cached());
    expect(at.host.told).toEqual(["offer a", "failed status 500; expected 200"]);
    at.stub.answer = () => Response.json(syncResponse(["a"]));
    await at.afterWait("unchanged");
    expect(at.stub.asked.at(-1)!.request).toMatchObject({
      fullSync: true,
      lastSuccessfulHash: "hash of a",
    });
  });

  test("gives the first policies when the control plane is slow, whose answer replaces them", async () => {
    await fillCache();
    const { promise: answer, resolve } = Promise.withResolvers<Response>();
    at.stub.answer = () => answer;
    const fromCache = at.host.next("offer a");
    at.providerOf(cached()).start(at.host);
    await settled();
    at.clock.advance(999);
    await settled();
    expect(at.host.told).toEqual([]);
    at.clock.advance(1);
    await fromCache;
    const fresh = at.host.next("offer b");
    resolve(Response.json(syncResponse(["b"])));
    await fresh;
    expect(at.host.told).toEqual(["offer a", "offer b"]);
  });

  test("is not looked at when the control plane answers in time, nor after it once did", async () => {
    await fillCache();
    at.stub.answer = () => Response.json(syncResponse(["b"]));
    await at.first("offer b", cached());
    at.stub.answer = () => new Response("", { status: 500 });
    await at.afterWait("failed");
    expect(at.host.told).toEqual(["offer b", "failed status 500; expected 200"]);
  });

  test("is not taken for that of the same address with another query", async () => {
    const url = (workspace: string) => `${at.stub.url}?workspace=${workspace}`;
    await (await at.first("offer a", { ...cached(), url: url("one") })).stop(0);
    for (const [workspace, told] of [
      ["one", "offer a"],
      ["two", `cache ${join(at.folder, "cache.json")}: is the cache of another control plane`],
    ] as const) {
      at.host = new FakeHost();
      at.clock = new ManualClock();
      at.stub.answer = () => new Response("", { status: 500 });
      await at.first("failed", { ...cached(), url: url(workspace) });
      expect(at.host.told[0]).toStartWith(told);
    }
  });

  const broken: [string, (text: string) => string, string][] = [
    ["that is no JSON", () => "{", "is not a policy cache; remove it"],
    ["that is null", () => "null", "is not a policy cache of this version; remove it"],
    [
      "of another format",
      (text) => text.replace('"format":1', '"format":2'),
      "is not a policy cache of this version; remove it",
    ],
    [
      "of another control plane",
      (text) => text.replace("/v1/policy/sync", "/other"),
      "is the cache of another control plane; remove it",
    ],
    [
      "whose body was damaged",
      (text) => text.replace('"body":"ey', '"body":"eY'),
      "is damaged; remove it",
    ],
  ];
  for (const [name, damage, reason] of broken)
    test(`a cache ${name} is told and not used`, async () => {
      await fillCache();
      const path = join(at.folder, "cache.json");
      writeFileSync(path, damage(readFileSync(path, "utf8")));
      at.stub.answer = () => new Response("", { status: 500 });
      await at.first("failed", cached());
      expect(at.host.told).toEqual([`cache ${path}: ${reason}`, "failed status 500; expected 200"]);
    });

  test("that cannot be written is told, and the policies are in force all the same", async () => {
    const cachePath = join(at.folder, "none", "cache.json");
    await at.first("cache", { cachePath });
    expect(at.host.told).toEqual([
      "offer a",
      `cache ${cachePath}: cannot be written (ENOENT); check its folder, the rights and the space`,
    ]);
    expect(existsSync(cachePath)).toBe(false);
  });

  test("that could not be written is tried again, told once, with answers that hold the set", async () => {
    const cachePath = join(at.folder, "none", "cache.json");
    await at.first("cache", { cachePath });
    await at.afterWait("unchanged");
    mkdirSync(join(at.folder, "none"));
    at.stub.answer = () => Response.json(syncResponse([], { hash: "hash of a" }));
    await at.afterWait("unchanged");
    expect(existsSync(cachePath)).toBe(false);
    at.stub.answer = () => Response.json(syncResponse(["a"]));
    await at.afterWait("unchanged");
    expect(existsSync(cachePath)).toBe(true);
    expect(at.host.news.length).toBe(2);
  });

  test("that was written is not written again before there is another set", async () => {
    const cachePath = join(at.folder, "cache.json");
    await at.first("offer a", { cachePath });
    rmSync(cachePath);
    await at.afterWait("unchanged");
    expect(existsSync(cachePath)).toBe(false);
    at.stub.answer = () => Response.json(syncResponse(["b"]));
    await at.afterWait("offer b");
    expect(existsSync(cachePath)).toBe(true);
  });
});

describe("stopping", () => {
  test("delivers the last counts, and takes no more policies", async () => {
    const provider = await at.first("offer a");
    at.host.statuses = [status("a", 9)];
    at.stub.answer = () => Response.json(syncResponse(["b"]));
    await provider.stop(1_000);
    expect(at.stub.asked[1]!.request.policyStatuses).toMatchObject([{ id: "a", matchHits: 9n }]);
    expect(at.host.acknowledged).toBe(2);
    expect(at.host.told).toEqual(["offer a"]);
    expect(at.clock.pendingMs).toEqual([]);
    await provider.reload();
    expect(at.stub.asked.length).toBe(2);
  });

  test("tells when the last counts could not be delivered", async () => {
    const provider = await at.first("offer a");
    at.stub.answer = () => new Response("", { status: 503 });
    await provider.stop(1_000);
    expect(at.host.told[1]).toBe(
      "failed the last sync failed, its counts are lost: status 503; expected 200",
    );
  });

  test("waits for a sync on its way for half of the time, and then gives it up", async () => {
    const provider = await at.first("offer a");
    at.stub.answer = (count) =>
      count === 2 ? new Promise<Response>(() => undefined) : Response.json(syncResponse(["a"]));
    at.clock.advance(60_000);
    while (at.stub.asked.length < 2) await settled();
    const stopped = provider.stop(1_000);
    at.clock.advance(499);
    await settled();
    expect(at.stub.asked.length).toBe(2);
    at.clock.advance(1);
    await stopped;
    expect(at.stub.asked.length).toBe(3);
    expect(at.host.news).toEqual(["offer a"]);
  });

  test("gives the last sync no more time than is left", async () => {
    const provider = await at.first("offer a");
    at.stub.answer = () => new Promise<Response>(() => undefined);
    const stopped = provider.stop(300 + SYNC_STOP_MARGIN_MS);
    while (at.stub.asked.length < 2) await settled();
    expect(at.clock.pendingMs).toEqual([300]);
    at.clock.advance(300);
    await stopped;
    expect(at.host.told[1]).toContain("no answer within 300 ms");
  });

  test("tells that nobody answered the last sync before the time to stop is over", async () => {
    const told: string[] = [];
    const bus = new EventBus();
    const loaded = new Promise((resolve) => void bus.on("provider.loaded", resolve));
    bus.on("provider.failed", ({ reason }) => void told.push(reason));
    const registry = new PolicyRegistry({
      engine: new FakeEngine(),
      bus,
      providers: [at.providerOf()],
      schedule: at.clock.schedule,
    });
    registry.start();
    await loaded;
    at.stub.answer = () => new Promise<Response>(() => undefined);
    const stopped = registry.stop(1_000).then(() => told.push("stopped"));
    while (at.stub.asked.length < 2) await settled();
    for (const dueMs of at.clock.pendingMs) {
      at.clock.advance(dueMs - at.clock.nowMs);
      await settled();
    }
    await stopped;
    expect(told).toEqual([
      expect.stringMatching(/^the last sync failed, its counts are lost: no answer within 980 ms/),
      "stopped",
    ]);
  });

  test("before the start is safe", async () => {
    await at.providerOf().stop(1_000);
    expect(at.stub.asked).toEqual([]);
  });
});
