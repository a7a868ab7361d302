// Records for a keeper in a thread of its own: when that is started, what it is told and tells, and
// what becomes of them when it ends.

import { describe, expect, test } from "bun:test";
import { DUMP_THREAD_PAUSE_MS } from "../../../src/core/limits.ts";
import type { ExtensionThread } from "../../../src/extensions/index.ts";
import { ThreadKeeper } from "../../../src/extensions/s3-dump/keeper-thread.ts";
import { EventBus } from "../../../src/o11y/index.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { forwarded } from "../packed-records.ts";
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
    monotonicMs: clock.now,
  });
  let taken = 0;
  const take = (records: number): void => {
    const batch = Array.from({ length: records }, () => offeredOf("{}"));
    keeper.take(forwarded(TYPE, batch), () => taken++);
  };
  return { keeper, threads, jobs, events, clock, config, take, taken: () => taken };
}

const lost = (reason: string, records: number) => [
  "extension.records_lost",
  { extension: TYPE, reason, records },
];

describe("the thread of a keeper", () => {
  test("is started for the first records, with the targets of that moment", () => {
    const { keeper, threads, jobs, config, take, taken } = setup();
    keeper.start();
    keeper.showTargets([]);
    expect(threads).toEqual([]);
    take(2);
    take(1);
    expect(jobs).toEqual([{ kind: "edge.dump", config, instanceId: "i-1" }]);
    expect(threads[0]!.heard.map(({ kind }) => kind)).toEqual(["targets", "take", "take"]);
    expect(taken()).toBe(0);
    threads[0]!.say("message", { kind: "taken" });
    expect(taken()).toBe(1);
    keeper.showTargets([]);
    expect(threads[0]!.heard.at(-1)).toEqual({ kind: "targets", targets: [] });
  });

  test("is started at once when there is a spool, in which something may be left", () => {
    const { keeper, threads } = setup({ spool_path: "/nowhere" });
    keeper.start();
    expect(threads.length).toBe(1);
  });

  test("has its events told as if they were of this thread", () => {
    const { threads, events, take } = setup();
    take(1);
    const event = { isForced: true };
    threads[0]!.say("message", { kind: "event", name: "dump.flushed", event });
    expect(events).toEqual([["dump.flushed", event]]);
  });

  test("flushes and stops in time, with some of it left to say so, and is ended", async () => {
    const { keeper, threads, clock, take, events } = setup();
    await keeper.flush(1000, true);
    take(1);
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
    take(3);
    expect([threads.length, events]).toEqual([1, [lost("shutdown", 3)]]);
  });
});

describe("a thread that ends by itself", () => {
  test("has lost what had not arrived, and is replaced for the next records after a while", () => {
    const { threads, events, clock, take, taken } = setup();
    take(5);
    const uploaded = { target: "archive", records: 2, bytes: 9 };
    threads[0]!.say("message", { kind: "event", name: "dump.uploaded", event: uploaded });
    events.length = 0;
    threads[0]!.say("error", new Error("broken by a test"));
    threads[0]!.say("exit", 1);
    const reason = "broken by a test";
    expect([taken(), events]).toEqual([
      1,
      [["extension.failed", { policy: "", extension: TYPE, reason }], lost("thread_failed", 3)],
    ]);
    clock.advance(DUMP_THREAD_PAUSE_MS - 1);
    take(1);
    expect([threads.length, events.at(-1), taken()]).toEqual([1, lost("thread_failed", 1), 2]);
    clock.advance(1);
    take(1);
    expect(threads.length).toBe(2);
  });

  test("has not lost what is in the spool", () => {
    const { threads, events, take } = setup({ spool_path: "/nowhere" });
    take(5);
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
    const { keeper, threads, take } = setup();
    take(1);
    const flushed = keeper.flush(1000, true);
    threads[0]!.say("exit", 1);
    await flushed;
  });
});
