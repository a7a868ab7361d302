// What is done at an invocation, by the wall clock, and for how long.

import { describe, expect, test } from "bun:test";
import type { FlushStrategy } from "../../src/lambda/flush-strategy.ts";
import { InvokeWork } from "../../src/lambda/invoke-work.ts";

class Setup {
  nowMs = 1_000_000;
  readonly done: string[] = [];
  isGood = true;
  hang = false;
  readonly work: InvokeWork;

  constructor(strategy: FlushStrategy = { kind: "end" }, syncIntervalMs = 60_000) {
    this.work = new InvokeWork({
      strategy,
      syncIntervalMs,
      sync: async () => void this.done.push("sync"),
      flush: async (deadlineMs) => {
        this.done.push(`flush ${deadlineMs}`);
        if (this.hang) await new Promise(() => undefined);
        return this.isGood;
      },
      nowMs: () => this.nowMs,
      // Time is over when all that can be done is done.
      pause: () => new Promise((resolve) => void setImmediate(resolve)),
    });
  }

  /** What one invocation does; it has so long to run. */
  async invoke(leftMs = 10_000): Promise<string[]> {
    this.done.length = 0;
    await this.work.run(this.nowMs + leftMs);
    return [...this.done];
  }
}

describe("an invocation", () => {
  test("sends what is due, and syncs when the interval has passed on the wall clock", async () => {
    const setup = new Setup();
    expect(await setup.invoke()).toEqual(["flush 1000"]);
    setup.nowMs += 59_999;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
    setup.nowMs += 1;
    expect(await setup.invoke()).toEqual(["sync", "flush 1000"]);
    expect(await setup.invoke()).toEqual(["flush 1000"]);
  });

  test("without a control plane syncs nothing", async () => {
    const setup = new Setup({ kind: "end" }, 0);
    setup.nowMs += 1e9;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
  });

  test("is prolonged by no more than a second, and never beyond its own end", async () => {
    const setup = new Setup();
    expect(await setup.invoke(600)).toEqual(["flush 500"]);
    expect(await setup.invoke(50)).toEqual(["flush 0"]);
    setup.hang = true;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
  });

  test("leaves a target that is away alone for a while, longer each time", async () => {
    const setup = new Setup();
    setup.isGood = false;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
    setup.nowMs += 999;
    expect(await setup.invoke()).toEqual([]);
    setup.nowMs += 1;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
    setup.nowMs += 1999;
    expect(await setup.invoke()).toEqual([]);
    setup.isGood = true;
    setup.nowMs += 1;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
    expect(await setup.invoke()).toEqual(["flush 1000"]);
  });

  test("does not wait for anything with the strategy background", async () => {
    const setup = new Setup({ kind: "background" });
    setup.hang = true;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
  });

  test("sends at most so often with the strategy periodic", async () => {
    const setup = new Setup({ kind: "periodic", intervalMs: 5000 }, 0);
    expect(await setup.invoke()).toEqual(["flush 1000"]);
    setup.nowMs += 4999;
    expect(await setup.invoke()).toEqual([]);
    setup.nowMs += 1;
    expect(await setup.invoke()).toEqual(["flush 1000"]);
  });
});
