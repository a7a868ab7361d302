// The memory through which packets go from one thread to another.

import { describe, expect, test } from "bun:test";
import { Worker } from "node:worker_threads";
import * as fc from "fast-check";
import { createRecordRing, RingReader, RingWriter } from "../../src/extensions/record-ring.ts";

const RING_WORDS = 64;

function ringOf() {
  const memory = createRecordRing(RING_WORDS * 4);
  const [writer, reader] = [new RingWriter(memory), new RingReader(memory)];
  const write = (words: number, content: number): boolean => {
    const at = writer.reserve(words);
    if (at === undefined) return false;
    writer.words.fill(content, at, at + words);
    writer.publish(words);
    return true;
  };
  const read = (): number[] | undefined => {
    const packet = reader.next();
    return packet && [...new Int32Array(packet.buffer)];
  };
  return { writer, reader, write, read };
}

const packetOf = (words: number, content: number): number[] => Array(words).fill(content);

describe("a ring of records", () => {
  test("gives packets in their order, whatever their sizes, and refuses what has no room", () => {
    const step = fc.oneof(
      fc.record({ words: fc.integer({ min: 0, max: RING_WORDS }) }),
      fc.constant("read" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { writer, write, read } = ringOf();
        const waiting: number[][] = [];
        steps.forEach((one, content) => {
          if (one === "read") expect(read()).toEqual(waiting.shift());
          else if (write(one.words, content)) waiting.push(packetOf(one.words, content));
          const words = waiting.flat().length + waiting.length;
          expect(writer.waitingBytes).toBe(words * 4);
          expect(writer.isEmpty).toBe(waiting.length === 0);
        });
        for (const packet of waiting) expect(read()).toEqual(packet);
        expect(read()).toBeUndefined();
      }),
    );
  });

  test("takes what fits to the word, and nothing longer", () => {
    expect(ringOf().write(RING_WORDS - 1, 1)).toBe(true);
    expect(ringOf().write(RING_WORDS, 1)).toBe(false);
    const { write, read } = ringOf();
    expect([write(30, 1), write(32, 2), write(0, 3)]).toEqual([true, true, false]);
    expect(read()).toEqual(packetOf(30, 1));
    expect([write(30, 3), write(29, 3), write(0, 4)]).toEqual([false, true, false]);
    expect([read(), read(), read()]).toEqual([packetOf(32, 2), packetOf(29, 3), undefined]);
  });

  test("begins anew when nothing waits, so that little of it is ever touched", () => {
    const { writer, write, read } = ringOf();
    for (let i = 0; i < 100; i++) {
      expect(write(5, i)).toBe(true);
      expect(read()).toEqual(packetOf(5, i));
    }
    expect(writer.words.subarray(20)).toEqual(new Int32Array(RING_WORDS - 20));
  });

  test("loses and mixes up nothing while another thread reads", async () => {
    const PACKETS = 2000;
    const memory = createRecordRing(4096);
    const writer = new RingWriter(memory);
    const data = { workerData: { memory, packets: PACKETS } };
    const thread = new Worker(new URL("./ring-thread.ts", import.meta.url), data);
    const faults = new Promise((resolve) => void thread.on("message", resolve));
    let random = 1;
    for (let content = 0; content < PACKETS;) {
      random = (random * 48_271) % 0x7fff_ffff;
      const words = 1 + (random % 300);
      const at = writer.reserve(words);
      if (at === undefined) {
        await new Promise((resolve) => void setImmediate(resolve));
        continue;
      }
      writer.words.fill(content, at, at + words);
      writer.publish(words);
      content++;
    }
    expect(await faults).toEqual([]);
    expect(writer.isEmpty).toBe(true);
    await thread.terminate();
  }, 30_000);

  test("says once that its reader is to be woken", () => {
    const { writer, reader } = ringOf();
    const publish = (): boolean => {
      writer.reserve(1);
      return writer.publish(1);
    };
    expect([publish(), publish()]).toEqual([true, false]);
    expect(reader.sleep()).toBe(false);
    expect(publish()).toBe(false);
    while (reader.next() !== undefined);
    expect(reader.sleep()).toBe(true);
    expect([writer.wake(), writer.wake(), publish()]).toEqual([true, false, false]);
  });
});
