// Batches by number, bytes and age; what is sent again, what is given up; bounds and stopping.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { BatchQueue, type BatchQueueOptions, type SendResult } from "../../src/system/index.ts";
import { ManualClock } from "../o11y/manual-clock.ts";

interface Sent {
  readonly batch: readonly number[];
  answer(result: SendResult): void;
  fail(error: unknown): void;
}

const ACCEPTED: SendResult = { kind: "accepted" };
const refused = (reason: string): SendResult => ({ kind: "refused", reason });
const retry = (reason: string, askedMs = 0): SendResult => ({ kind: "retry", reason, askedMs });

function queueOf(more: Partial<BatchQueueOptions<number>> = {}) {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  const told: unknown[] = [];
  const queue = new BatchQueue<number>({
    batchItemsMax: 3,
    batchBytesMax: 100,
    waitMsMax: 50,
    queueItemsMax: 6,
    queueBytesMax: 300,
    backOff: { firstMs: 100, ceilingMs: 400, askedMsMax: 5000 },
    send: (batch) => {
      const { promise, resolve, reject } = Promise.withResolvers<SendResult>();
      sent.push({ batch, answer: resolve, fail: reject });
      return promise;
    },
    settled: (batch, refusal) => void told.push([batch, refusal ?? "accepted"]),
    troubled: (reason) => void told.push(["troubled", reason]),
    recovered: () => void told.push("recovered"),
    schedule: clock.schedule,
    random: () => 0,
    ...more,
  });
  const batches = (): unknown => sent.map(({ batch }) => batch);
  return { queue, clock, sent, told, batches };
}

/** Lets everything run that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("a batch goes out", () => {
  test("when it has enough items", () => {
    const { queue, batches } = queueOf();
    for (const one of [1, 2]) queue.offer(one, 1);
    expect(batches()).toEqual([]);
    queue.offer(3, 1);
    expect(batches()).toEqual([[1, 2, 3]]);
  });

  test("when it has enough bytes, and not more of them", () => {
    const { queue, batches } = queueOf();
    queue.offer(1, 99);
    expect(batches()).toEqual([]);
    queue.offer(2, 2);
    expect(batches()).toEqual([[1]]);
  });

  test("with one item of any size", () => {
    const { queue, batches } = queueOf();
    queue.offer(1, 1000);
    expect(batches()).toEqual([[1]]);
  });

  test("when its first item has waited long enough", () => {
    const { queue, clock, batches } = queueOf();
    queue.offer(1, 1);
    clock.advance(30);
    queue.offer(2, 1);
    clock.advance(19);
    expect(batches()).toEqual([]);
    clock.advance(1);
    expect(batches()).toEqual([[1, 2]]);
  });

  test("when it is asked for", () => {
    const { queue, clock, batches } = queueOf();
    queue.flush();
    queue.offer(1, 1);
    queue.flush();
    expect(batches()).toEqual([[1]]);
    expect(clock.pendingMs).toEqual([]);
  });

  test("when the one before it is settled", async () => {
    const { queue, clock, sent, batches } = queueOf();
    for (const one of [1, 2, 3, 4, 5, 6, 7]) queue.offer(one, 1);
    queue.flush();
    expect(batches()).toEqual([[1, 2, 3]]);
    sent[0]!.answer(ACCEPTED);
    await turns();
    expect(batches()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    sent[1]!.answer(ACCEPTED);
    await turns();
    expect(batches()).toHaveLength(2);
    clock.advance(50);
    expect(batches()).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });
});

describe("what cannot be sent", () => {
  test("is sent again, later each time, until it is taken", async () => {
    const { queue, clock, sent, told, batches } = queueOf();
    for (const one of [1, 2, 3, 4]) queue.offer(one, 1);
    for (const waitMs of [100, 200, 400, 400]) {
      sent.at(-1)!.answer(retry("away"));
      await turns();
      expect(clock.pendingMs).toEqual([waitMs]);
      clock.advance(waitMs);
      await turns();
    }
    sent.at(-1)!.answer(ACCEPTED);
    await turns();
    expect(batches()).toEqual(Array.from({ length: 5 }, () => [1, 2, 3]));
    expect(told).toEqual([["troubled", "away"], "recovered", [[1, 2, 3], "accepted"]]);
  });

  test("waits as long as the other side asks for", async () => {
    const { queue, clock, sent } = queueOf();
    queue.offer(1, 100);
    sent[0]!.answer(retry("busy", 3000));
    await turns();
    expect(clock.pendingMs).toEqual([3000]);
  });

  test("is given up when it is refused, and the next goes out", async () => {
    const { queue, sent, told, batches } = queueOf();
    for (const one of [1, 2, 3, 4, 5, 6]) queue.offer(one, 1);
    sent[0]!.answer(refused("bad"));
    await turns();
    sent[1]!.fail(new Error("a fault"));
    await turns();
    expect(batches()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(told).toEqual([
      [[1, 2, 3], "bad"],
      [[4, 5, 6], "a fault"],
    ]);
  });

  test("is given up after so many attempts where there is a bound", async () => {
    const { queue, clock, sent, told } = queueOf({ attemptsMax: 2 });
    queue.offer(1, 100);
    sent[0]!.answer(retry("away"));
    await turns();
    clock.advance(100);
    await turns();
    sent[1]!.answer(retry("still away"));
    await turns();
    expect(told).toEqual([["troubled", "away"], "recovered", [[1], "still away"]]);
    expect(clock.pendingMs).toEqual([]);
  });
});

describe("room", () => {
  test("is bounded by items, and there is some when a batch has gone", async () => {
    const { queue, sent } = queueOf();
    for (let i = 1; i <= 9; i++) expect(queue.offer(i, 1)).toBe(true);
    expect(queue.offer(10, 1)).toBe(false);
    let isRoom = false;
    void queue.whenRoom()?.then(() => (isRoom = true));
    await turns();
    expect(isRoom).toBe(false);
    sent[0]!.answer(ACCEPTED);
    await turns();
    expect(isRoom).toBe(true);
    expect(queue.whenRoom()).toBeUndefined();
    expect(queue.offer(10, 1)).toBe(true);
  });

  test("is bounded by bytes, but for one item", () => {
    const { queue } = queueOf();
    expect(queue.offer(1, 1000)).toBe(true);
    expect(queue.offer(2, 299)).toBe(true);
    expect(queue.offer(3, 1000)).toBe(true);
    expect(queue.offer(4, 1)).toBe(false);
  });
});

describe("stopping", () => {
  test("sends what waits", async () => {
    const { queue, clock, sent, told } = queueOf();
    queue.offer(1, 1);
    const stopped = queue.stop(1000);
    sent[0]!.answer(ACCEPTED);
    expect(await stopped).toEqual([]);
    expect(told).toEqual([[[1], "accepted"]]);
    expect([clock.pendingMs, queue.offer(2, 1), queue.whenRoom()]).toEqual([[], false, undefined]);
  });

  test("waits no longer than it may, and tells what is left", async () => {
    const { queue, clock, sent, told } = queueOf();
    for (const one of [1, 2, 3, 4]) queue.offer(one, 1);
    const stopped = queue.stop(1000);
    clock.advance(1000);
    expect(await stopped).toEqual([4]);
    sent[0]!.answer(ACCEPTED);
    await turns();
    expect(told).toEqual([[[1, 2, 3], "accepted"]]);
  });

  test("begins nothing more, but waits for the answer to what is on its way", async () => {
    const { queue, clock, told, sent, batches } = queueOf();
    for (const one of [1, 2, 3, 4]) queue.offer(one, 1);
    let left: readonly number[] | undefined;
    void queue.stop(1000, 500).then((items) => (left = items));
    clock.advance(1000);
    await turns();
    expect(left).toBeUndefined();
    sent[0]!.answer(ACCEPTED);
    await turns();
    expect([left, told]).toEqual([[4], [[[1, 2, 3], "accepted"]]]);
    expect([batches(), clock.pendingMs]).toEqual([[[1, 2, 3]], []]);
  });

  test("sends nothing again in that time, and waits no longer than it", async () => {
    const { queue, clock, told, sent } = queueOf();
    queue.offer(1, 1);
    queue.flush();
    const stopped = queue.stop(1000, 500);
    clock.advance(1000);
    await turns();
    sent[0]!.answer(retry("away"));
    expect(await stopped).toEqual([]);
    expect([told, sent.length, clock.pendingMs]).toEqual([[["troubled", "away"]], 1, []]);
    const late = queueOf();
    late.queue.offer(1, 1);
    late.queue.flush();
    const gaveUp = late.queue.stop(1000, 500);
    late.clock.advance(1000);
    await turns();
    late.clock.advance(500);
    expect(await gaveUp).toEqual([]);
    expect([late.told, late.clock.pendingMs]).toEqual([[], []]);
  });

  test("ends the wait for another attempt", async () => {
    const { queue, clock, sent, told, batches } = queueOf();
    for (const one of [1, 2, 3, 4]) queue.offer(one, 1);
    sent[0]!.answer(retry("away"));
    await turns();
    const stopped = queue.stop(50);
    clock.advance(50);
    expect(await stopped).toEqual([1, 2, 3, 4]);
    await turns();
    expect([batches(), told]).toEqual([[[1, 2, 3]], [["troubled", "away"]]]);
    expect(clock.pendingMs).toEqual([]);
  });

  test("lets go of those who wait for room", async () => {
    const { queue, clock } = queueOf();
    for (let i = 0; i < 9; i++) queue.offer(i, 1);
    const room = queue.whenRoom();
    const stopped = queue.stop(10);
    clock.advance(10);
    await stopped;
    await room;
  });
});

test("whatever is answered, each item is settled once, in order, or told at the end", async () => {
  const answer = fc.constantFrom(ACCEPTED, retry("away"), refused("bad"));
  const step = fc.oneof(
    fc.nat({ max: 150 }).map((bytes) => ({ bytes })),
    answer,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { queue, clock, sent, told } = queueOf();
      const taken: number[] = [];
      let answered = 0;
      for (const one of steps) {
        if ("bytes" in one) {
          if (queue.offer(taken.length, one.bytes)) taken.push(taken.length);
        } else {
          if (answered < sent.length) sent[answered++]!.answer(one);
          await turns();
          clock.advance(500);
          await turns();
        }
      }
      const stopped = queue.stop(10);
      clock.advance(10);
      const left = await stopped;
      const settled = told.flatMap((one) =>
        Array.isArray(one) && Array.isArray(one[0]) ? one[0] : [],
      );
      const sending = answered < sent.length ? sent.at(-1)!.batch : [];
      expect([...settled, ...sending, ...left]).toEqual(taken);
    }),
    { numRuns: 300 },
  );
});

describe("a batch that waits to be sent again", () => {
  test("is told of each time, with how long it waits", async () => {
    const pauses: unknown[] = [];
    const { queue, sent, clock } = queueOf({
      pausing: (batch, pauseMs) => void pauses.push([batch, pauseMs]),
    });
    for (const one of [1, 2, 3]) queue.offer(one, 1);
    sent[0]!.answer(retry("away"));
    await turns();
    clock.advance(100);
    await turns();
    sent[1]!.answer(retry("away", 3000));
    await turns();
    expect(pauses).toEqual([
      [[1, 2, 3], 100],
      [[1, 2, 3], 3000],
    ]);
  });

  test("is sent at once when its pause is ended, and its timer is gone", async () => {
    const { queue, sent, clock } = queueOf();
    queue.endPause();
    for (const one of [1, 2, 3]) queue.offer(one, 1);
    sent[0]!.answer(retry("away"));
    await turns();
    queue.endPause();
    await turns();
    expect([sent.length, clock.pendingMs]).toEqual([2, []]);
  });

  test("is answered with all others when the queue is abandoned", async () => {
    const { queue, sent, clock } = queueOf();
    for (const one of [1, 2, 3, 4]) queue.offer(one, 1);
    sent[0]!.answer(retry("away"));
    await turns();
    expect(queue.abandon()).toEqual([1, 2, 3, 4]);
    await turns();
    expect([sent.length, clock.pendingMs, queue.offer(5, 1)]).toEqual([1, [], false]);
  });
});
