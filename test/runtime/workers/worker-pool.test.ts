// Several threads on one port: what holds for all of them together.

import { describe, expect, test } from "bun:test";
import { BindError } from "../../../src/server/listener.ts";
import { METRICS_CONTENT_TYPE } from "../../../src/o11y/index.ts";
import { rawResponse } from "../../support/recording-upstream.ts";
import { inParallel, PoolHarness, statuses, until } from "./pool-harness.ts";
import { brokenPolicy, perSeverity, rate, severityPolicy } from "./severity-policy.ts";

const DEBUG = ["DEBUG", "DEBUG", "DEBUG"];
const DROP_DEBUG = severityPolicy("drop", "DEBUG", { kind: "none" });

describe("policies", () => {
  test("a rate limit passes exactly its count, whichever worker gets the records", async () => {
    await using pool = await PoolHarness.start({
      policies: [severityPolicy("r", "DEBUG", rate(100))],
    });
    expect((await pool.threads(2)).size).toBe(2);
    const answers = await inParallel(80, 8, () => pool.post(DEBUG));
    expect([statuses(answers), pool.received()]).toEqual([{ 200: 80 }, 100]);
  });

  test("a rate limit with a key passes exactly its count of each value", async () => {
    await using pool = await PoolHarness.start({ policies: [perSeverity("r", 20)] });
    await pool.threads(2);
    await inParallel(60, 8, (i) => pool.post([`A${i % 3}`, `B${i % 2}`]));
    expect(pool.received()).toBe(100);
  });

  test("a rate limit goes on in its window when the set is replaced", async () => {
    const limit = severityPolicy("r", "DEBUG", rate(10));
    await using pool = await PoolHarness.start({ policies: [limit] });
    await inParallel(4, 4, () => pool.post(DEBUG));
    await pool.load([limit, severityPolicy("other", "INFO", { kind: "none" })]);
    await inParallel(20, 4, () => pool.post(DEBUG));
    expect(pool.received()).toBe(10);
  });

  test("a rate limit gets back in all workers what the upstream did not take", async () => {
    for (const policy of [severityPolicy("r", "DEBUG", rate(100)), perSeverity("r", 100)]) {
      await using pool = await PoolHarness.start({ policies: [policy] });
      await pool.threads(2);
      const good = pool.upstream.respond;
      pool.upstream.respond = ({ count }) => rawResponse(count % 2 === 0 ? 503 : 404);
      const refused = await inParallel(80, 8, () => pool.post(DEBUG));
      expect(statuses(refused)[200] ?? 0).toBeLessThan(80);
      pool.upstream.respond = good;
      pool.upstream.requests.length = 0;
      await inParallel(80, 8, () => pool.post(DEBUG));
      expect(pool.received()).toBe(100);
    }
  });

  test("each record has one outcome, and all of them are counted", async () => {
    const half = severityPolicy("s", "INFO", { kind: "percent", percent: 0 });
    const policies = [DROP_DEBUG, half, severityPolicy("r", "WARN", rate(7))];
    await using pool = await PoolHarness.start({ policies });
    await pool.threads(2);
    pool.upstream.respond = ({ request }) =>
      rawResponse(request.body.includes("LOST") ? 503 : 200, {}, "{}");
    await inParallel(40, 8, () => pool.post([...DEBUG, "INFO", "INFO", "WARN", "ERROR"]));
    await inParallel(10, 4, () => pool.post(["LOST", "DEBUG"]));
    const { text } = await pool.get("/_edge/metrics");
    const count = (name: string, label: string): number =>
      Number(text.split(`edge_${name}{${label}} `)[1]?.split("\n")[0]);
    const names = ["evaluated", "kept", "dropped", "sampled", "rate_limited", "failed_open"];
    const totals = names.map((n) => count(`policy_records_${n}_total`, 'telemetry="otlp_logs"'));
    expect(totals).toEqual([300, 57, 130, 80, 33, 0]);
    const byPolicy = (name: string) =>
      ["drop", "s", "r"].map((id) => count(name, `policy="${id}"`));
    expect(byPolicy("policy_dropped_total")).toEqual([130, 0, 0]);
    expect(byPolicy("policy_sampled_total")).toEqual([0, 80, 0]);
    expect(byPolicy("policy_rate_limited_total")).toEqual([0, 0, 33]);
    expect(count("lost_total", 'telemetry="otlp_logs",reason="refused"')).toBe(10);
  });

  test("counts are exact", async () => {
    await using pool = await PoolHarness.start({ policies: [DROP_DEBUG] });
    const answers = await inParallel(200, 8, (i) => pool.post(i % 2 === 0 ? DEBUG : ["INFO"]));
    expect(statuses(answers)).toEqual({ 200: 200 });
    expect([pool.hits("drop"), pool.received()]).toEqual([300, 100]);
  });

  test("counts are exact while sets are replaced", async () => {
    await using pool = await PoolHarness.start({ policies: [DROP_DEBUG] });
    const others = Array.from({ length: 8 }, (_, i) => severityPolicy(`o${i}`, "INFO", rate(5)));
    const load = inParallel(150, 6, () => pool.post(DEBUG));
    for (const other of others) await pool.load([DROP_DEBUG, other]);
    await load;
    expect([pool.hits("drop"), pool.received()]).toEqual([450, 0]);
  });

  test("a set is in force in every worker when its replacement ends", async () => {
    await using pool = await PoolHarness.start({ workers: 3 });
    await pool.threads(3);
    await inParallel(6, 3, () => pool.post(["DEBUG"]));
    const { version } = await pool.load([DROP_DEBUG]);
    await inParallel(60, 6, () => pool.post(["DEBUG"]));
    expect([pool.received(), version, pool.hits("drop")]).toEqual([6, 1, 60]);
    expect(pool.pool.threads.policies.snapshot.version).toBe(1);
    await pool.load([]);
    await inParallel(6, 3, () => pool.post(["DEBUG"]));
    expect(pool.received()).toBe(12);
  });

  test("a set of many messages arrives whole", async () => {
    const many = Array.from({ length: 1001 }, (_, i) =>
      severityPolicy(`p${i}`, `S${i}`, { kind: "none" }),
    );
    await using pool = await PoolHarness.start({ policies: many });
    const severities = many.map((_, i) => `S${i}`);
    await inParallel(8, 4, () => pool.post([...severities, "kept"]));
    expect([pool.received(), pool.hits("p0"), pool.hits("p1000")]).toEqual([8, 8, 8]);
  });

  test("a policy with an error is reported and stops none of the others", async () => {
    await using pool = await PoolHarness.start();
    const { policies } = await pool.load([brokenPolicy("bad"), DROP_DEBUG]);
    expect(policies.map(({ id, errors }) => [id, errors.length])).toEqual([
      ["bad", 1],
      ["drop", 0],
    ]);
    await inParallel(8, 4, () => pool.post(DEBUG));
    expect([pool.hits("drop"), pool.received()]).toEqual([24, 0]);
  });
});

describe("what one worker is asked is answered for all", () => {
  test("metrics are summed", async () => {
    await using pool = await PoolHarness.start({ policies: [DROP_DEBUG] });
    await pool.threads(2);
    await inParallel(50, 4, () => pool.post(DEBUG));
    const { status, text } = await pool.get("/_edge/metrics");
    expect(status).toBe(200);
    expect(text).toContain('edge_requests_total{method="post",known_path="v1_logs"} 50\n');
    expect(text).toContain('edge_policy_records_dropped_total{telemetry="otlp_logs"} 150\n');
    expect(text).toContain('edge_policy_hits_total{policy="drop"} 150\n');
    expect(text).toMatch(/^edge_event_loop_delay_seconds_count\{thread="worker"\} [1-9]/m);
    expect(METRICS_CONTENT_TYPE).toStartWith("text/plain");
  });

  test("every worker shows the same policies with the counts of all", async () => {
    await using pool = await PoolHarness.start({ policies: [DROP_DEBUG] });
    await pool.threads(2);
    await inParallel(20, 4, () => pool.post(DEBUG));
    const pages = await inParallel(8, 4, () => pool.get("/_edge/policies"));
    expect(new Set(pages.map(({ text }) => text)).size).toBe(1);
    expect(pages[0]?.text).toContain("hits=60");
  });

  test("an unknown page is none, and a path that only begins alike is not ours", async () => {
    await using pool = await PoolHarness.start();
    expect((await pool.get("/_edge/none")).status).toBe(404);
    for (const path of [
      "//_edge/metrics",
      "/%5fedge/metrics",
      "/_edge//metrics/",
      "/x%2F..%2f_edge;a/metrics",
    ]) {
      expect((await pool.get(path)).status).toBe(200);
    }
    await pool.get("/_edgeware");
    expect(pool.upstream.requests.map(({ target }) => target)).toEqual(["/_edgeware"]);
  });

  test("readiness is that of the program, in every worker", async () => {
    await using pool = await PoolHarness.start();
    const seen = async (): Promise<Record<string, number>> =>
      statuses(await inParallel(10, 5, () => pool.get("/_ready")));
    const answers = (status: number) => async (): Promise<boolean> =>
      (await pool.get("/_ready")).status === status;
    await until(answers(200));
    expect(await seen()).toEqual({ 200: 10 });
    pool.isReady = false;
    await until(answers(503));
    expect([await seen(), (await pool.get("/_health")).status]).toEqual([{ 503: 10 }, 200]);
  });

  test("readiness ends everywhere with the notice", async () => {
    await using pool = await PoolHarness.start();
    await pool.threads(2);
    await until(async () => (await pool.get("/_ready")).status === 200);
    pool.isReady = false;
    pool.pool.announceDrain();
    expect(statuses(await inParallel(6, 6, () => pool.get("/_ready")))).toEqual({ 503: 6 });
  });

  test("a tap shows the records of all workers", async () => {
    await using pool = await PoolHarness.start({
      policies: [DROP_DEBUG],
      config: { tap_enabled: true },
    });
    await pool.threads(2);
    const tap = pool.get("/_edge/tap/pre?n=24");
    await pool.bus.first("tap.opened");
    while (pool.bus.of("tap.closed").length === 0) await inParallel(4, 4, () => pool.post(DEBUG));
    const { status, text } = await tap;
    const lines = text.split("\n").filter((line) => line.includes('"drop"'));
    expect([status, lines.length]).toEqual([200, 24]);
  });
});

test("all workers are asked where a trace went", async () => {
  await using pool = await PoolHarness.start({
    policies: [DROP_DEBUG],
    config: { admin: { find: true } },
  });
  await pool.threads(2);
  const id = "1".repeat(32);
  await inParallel(8, 4, () => pool.post(DEBUG, {}, id));
  const { text } = await pool.get(`/_edge/find?trace_id=${id}`);
  expect(JSON.parse(text)).toMatchObject({
    verdict: "dropped",
    threads: { asked: 2, answered: 2 },
    found: [{ policy: "drop" }],
  });
  const never = await pool.get(`/_edge/find?trace_id=${"2".repeat(32)}`);
  expect(JSON.parse(never.text)).toMatchObject({ verdict: "never_seen" });
});

describe("requests in flight", () => {
  test("are counted over all workers against max_connections", async () => {
    await using pool = await PoolHarness.start({
      config: { max_connections: 3, upstream_timeouts: { connect_ms: 500 } },
    });
    await pool.threads(2);
    const held: (() => void)[] = [];
    const arrived = Promise.withResolvers<void>();
    pool.upstream.respond = ({ socket }) => {
      held.push(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
      if (held.length === 3) arrived.resolve();
      return undefined;
    };
    const waiting = [1, 2, 3].map(() => pool.get("/any"));
    await arrived.promise;
    const refused = await inParallel(10, 10, () => pool.get("/any"));
    expect([statuses(refused), pool.listener.pending >= 3]).toEqual([{ 503: 10 }, true]);
    expect((await pool.get("/_health")).status).toBe(200);
    for (const answer of held) answer();
    expect(statuses(await Promise.all(waiting))).toEqual({ 200: 3 });
    pool.upstream.respond = () => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    expect(statuses(await inParallel(30, 3, () => pool.get("/any")))).toEqual({ 200: 30 });
  });
});

describe("start", () => {
  test("fails on a port that somebody has, also when they would share it", async () => {
    for (const reusePort of [false, true]) {
      using other = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        reusePort,
        fetch: () => new Response("other"),
      });
      const started = PoolHarness.start({ config: { listen_port: other.port } });
      const error = await started.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(BindError);
      expect((error as BindError).where).toBe(`127.0.0.1:${other.port}`);
    }
  });

  test("fails when a worker cannot run", async () => {
    const started = PoolHarness.start({ entry: "/nowhere/at-all.ts" });
    expect(started).rejects.toThrow(/^worker [12] ended at its start: /);
    await started.catch(() => undefined);
  });

  test("fails when a worker gives no sign of life", async () => {
    const entry = new URL("./silent-entry.ts", import.meta.url).pathname;
    const started = PoolHarness.start({ entry, silentLooksMax: 15 });
    const error = await started.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toMatch(/worker [12] ended at its start: it gave no sign of life$/);
  });

  test("tells the port that the system chose", async () => {
    await using pool = await PoolHarness.start();
    expect(pool.url).toBe(`http://127.0.0.1:${pool.listener.port}`);
    expect(pool.listener.port).toBeGreaterThan(0);
  });
});
