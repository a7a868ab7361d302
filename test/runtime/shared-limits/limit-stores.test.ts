// Both stores of shared limits under the suite of all stores, then what is Redis's own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { LimitStore } from "../../../src/runtime/shared-limits/limit-store.ts";
import { openRedisStore } from "../../../src/runtime/shared-limits/redis-store.ts";
import { MemoryLimits } from "../../support/limits/memory-limit-store.ts";
import { REDIS_SERVER, RedisServer } from "../../support/limits/redis-server.ts";
import { issueCertificates } from "../../support/proxy-certificates.ts";
import { limitStoreSuite } from "../../suites/limit-store-suite.ts";

limitStoreSuite("the store in memory", async () =>
  Promise.resolve(new MemoryLimits(() => Date.now())),
);

const OPTIONS = { keyPrefix: "test:", timeoutMs: 20_000 };
const NOTHING = { member: "a", asksMembers: false, lackingSinceMs: undefined, asks: [], gifts: [] };

describe.skipIf(REDIS_SERVER === undefined)("Redis (or valkey-server; skipped without)", () => {
  let server: RedisServer;
  const stores: LimitStore[] = [];
  let tests = 0;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const store of stores) store.close();
    await server[Symbol.asyncDispose]();
  });

  const open = async (more: Partial<Parameters<typeof openRedisStore>[0]> = {}) => {
    const store = await openRedisStore({ url: server.url, ...OPTIONS, ...more });
    stores.push(store);
    return store;
  };

  limitStoreSuite("the store in Redis", async () => {
    const keyPrefix = `test-${tests++}:`;
    return Promise.resolve({ open: async () => open({ keyPrefix }) });
  });

  test("has no key that stays, and all of them in one slot", async () => {
    const store = await open({ keyPrefix: "bounded:" });
    const limit = { id: "x", count: 5, windowMs: 1000 };
    const own = { limit, name: "k", window: 1, claim: 1, want: 9, announce: 1, lease: 1 };
    const asks = [{ ...own, leaseMax: 5 }];
    await store.call({ ...NOTHING, asksMembers: true, lackingSinceMs: 0, asks });
    const keys = (await server.send("KEYS", "bounded:*")) as string[];
    expect(keys.sort()).toEqual([
      "bounded:{limits}:lacking",
      "bounded:{limits}:members",
      "bounded:{limits}:x:1",
      "bounded:{limits}:x:2",
    ]);
    const times = await Promise.all(keys.map(async (key) => server.send("PTTL", key)));
    expect(times.filter((ms) => Number(ms) <= 0)).toEqual([]);
  });

  test("goes on when the server has forgotten the script", async () => {
    const store = await open();
    await server.send("SCRIPT", "FLUSH");
    expect((await store.call({ ...NOTHING, asksMembers: true })).members).toContain("a");
  });

  test("tells what failed: no server, no answer, a password that is not right", async () => {
    const fault = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => "none",
        (error: unknown) => (error as { fault?: unknown }).fault,
      );
    expect(await fault(open({ url: "redis://127.0.0.1:1" }))).toBe("connection");
    await using locked = await RedisServer.start({ password: "secret" });
    const wrong = locked.url.replace("secret", "guess");
    expect(await fault(open({ url: wrong }))).toBe("connection");
    expect(await fault(open({ url: locked.url }))).toBe("none");
    const store = await open({ url: locked.url, timeoutMs: 50 });
    locked.hang();
    expect(await fault(store.call(NOTHING))).toBe("timeout");
    await locked.kill();
    expect(await fault(store.call(NOTHING))).toBe("connection");
  });

  test("tells a command that the server will not do from a server that is not there", async () => {
    await using full = await RedisServer.start();
    const store = await open({ url: full.url });
    await full.send("CONFIG", "SET", "maxmemory", "1");
    const error = await store.call({ ...NOTHING, asksMembers: true }).catch((why: unknown) => why);
    expect(error).toMatchObject({ fault: "refused", message: expect.stringContaining("OOM") });
  });

  test("trusts a server by its certificate, of an authority that is known", async () => {
    const folder = mkdtempSync(join(tmpdir(), "edge-redis-"));
    const certificates = issueCertificates(folder);
    await using server = await RedisServer.start({ certificates });
    // The runtime reads its authorities as a process starts.
    const connect = (env: Record<string, string>): string => {
      const command = [process.execPath, join(import.meta.dir, "connect.ts"), server.url];
      const { stdout } = Bun.spawnSync(command, { env: { ...process.env, ...env } });
      return stdout.toString().trim();
    };
    expect([connect({}), connect({ NODE_EXTRA_CA_CERTS: certificates.caFile })]).toEqual([
      "connection",
      "connected",
    ]);
    rmSync(folder, { recursive: true });
  });

  test("says which server it is, and never the password", async () => {
    const url = "redis://:hush-hush@127.0.0.1:1/2";
    const error = await open({ url }).catch((reason: unknown) => reason);
    expect(String(error)).toContain("cannot connect to 127.0.0.1:1: nobody listens there");
    expect(String(error)).toContain("user or password are wrong");
    expect(String(error)).not.toContain("hush-hush");
  });
});
