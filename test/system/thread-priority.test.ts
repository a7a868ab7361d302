// A thread goes behind the others of its process, which stay where they are.

import { expect, test } from "bun:test";
import { once } from "node:events";
import { getPriority } from "node:os";
import { Worker } from "node:worker_threads";

const LOWEST = 19;

test("a thread goes behind others by so many steps, as far as it can, and alone", async () => {
  const before = getPriority(0);
  const thread = new Worker(new URL("behind-thread.ts", import.meta.url));
  const [stands] = await once(thread, "message");
  await thread.terminate();
  // Elsewhere it would be the whole process.
  const isAlone = process.platform === "linux";
  const expected = isAlone ? [Math.min(before + 5, LOWEST), LOWEST] : [before, before];
  expect([stands, getPriority(0)]).toEqual([expected, before]);
});
