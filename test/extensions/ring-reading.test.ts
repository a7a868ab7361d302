// Whoever reads the rings of threads: when it looks, and when it does not.

import { describe, expect, test } from "bun:test";
import { RECORD_LOOKS_IDLE_MAX } from "../../src/core/limits.ts";
import { createRecordRing, RingWriter } from "../../src/extensions/record-ring.ts";
import { RingReading } from "../../src/extensions/ring-reading.ts";
import { ManualClock } from "../o11y/manual-clock.ts";

const INTERVAL_MS = 50;

function setup() {
  const clock = new ManualClock();
  const taken: number[] = [];
  const reading = new RingReading({
    take: (packet) => void taken.push(packet[0] as number),
    intervalMs: INTERVAL_MS,
    schedule: clock.schedule,
  });
  return { clock, reading, taken };
}

/** A thread that writes packets of one number. */
function threadOf(reading: RingReading, ring: number): (content: number) => void {
  const memory = createRecordRing(4096);
  const writer = new RingWriter(memory);
  writer.wake();
  reading.called({ ring, memory });
  return (content) => {
    const at = writer.reserve(1) as number;
    writer.words[at] = content;
    if (writer.publish(1)) reading.called({ ring });
  };
}

describe("reading rings", () => {
  test("looks at all of them at intervals, until there has been nothing for a while", () => {
    const { clock, reading, taken } = setup();
    const [one, other] = [threadOf(reading, 1), threadOf(reading, 2)];
    one(1);
    other(2);
    one(3);
    expect(taken).toEqual([]);
    clock.advance(INTERVAL_MS);
    expect(taken).toEqual([1, 3, 2]);
    clock.advance(INTERVAL_MS * (RECORD_LOOKS_IDLE_MAX - 1));
    expect(clock.pendingMs).toEqual([INTERVAL_MS]);
    clock.advance(INTERVAL_MS);
    expect(clock.pendingMs).toEqual([]);
    other(4);
    expect(taken).toEqual([1, 3, 2, 4]);
    one(5);
    clock.advance(INTERVAL_MS);
    expect(taken).toEqual([1, 3, 2, 4, 5]);
  });

  test("takes what is left of one whose number another has got", () => {
    const { reading, taken } = setup();
    threadOf(reading, 1)(1);
    const next = threadOf(reading, 1);
    next(2);
    expect(reading.read()).toBe(true);
    expect([taken, reading.read()]).toEqual([[1, 2], false]);
  });

  test("ends when it is told to", () => {
    const { clock, reading } = setup();
    threadOf(reading, 1)(1);
    reading.stop();
    expect(clock.pendingMs).toEqual([]);
  });
});
