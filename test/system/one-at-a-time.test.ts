// Work that never overlaps with itself.

import { expect, test } from "bun:test";
import { OneAtATime } from "../../src/system/one-at-a-time.ts";

test("whoever asks during a run shares one run after it", async () => {
  const gates: (() => void)[] = [];
  let running = 0;
  let runs = 0;
  const turns = new OneAtATime(async () => {
    runs++;
    expect(++running).toBe(1);
    await new Promise<void>((resolve) => gates.push(resolve));
    running--;
  });
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const first = turns.run();
  await settled();
  const second = turns.run();
  const third = turns.run();
  expect(third).toBe(second);
  gates.shift()?.();
  await first;
  await settled();
  expect(runs).toBe(2);
  gates.shift()?.();
  await Promise.all([second, third, turns.idle()]);
  expect(runs).toBe(2);
});
