// Records for a keeper in a thread of its own: when that is started, what it is told and tells, and
// what becomes of them when it ends.

import { describe, expect, test } from "bun:test";
import { DUMP_THREAD_PAUSE_MS } from "../../../src/core/limits.ts";
import type { ExtensionThread, RecordCall } from "../../../src/extensions/index.ts";
import type { DumpJob } from "../../../src/extensions/s3-dump/keeper-job.ts";
import { ThreadKeeper } from "../../../src/extensions/s3-dump/keeper-thread.ts";
import { EventBus } from "../../../src/o11y/index.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { OtherThread, readRing } from "../packed-records.ts";
import { configOf } from "../config-of.ts";
import { offeredOf } from "./offered.ts";

const TYPE = "com.usetero/s3-dump";

class FakeThread implements ExtensionThread {
  readonly heard: Record<string, unknown>[] = [];
  isTerminated = false;
  readonly #listeners = new Map<string, (value: never) => void>();

  postMessage(message: unknown): void {
    this.heard.push(message as Record<string, unknown>);
  }

  on(event: string, listener: (value: never) => void): void {
    this.#listeners.set(event, listener);
  }

  say(event: "message" | "error" | "exit", value: unknown): void {
    this.#listeners.get(event)?.(value as never);
  }

  terminate(): void {
    this.isTerminated = true;
    this.say("exit", 1);
  }
}

function setup(block: object = {}) {
  const threads: FakeThread[] = [];
  const jobs: object[] = [];
  const events: unknown[] = [];
  const bus = new EventBus();
  bus.onAny((name, event) => void events.push([name, event]));
  const clock = new ManualClock();
  const { s3Dump: config } = configOf({ upstream_url: "stdout:", s3_dump: block });
  const keeper = new ThreadKeeper({
    config,
    instanceId: "i-1",
    bus,
    startThread: (job) => {
      jobs.push(job);
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
    schedule: clock.schedule,
  });
  const other = new OtherThread(TYPE, 1, (call) => keeper.called(call));
  const offer = (records: number): void =>
    other.offer(Array.from({ length: records }, () => offeredOf("{}")));
  return { keeper, threads, jobs, events, clock, config, offer };
}

/** Takes what is offered, as a keeper does: counts it, and has it in memory then. */
function take(thread: FakeThread, job: object): number {
  const { taken } = job as DumpJob;
  let records = 0;
  for (const message of thread.heard) {
    const { memory } = (message["call"] ?? {}) as Partial<RecordCall>;
    if (memory !== undefined) records += readRing(memory).flat().length;
  }
  Atomics.add(new Int32Array(taken), 0, records);
  return records;
}

const lost = (reason: string, records: number) => [
  "extension.records_lost",
  { extension: TYPE, reason, records },
];

describe("the thread of a keeper", () => {
  test("is started for the first records, with the targets of that moment", () => {
    const { keeper, threads, jobs, config, offer } = setup();
    void keeper.start();
    keeper.showTargets([]);
    expect(threads).toEqual([]);
    offer(2);
    offer(1);
    const [{ taken, ...job } = { taken: undefined }] = jobs as DumpJob[];
    expect([jobs.length, job]).toEqual([1, { kind: "edge.dump", config, instanceId: "i-1" }]);
    expect(taken?.byteLength).toBe(4);
    const [thread] = threads;
    expect(thread!.heard.slice(0, 2).map(({ kind }) => kind)).toEqual(["targets", "call"]);
    expect(take(thread!, jobs[0]!)).toBe(3);
    keeper.showTargets([]);
    expect(thread!.heard.at(-1)).toEqual({ kind: "targets", targets: [] });
  });

  test("is started at once when there is a spool, in which something may be left", () => {
    const { keeper, threads } = setup({ spool_path: "/nowhere" });
    void keeper.start();
    expect(threads.length).toBe(1);
  });

  test.each<[string, (thread: FakeThread, clock: ManualClock) => void]>([
    ["it says that it takes records", (thread) => thread.say("message", { kind: "begun" })],
    ["it has ended", (thread) => thread.say("exit", 1)],
    ["two seconds are over", (_, clock) => clock.advance(2_000)],
  ])("holds up the start, when there is a spool, until %s", async (_, happens) => {
    const { keeper, threads, clock } = setup({ spool_path: "/nowhere" });
    let hasStarted = false;
    const started = keeper.start().then(() => (hasStarted = true));
    clock.advance(1_999);
    await Promise.resolve();
    expect(hasStarted).toBe(false);
    const [thread] = threads;
    if (thread !== undefined) happens(thread, clock);
    await started;
  });

  test("has its events told as if they were of this thread", () => {
    const { threads, events, offer } = setup();
    offer(1);
    const event = { isForced: true };
    threads[0]!.say("message", { kind: "event", name: "dump.flushed", event });
    expect(events).toEqual([["dump.flushed", event]]);
  });

  test("flushes and stops in time, with some of it left to say so, and is ended", async () => {
    const { keeper, threads, clock, offer, events } = setup();
    await keeper.flush(1000, true);
    offer(1);
    const flushed = keeper.flush(400, true);
    const [thread] = threads;
    expect(thread!.heard.at(-1)).toEqual({
      kind: "flush",
      number: 1,
      deadlineMs: 300,
      force: true,
    });
    thread!.say("message", { kind: "done", number: 1 });
    await flushed;
    const stopped = keeper.stop(5000);
    expect(thread!.heard.at(-1)).toEqual({ kind: "stop", number: 2, deadlineMs: 4800 });
    clock.advance(5000);
    await stopped;
    expect([thread!.isTerminated, clock.pendingMs, events]).toEqual([true, [], []]);
  });

  test("has lost what it had not taken when it stopped, and what comes later", async () => {
    const { keeper, threads, jobs, offer, events } = setup();
    offer(1);
    take(threads[0]!, jobs[0]!);
    offer(2);
    const stopped = keeper.stop(5000);
    threads[0]!.say("message", { kind: "done", number: 1 });
    await stopped;
    offer(3);
    expect([threads.length, events]).toEqual([1, [lost("shutdown", 2), lost("shutdown", 3)]]);
  });
});

describe("a thread that ends by itself", () => {
  test("has lost what it had taken and had not sent; its successor takes the rest", () => {
    const { threads, jobs, events, clock, offer } = setup();
    offer(5);
    take(threads[0]!, jobs[0]!);
    const uploaded = { target: "archive", records: 2, bytes: 9 };
    threads[0]!.say("message", { kind: "event", name: "dump.uploaded", event: uploaded });
    events.length = 0;
    offer(4);
    threads[0]!.say("error", new Error("broken by a test"));
    threads[0]!.say("exit", 1);
    const reason = "broken by a test";
    const told = [
      ["extension.failed", { policy: "", extension: TYPE, reason }],
      lost("thread_failed", 3),
    ];
    expect(events).toEqual(told);
    clock.advance(DUMP_THREAD_PAUSE_MS - 1);
    offer(1);
    expect(threads.length).toBe(1);
    clock.advance(1);
    expect([threads.length, take(threads[1]!, jobs[1]!), events]).toEqual([2, 5, told]);
  });

  test("is not replaced when the program stops meanwhile; what waits is lost", async () => {
    const { keeper, threads, clock, events, offer } = setup();
    offer(2);
    threads[0]!.say("exit", 3);
    events.length = 0;
    await keeper.stop(1000);
    clock.advance(DUMP_THREAD_PAUSE_MS);
    expect([threads.length, events]).toEqual([1, [lost("shutdown", 2)]]);
  });

  test("has not lost what is in the spool", () => {
    const { threads, jobs, events, offer } = setup({ spool_path: "/nowhere" });
    offer(5);
    take(threads[0]!, jobs[0]!);
    const name = "dump.spooled";
    threads[0]!.say("message", { kind: "event", name, event: { records: 5, bytes: 9 } });
    threads[0]!.say("exit", 3);
    const reason = "exit code 3";
    expect(events).toEqual([
      [name, { records: 5, bytes: 9 }],
      ["extension.failed", { policy: "", extension: TYPE, reason }],
    ]);
  });

  test("keeps nobody waiting who asked it for something", async () => {
    const { keeper, threads, offer } = setup();
    offer(1);
    const flushed = keeper.flush(1000, true);
    threads[0]!.say("exit", 1);
    await flushed;
  });
});
