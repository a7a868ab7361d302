// Limits that hold over several compiled instances with one store. Each burst lies within one
// window, so that what passes of it can be counted to the record.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startProgram } from "../../support/e2e-program.ts";
import { REDIS_SERVER, RedisServer } from "../../support/limits/redis-server.ts";
import { CLIENTS, Fleet } from "./fleet.ts";
import { limitPolicies } from "./records.ts";

const LIMIT = { "tenant-a": 100 };

async function bursts(fleet: Fleet, count: number, urls?: string[]): Promise<object[]> {
  const passed: object[] = [];
  for (let i = 0; i < count; i++) passed.push(await fleet.burst(urls));
  return passed;
}

describe.skipIf(REDIS_SERVER === undefined)(
  `100/s over two instances, ${CLIENTS} clients (valkey-server or redis-server; skipped without)`,
  () => {
    let store: RedisServer;
    let fleet: Fleet;

    beforeAll(async () => {
      store = await RedisServer.start({ password: "pass-word" });
      const policies = limitPolicies("100/s");
      fleet = await Fleet.start({ instances: 2, storeUrl: store.url, policies });
    }, 120_000);
    afterAll(async () => {
      await fleet[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    });

    test("passes 100 in each window, whichever instances the records come to", async () => {
      const [one, other] = [[fleet.urls[0]!], [fleet.urls[1]!]];
      const passed = [
        ...(await bursts(fleet, 3)),
        ...(await bursts(fleet, 2, one)),
        ...(await bursts(fleet, 2, other)),
      ];
      expect(passed).toEqual(passed.map(() => LIMIT));
    }, 60_000);

    test("loses nothing that the limit allows when the store is killed, hangs and is back", async () => {
      const passed: object[] = [];
      await store.kill();
      passed.push(...(await bursts(fleet, 3)));
      await store.start();
      passed.push(...(await bursts(fleet, 3)));
      store.hang();
      passed.push(...(await bursts(fleet, 3)));
      store.goOn();
      passed.push(...(await bursts(fleet, 3)));
      expect(passed).toEqual(passed.map(() => LIMIT));
      for (const { output } of fleet.programs) {
        const said = [...output.matchAll(/"event":"shared_limits\.(\w+)"/g)].map(
          ([, what]) => what,
        );
        expect(said.slice(0, 5)).toEqual(["shared", "away", "shared", "away", "shared"]);
        expect(output).not.toContain("pass-word");
      }
    }, 60_000);

    test("counts how windows began, and who shares them", async () => {
      const texts = await Promise.all(
        fleet.urls.map(async (url) => (await fetch(`${url}/_edge/metrics`)).text()),
      );
      const valueOf = (text: string, series: string): number =>
        Number(
          text
            .split("\n")
            .find((line) => line.startsWith(`${series} `))
            ?.split(" ")[1],
        );
      for (const text of texts) {
        expect(valueOf(text, "edge_shared_limits_connected")).toBe(1);
        expect(valueOf(text, "edge_shared_limits_members")).toBe(2);
        for (const tokens of ["lease", "share"]) {
          const series = `edge_shared_limits_windows_total{tokens="${tokens}"}`;
          expect(valueOf(text, series)).toBeGreaterThan(0);
        }
        const failed = 'edge_shared_limits_failures_total{reason="connection"}';
        expect(valueOf(text, failed)).toBeGreaterThan(0);
      }
    });

    test("one instance that is told to stop leaves the limit to the others", async () => {
      const [leaving] = fleet.programs.splice(0, 1);
      fleet.urls.shift();
      leaving!.signal("SIGTERM");
      expect(await leaving!.exited).toBe(0);
      await leaving![Symbol.asyncDispose]();
      expect(await bursts(fleet, 3)).toEqual([LIMIT, LIMIT, LIMIT]);
    }, 60_000);
  },
);

describe.skipIf(REDIS_SERVER === undefined)("several workers and keys", () => {
  test("20/s for each tenant over two instances with two workers each", async () => {
    await using store = await RedisServer.start();
    await using fleet = await Fleet.start({
      instances: 2,
      storeUrl: store.url,
      policies: limitPolicies("20/s", true),
      config: { worker_count: 2 },
    });
    const tenants = ["tenant-a", "tenant-b", "tenant-c"];
    const passed: object[] = [];
    for (let i = 0; i < 4; i++) passed.push(await fleet.burst(fleet.urls, tenants));
    // In the first window no instance can know which keys the other one sees.
    const limits = { "tenant-a": 20, "tenant-b": 20, "tenant-c": 20 };
    expect(passed.slice(1)).toEqual([limits, limits, limits]);
  }, 120_000);
});

test("without a store an instance starts, limits by itself and says so", async () => {
  await using fleet = await Fleet.start({
    instances: 1,
    storeUrl: "redis://:pass-word@127.0.0.1:1/0",
    policies: limitPolicies("100/s"),
  });
  expect(await bursts(fleet, 2)).toEqual([LIMIT, LIMIT]);
  const { output } = fleet.programs[0]!;
  const away = output.split("\n").filter((line) => line.includes("shared_limits.away"));
  expect(away).toHaveLength(1);
  expect(away[0]).toContain('"level":"err"');
  expect(output).not.toContain("pass-word");
}, 120_000);

test("a store's URL that is none is told at once, without its password", async () => {
  const config = { shared_limits: { url: "http://:pass-word@redis:6379/x" } };
  const files = { "config.json": JSON.stringify(config) };
  await using program = await startProgram("edge", { files, args: ["config.json"] });
  expect(await program.exited).not.toBe(0);
  expect(program.output).toContain("shared_limits.url");
  expect(program.output).not.toContain("pass-word");
}, 120_000);
