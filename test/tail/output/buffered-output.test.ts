// Lines through two buffers to a sink: what is written when, what is accepted, who waits.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8 } from "../../../src/core/utf8.ts";
import { BufferedOutput } from "../../../src/tail/output/buffered-output.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { kept, recordingEvents, turns } from "./recording-events.ts";

function outputOf(more: { flushLines?: number; bufferBytes?: number } = {}) {
  const clock = new ManualClock();
  const events = recordingEvents();
  const written: string[] = [];
  const waiting: ((isTaken: boolean) => void)[] = [];
  const output = new BufferedOutput({
    sink: {
      write: (bytes, length) => {
        written.push(decodeUtf8(bytes, 0, length));
        return new Promise((resolve) => void waiting.push(resolve));
      },
      sync: () => Promise.resolve(),
      reopen: () => Promise.resolve(),
      close: () => Promise.resolve(void written.push("(closed)")),
    },
    events,
    bufferBytes: 10,
    flushIntervalMs: 100,
    flushLines: 1000,
    schedule: clock.schedule,
    ...more,
  });
  const take = async (isTaken = true): Promise<void> => {
    waiting.shift()?.(isTaken);
    await turns();
  };
  return { output, clock, events, written, take };
}

describe("lines go out", () => {
  test("together, when the time is over", async () => {
    const { output, clock, events, written, take } = outputOf();
    expect(output.write(kept("a\n"), 1)).toBeUndefined();
    clock.advance(50);
    expect(output.write(kept("b\n"), 2)).toBeUndefined();
    clock.advance(49);
    expect(written).toEqual([]);
    clock.advance(1);
    expect([written, events.told]).toEqual([["a\nb\n"], []]);
    await take();
    expect(events.told).toEqual([["accepted", 2]]);
  });

  test("when nothing more is at hand", async () => {
    const { output, clock, events, written, take } = outputOf();
    void output.write(kept("a\n"), 1);
    output.flush();
    void output.write(kept("b\n"), 2);
    output.flush();
    expect(written).toEqual(["a\n"]);
    await take();
    expect([written, events.told]).toEqual([["a\n", "b\n"], [["accepted", 1]]]);
    await take();
    expect([events.told.length, clock.pendingMs]).toEqual([2, []]);
  });

  test("when there are many of them, or much", () => {
    const many = outputOf({ flushLines: 2 });
    void many.output.write(kept("a\nb\n"), 1);
    expect(many.written).toEqual(["a\nb\n"]);
    const much = outputOf();
    void much.output.write(kept("123456789\n"), 1);
    expect(much.written).toEqual(["123456789\n"]);
  });

  test("that are more than a buffer holds, whole", async () => {
    const { output, events, written, take } = outputOf();
    const long = `${"x".repeat(100)}\n`;
    expect(output.write(kept(long), 1)).toBeUndefined();
    await take();
    expect([written, events.told]).toEqual([[long], [["accepted", 1]]]);
  });
});

test("who writes waits when both buffers are full, and no more than that", async () => {
  const { output, written, take } = outputOf();
  expect(output.write(kept("1234567\n"), 1)).toBeUndefined();
  expect(output.write(kept("abcdefg\n"), 2)).toBeUndefined();
  let isDone = false;
  void output.write(kept("ABCDEFG\n"), 3)?.then(() => (isDone = true));
  await turns();
  expect([written, isDone]).toEqual([["1234567\n"], false]);
  await take();
  expect([written, isDone]).toEqual([["1234567\n", "abcdefg\n"], true]);
});

test("the memory of who writes is free again at once", async () => {
  const { output, written, take } = outputOf();
  const lines = kept("a\n");
  void output.write(lines, 1);
  lines.bytes.fill(0x21);
  output.flush();
  await take();
  expect(written).toEqual(["a\n"]);
});

test("tickets of no lines are accepted with what goes before them", async () => {
  const { output, events, written, take } = outputOf();
  void output.write(kept(""), 1);
  output.flush();
  await turns();
  expect([written, events.told]).toEqual([[], [["accepted", 1]]]);
  void output.write(kept("a\n"), 2);
  void output.write(kept(""), 3);
  output.flush();
  void output.write(kept(""), 4);
  output.flush();
  await take();
  expect([written, events.told.slice(1)]).toEqual([
    ["a\n"],
    [
      ["accepted", 3],
      ["accepted", 4],
    ],
  ]);
});

test("nothing is accepted of what a sink does not take, nor behind it", async () => {
  const { output, events, written, take } = outputOf();
  void output.write(kept("1234567\n"), 1);
  output.flush();
  void output.write(kept("b\n"), 2);
  await take(false);
  output.flush();
  await output.close(performance.now() + 1000);
  expect([written, events.told]).toEqual([["1234567\n", "(closed)"], []]);
});

describe("closing", () => {
  test("writes what waits", async () => {
    const { output, events, written, take } = outputOf();
    void output.write(kept("a\n"), 1);
    output.flush();
    void output.write(kept("b\n"), 2);
    const closed = output.close(performance.now() + 10_000);
    await take();
    await take();
    await closed;
    expect(written).toEqual(["a\n", "b\n", "(closed)"]);
    expect(events.told).toEqual([
      ["accepted", 1],
      ["accepted", 2],
    ]);
  });

  test("waits no longer than it may", async () => {
    const { output, clock, written } = outputOf();
    void output.write(kept("a\n"), 1);
    const closed = output.close(performance.now() - 1);
    clock.advance(0);
    await closed;
    expect([written, clock.pendingMs]).toEqual([["a\n"], []]);
  });
});

test("whatever is written when, all of it arrives once and in order", async () => {
  const step = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom("(flush)", "(take)"));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { output, events, written, take } = outputOf();
      let ticket = 0;
      let all = "";
      for (const one of steps) {
        if (one === "(flush)") output.flush();
        else if (one === "(take)") await take();
        else {
          const pending = output.write(kept(`${one}\n`), ++ticket);
          all += `${one}\n`;
          if (pending !== undefined) await Promise.all([pending, take()]);
        }
      }
      const closed = output.close(performance.now() + 60_000);
      for (let i = 0; i < 5; i++) await take();
      await closed;
      expect(written.slice(0, -1).join("")).toBe(all);
      expect(events.told.at(-1)).toEqual(ticket === 0 ? undefined : ["accepted", ticket]);
    }),
    { numRuns: 200 },
  );
});
