// A worker that fails, ends or hangs costs at most the requests that it held, and is replaced.

import { describe, expect, test } from "bun:test";
import { inParallel, PoolHarness, statuses, until } from "./pool-harness.ts";
import type { ServingWorker } from "../../../src/runtime/workers/serving-worker.ts";
import { rate, severityPolicy } from "./severity-policy.ts";

const DEBUG = ["DEBUG", "DEBUG", "DEBUG"];
const DROP_DEBUG = severityPolicy("drop", "DEBUG", { kind: "none" });

describe("a worker that is ended", () => {
  test("costs the requests that it held, and no others", async () => {
    await using pool = await PoolHarness.start({ policies: [DROP_DEBUG] });
    await pool.threads(2);
    const width = 6;
    const load = inParallel(300, width, (i) => {
      if (i === 50) pool.pool.serving[0]?.terminate();
      return pool.post(DEBUG);
    });
    await pool.bus.first("worker.replaced");
    const answers = await load;
    const answered = answers.filter(({ status }) => status === 200).length;
    // The runtime answers 503 to what arrives while it ends a thread.
    const { 200: _, 503: refused = 0, 0: cut = 0, ...others } = statuses(answers);
    expect([others, answered + refused + cut]).toEqual([{}, 300]);
    expect(refused + cut).toBeLessThanOrEqual(width);
    // What it had judged before it ended is counted; what it never got is not.
    expect(pool.hits("drop")).toBeGreaterThanOrEqual(answered * 3);
    expect(pool.hits("drop")).toBeLessThanOrEqual(900);
    expect([pool.hits("drop") % 3, pool.received()]).toEqual([0, 0]);
  });

  test("is replaced by one that has the policies before it takes a request", async () => {
    await using pool = await PoolHarness.start({ policies: [DROP_DEBUG] });
    const [first] = pool.pool.serving;
    first?.terminate();
    const load = inParallel(200, 4, () => pool.post(["DEBUG"]));
    await pool.bus.first("worker.replaced");
    await load;
    await inParallel(50, 4, () => pool.post(["DEBUG"]));
    expect(pool.received()).toBe(0);
  });

  test("leaves its rate limits, counts and events behind", async () => {
    await using pool = await PoolHarness.start({
      policies: [severityPolicy("r", "DEBUG", rate(10))],
    });
    await pool.threads(2);
    await inParallel(12, 4, () => pool.post(DEBUG));
    for (const worker of pool.pool.serving) worker.terminate();
    await pool.bus.first("worker.replaced");
    await until(() => pool.pool.serving.length === 2);
    await inParallel(12, 4, () => pool.post(DEBUG));
    expect([pool.received(), pool.hits("r")]).toEqual([10, 72]);
    const judged = pool.bus.of("records.evaluated").reduce((sum, { records }) => sum + records, 0);
    expect(judged).toBe(72);
  });

  test("is not waited for by a set that is being put in force", async () => {
    await using pool = await PoolHarness.start();
    const load = pool.load([DROP_DEBUG]);
    for (const worker of pool.pool.serving) worker.terminate();
    expect((await load).version).toBe(1);
    await pool.bus.first("worker.replaced");
    await inParallel(10, 2, () => pool.post(["DEBUG"]));
    expect(pool.received()).toBe(0);
  });
});

describe("a worker that failed and serves on", () => {
  test("is waited for by a set that is being put in force", async () => {
    await using pool = await PoolHarness.start();
    const workers = pool.pool.serving;
    for (const worker of workers) worker.phase = "failed";
    // So many that none can have it in the moment in which the last part is sent.
    const others = Array.from({ length: 2000 }, (_, i) =>
      severityPolicy(`p${i}`, `S${i}`, { kind: "none" }),
    );
    await pool.load([DROP_DEBUG, ...others]);
    expect(workers.map(({ version }) => version)).toEqual([1, 1]);
    await inParallel(12, 4, () => pool.post(["DEBUG"]));
    expect(pool.received()).toBe(0);
  });

  test("is not waited for when it takes no sets any more", async () => {
    await using pool = await PoolHarness.start();
    await pool.threads(2);
    const hung = pool.get("/test/hang");
    for (const worker of pool.pool.serving) worker.takesSets = false;
    expect((await pool.load([DROP_DEBUG])).version).toBe(1);
    for (const worker of pool.pool.serving) worker.terminate();
    await hung;
  });
});

describe("a worker that hangs", () => {
  test("is ended and replaced, while the others serve", async () => {
    await using pool = await PoolHarness.start({ silentLooksMax: 20 });
    await pool.threads(2);
    const hung = pool.get("/test/hang");
    const { reason } = await pool.bus.first("worker.failed");
    expect(reason).toBe("it gave no sign of life");
    await pool.bus.first("worker.replaced");
    expect(await hung).toEqual({ status: 0, text: "socket hang up" });
    expect((await pool.threads(2)).size).toBe(2);
  });
});

describe("failures in a row", () => {
  test("are each answered after twice the time, and told with the reason", async () => {
    await using pool = await PoolHarness.start();
    const mine = (): number[] => {
      const failures = pool.bus.of("worker.failed").filter(({ worker }) => worker === 1);
      return failures.map(({ restartMs }) => restartMs);
    };
    for (let failures = 1; failures <= 3; failures++) {
      const find = (): ServingWorker | undefined =>
        pool.pool.serving.find(({ number }) => number === 1);
      await until(() => find() !== undefined);
      find()?.terminate();
      await until(() => mine().length === failures);
    }
    expect(mine()).toEqual([100, 200, 400]);
  });
});

describe("stopping", () => {
  test("answers what is in flight, takes nothing new, and ends every worker", async () => {
    await using pool = await PoolHarness.start();
    await pool.threads(2);
    const held: (() => void)[] = [];
    const arrived = Promise.withResolvers<void>();
    pool.upstream.respond = ({ socket }) => {
      held.push(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
      if (held.length === 4) arrived.resolve();
      return undefined;
    };
    const waiting = [1, 2, 3, 4].map(() => pool.get("/any"));
    await arrived.promise;
    const drained = pool.listener.drain();
    await until(async () => (await pool.get("/_health")).status === 0);
    for (const answer of held) answer();
    expect(statuses(await Promise.all(waiting))).toEqual({ 200: 4 });
    await drained;
    expect([pool.pool.serving.length, pool.listener.pending]).toEqual([0, 0]);
    const answered = pool.bus.of("request.completed").filter(({ status }) => status === 200);
    expect(answered.length).toBeGreaterThanOrEqual(4);
  });

  test("cuts what is left when it is told to", async () => {
    await using pool = await PoolHarness.start();
    const arrived = Promise.withResolvers<void>();
    pool.upstream.respond = () => {
      arrived.resolve();
      return undefined;
    };
    const waiting = pool.get("/any");
    await arrived.promise;
    void pool.listener.drain();
    await pool.listener.abort();
    expect([(await waiting).status, pool.pool.serving.length]).toEqual([0, 0]);
  });

  test("replaces no worker any more", async () => {
    await using pool = await PoolHarness.start();
    pool.pool.serving[0]?.terminate();
    await pool.bus.first("worker.failed");
    await pool.listener.drain();
    expect(pool.bus.of("worker.replaced")).toEqual([]);
  });
});
