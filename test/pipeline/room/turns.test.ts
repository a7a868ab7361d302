// Turns come in their order, one at a time, with others in between.

import { expect, test } from "bun:test";
import { Turns } from "../../../src/pipeline/room/turns.ts";

test("each has its turn in the order of the calls, and others come in between", async () => {
  const turns = new Turns(() => 0);
  const seen: string[] = [];
  const all = ["a", "b", "c"].map(async (name) => {
    await turns.next();
    seen.push(name);
    setImmediate(() => seen.push(`beside ${name}`));
  });
  await Promise.all(all);
  await new Promise((go) => void setImmediate(go));
  expect(seen).toEqual(["a", "beside a", "b", "beside b", "c", "beside c"]);
});

test("one that comes when nobody waits has its turn as well", async () => {
  const turns = new Turns(() => 0);
  await turns.next();
  await turns.next();
  expect(await turns.next()).toBeUndefined();
});
