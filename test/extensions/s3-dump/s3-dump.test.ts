// From offered records to objects: what is put together, when it is sent, and what is lost.

import { describe, expect, test } from "bun:test";
import { encodeTargetRef } from "../../../src/extensions/s3-dump/target-ref.ts";
import type { OfferedRecord } from "../../../src/policy/index.ts";
import { ARCHIVE, DumpSetup, settled } from "./dump-setup.ts";
import { offeredOf, sourceOf } from "./offered.ts";

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => offeredOf(`{"n":${from + i}}`));

/** Records of 100 bytes of as many policies. */
async function offerOfMany(setup: DumpSetup): Promise<void> {
  const line = `{"n":"${"x".repeat(92)}"}`;
  for (let i = 0; i < 400; i++) {
    const source = sourceOf(`p-${i % 8}`, { kind: "s3", name: "archive" });
    await setup.offer(offeredOf(line, { source }));
  }
  await setup.dump.flush(1000, true);
}

describe("objects", () => {
  test("hold the records of one target, signal and policy, under a key that says so", async () => {
    const other = { name: "other", bucket: "c", prefix: "pre/" };
    const setup = await offering({ targets: [ARCHIVE, other] }, [
      offeredOf('{"n":1}'),
      offeredOf('{"n":2}', { source: sourceOf("a/b ü", { kind: "s3", name: "archive" }) }),
      offeredOf('{"n":3}'),
      offeredOf('{"n":4}', { source: sourceOf("p", { name: "other" }, { signal: "trace" }) }),
    ]);
    await setup.dump.flush(1000, true);
    const puts = setup.store.puts.map(({ target, key, lines }) => {
      const [, start, nanos, rest] = /^(.*-)(\d{19})-(\d+-i-1-[0-9a-f]{8}\.ndjson)$/.exec(key)!;
      expect(BigInt(nanos!) / 1_000_000n).toBe(BigInt(setup.clock.nowMs));
      return [target, start!, rest!.split("-")[0]!, ...lines];
    });
    expect(puts).toEqual([
      ["archive", "log/2026/01/02/03/p-", "1", '{"n":1}', '{"n":3}'],
      ["other", "pre/trace/2026/01/02/03/p-", "3", '{"n":4}'],
      ["archive", "log/2026/01/02/03/a_b__-", "2", '{"n":2}'],
    ]);
    expect(setup.eventsOf("dump.uploaded")).toHaveLength(3);
  });

  test("are sealed by their number of records, by their size, and by their age", async () => {
    const setup = new DumpSetup({ max_batch_records: 3, max_batch_bytes: 40 });
    await setup.offer(...numbered(1, 4));
    expect(setup.store.puts.map(({ lines }) => lines.length)).toEqual([3]);
    await setup.offer(offeredOf(`{"n":"${"x".repeat(28)}"}`));
    expect(setup.store.puts.map(({ lines }) => lines.length)).toEqual([3, 1]);
    await setup.advance(29_999);
    expect(setup.store.puts).toHaveLength(2);
    await setup.advance(1);
    expect(setup.store.puts.map(({ lines }) => lines.length)).toEqual([3, 1, 1]);
    expect(setup.lost()).toEqual({});
  });

  test("take a record that fits exactly, and none that is a byte longer", async () => {
    const setup = new DumpSetup({ max_batch_bytes: 10 });
    await setup.offer(offeredOf('{"n":123}'), offeredOf('{"n":1234}'));
    await setup.dump.flush(1000, true);
    expect(setup.store.lines).toEqual(['{"n":123}']);
    expect(setup.lost()).toEqual({ record_too_large: 1 });
  });

  test("that failed are sent again under the same key, after pauses that double", async () => {
    const setup = new DumpSetup({ max_batch_records: 1 });
    setup.store.failures.push("first", "second");
    await setup.offer(...numbered(1, 1));
    const pauses = () =>
      setup.eventsOf("dump.failed").map((event) => (event as { pauseMs: number }).pauseMs);
    expect([setup.store.attempts, pauses()]).toEqual([1, [500]]);
    await setup.advance(499);
    expect(setup.store.attempts).toBe(1);
    await setup.advance(1);
    expect([setup.store.attempts, pauses()]).toEqual([2, [500, 1000]]);
    await setup.advance(1000);
    expect(setup.store.lines).toEqual(['{"n":1}']);
    expect(setup.eventsOf("dump.failed")[0]).toEqual({
      target: "archive",
      reason: "first",
      pauseMs: 500,
    });
  });

  test("are sent max_attempts times in a row before there is a pause", async () => {
    const setup = new DumpSetup({ max_batch_records: 1, max_attempts: 3 });
    setup.store.failures.push("1", "2", "3");
    await setup.offer(...numbered(1, 1));
    expect([setup.store.attempts, setup.store.lines]).toEqual([3, []]);
    await setup.advance(500);
    expect([setup.store.attempts, setup.store.lines]).toEqual([4, ['{"n":1}']]);
  });

  test("are sent no sooner than their server asks for, within half a minute", async () => {
    const setup = new DumpSetup({ max_batch_records: 1 });
    setup.store.failures.push(
      Object.assign(new Error("slow down"), { askedMs: 7000 }),
      Object.assign(new Error("slow down"), { askedMs: 3_600_000 }),
    );
    await setup.offer(...numbered(1, 1));
    await setup.advance(7000);
    const pauses = setup.eventsOf("dump.failed").map((one) => (one as { pauseMs: number }).pauseMs);
    expect(pauses).toEqual([7000, 30_000]);
  });

  test("of one target do not wait for those of another that is away", async () => {
    const setup = new DumpSetup({
      max_batch_records: 1,
      targets: [ARCHIVE, { name: "other", bucket: "b" }],
    });
    setup.store.failures.push("away");
    await setup.offer(offeredOf("{}"));
    await setup.offer(offeredOf('{"n":2}', { source: sourceOf("p", { name: "other" }) }));
    expect(setup.store.puts.map(({ target }) => target)).toEqual(["other"]);
  });

  test("that fit into memory are all sent when the target is back; others are counted", async () => {
    const line = `{"n":"${"x".repeat(100)}"}`;
    const setup = new DumpSetup({ max_sealed_bytes: 2000, max_batch_bytes: 200 });
    setup.store.isDead = true;
    for (let i = 0; i < 40; i++) await setup.offer(offeredOf(line));
    const lost = setup.lost()["backlog_full"] ?? 0;
    expect(lost).toBeGreaterThan(10);
    expect(setup.store.lines).toEqual([]);
    setup.store.isDead = false;
    await setup.dump.flush(1000, true);
    expect(setup.store.lines).toHaveLength(40 - lost);
    await setup.offer(offeredOf(line));
    await setup.dump.flush(1000, true);
    expect([setup.store.lines.length, setup.lost()]).toEqual([41 - lost, { backlog_full: lost }]);
  });
});

/** Records in open objects. */
async function offering(block: object, records: readonly OfferedRecord[]) {
  const setup = new DumpSetup(block);
  await setup.offer(...records);
  return setup;
}

test("of many policies objects are sent before those that are open fill the memory", async () => {
  const setup = new DumpSetup({ max_sealed_bytes: 20_000, max_batch_bytes: 10_000 });
  await offerOfMany(setup);
  expect([setup.lost(), setup.store.lines.length]).toEqual([{}, 400]);
  expect(setup.store.puts.length).toBeLessThan(50);
});

describe("a flush", () => {
  test("leaves what is not due, unless it is forced", async () => {
    const setup = await offering({}, numbered(1, 1));
    await setup.dump.flush(1000, false);
    expect(setup.store.puts).toEqual([]);
    setup.clock.advance(30_000);
    await setup.offer(...numbered(2, 1));
    await setup.dump.flush(1000, true);
    expect(setup.store.lines).toEqual(['{"n":1}', '{"n":2}']);
  });

  test("that is not forced gives up after one attempt, one that is after its time", async () => {
    const setup = await offering({ max_batch_records: 1 }, []);
    setup.store.isDead = true;
    await setup.offer(...numbered(1, 1));
    await setup.dump.flush(1000, false);
    expect(setup.store.attempts).toBe(2);
    let isDone = false;
    void setup.dump.flush(700, true).then(() => (isDone = true));
    await settled();
    expect([setup.store.attempts, isDone]).toEqual([3, false]);
    await setup.advance(700);
    expect(isDone).toBe(true);
  });

  test("at the end sends all; what cannot be sent is lost and counted", async () => {
    const setup = await offering({}, numbered(1, 2));
    await setup.dump.stop(1000);
    expect(setup.store.lines).toEqual(['{"n":1}', '{"n":2}']);
    const dead = await offering({}, numbered(1, 3));
    dead.store.isDead = true;
    const stopped = dead.dump.stop(1000);
    await settled();
    await dead.advance(1000);
    await stopped;
    expect(dead.lost()).toEqual({ shutdown: 3 });
    expect(dead.clock.pendingMs).toEqual([]);
  });

  test("does not wait longer than its time for a server that says nothing", async () => {
    const setup = await offering({}, numbered(1, 1));
    setup.store.hang = new Promise(() => undefined);
    const stopped = setup.dump.stop(1000);
    await settled();
    await setup.advance(1000);
    await stopped;
    expect(setup.lost()).toEqual({ shutdown: 1 });
  });
});

describe("uses", () => {
  const use = (target: object | undefined, version = "1.0.0") => ({
    ...sourceOf("p", target ?? {}).use,
    version,
  });

  test("must name a target that there is, in a version that is known", () => {
    const { dump } = new DumpSetup();
    expect(dump.faultOf(use({ kind: "s3", name: "archive" }))).toBe(undefined);
    expect(dump.faultOf(use({ name: "archive" }, "1.4.2"))).toBe(undefined);
    expect(dump.faultOf(use({ name: "archive" }, ""))).toBe(undefined);
    expect(dump.faultOf(use({ name: "archive" }, "2.0.0"))).toBe(
      'com.usetero/s3-dump: version "2.0.0" is not supported; use 1.0.0',
    );
    expect(dump.faultOf(use({ kind: "s3", name: "x" }))).toBe(
      'com.usetero/s3-dump: no target s3 "x"; there are s3 "archive"',
    );
    expect(dump.faultOf(use(undefined))).toBe(
      'com.usetero/s3-dump: no target; give one, such as {"kind": "s3", "name": "archive"}',
    );
    const { dump: off } = new DumpSetup({ enabled: false });
    expect(off.faultOf(use({ name: "archive" }))).toBe(
      "com.usetero/s3-dump: s3_dump.enabled is false; nothing is kept",
    );
  });

  test("may name it as the policy spec's message, as well as in JSON", () => {
    const { dump } = new DumpSetup();
    const config = encodeTargetRef({ kind: "s3", name: "archive" });
    expect(dump.faultOf({ ...use({}), config })).toBe(undefined);
  });
});

describe("what control planes are told", () => {
  test("is each target, as a reference; nothing when the extension is switched off", () => {
    const { dump } = new DumpSetup();
    expect(dump.capability()).toEqual([encodeTargetRef({ kind: "s3", name: "archive" })]);
    expect(new DumpSetup({ enabled: false }).dump.capability()).toBe(undefined);
  });
});
