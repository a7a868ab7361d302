// Readers hold the loop for their share and no longer, and are woken in their order.

import { expect, test } from "bun:test";
import { LOOP_SHARE_MS } from "../../src/core/limits.ts";
import { LoopShare } from "../../src/system/loop-share.ts";

const round = () => new Promise((go) => void setImmediate(go));

test("it is spent when its time has passed, and there again in the next round", async () => {
  let nowMs = 0;
  const share = new LoopShare(() => nowMs);
  expect(share.isSpent).toBe(false);
  nowMs = LOOP_SHARE_MS - 1;
  expect(share.isSpent).toBe(false);
  nowMs = LOOP_SHARE_MS;
  expect(share.isSpent).toBe(true);
  await round();
  expect(share.isSpent).toBe(false);
});

test("those who rest go on in their order, as many in a round as it has time for", async () => {
  let nowMs = 0;
  const share = new LoopShare(() => nowMs);
  const seen: string[] = [];
  const readers = ["a", "b", "c", "d"].map(async (name, at) => {
    await share.rest();
    seen.push(name);
    // The first two have little to do, the third takes all that there is.
    nowMs += at < 2 ? 1 : LOOP_SHARE_MS;
  });
  const others = (async () => {
    await round();
    seen.push("others");
    await round();
    seen.push("others");
  })();
  await Promise.all([...readers, others]);
  expect(seen).toEqual(["a", "b", "c", "others", "d", "others"]);
});
