// When old sets are freed.

import { expect, test } from "bun:test";
import { COLLECTED_SET_MIN } from "../../src/core/limits.ts";
import { SetMemory } from "../../src/system/free-memory.ts";
import { policy, RegistrySetup, setOf } from "../providers/registry-setup.ts";

const many = Array.from({ length: COLLECTED_SET_MIN }, (_, i) => policy(`p${i}`));

test("a large set is freed when another one has taken its place, and a small one is left", async () => {
  const steps: string[] = [];
  const memory = new SetMemory(() => void steps.push("freed"));
  const at = new RegistrySetup();
  const registry = at.registryOf([at.a], { memory });
  registry.start();
  for (const policies of [many, many.slice(1), many, []]) {
    await at.a.host.offer(setOf(policies));
    steps.push(`built ${policies.length}`);
  }
  expect(steps).toEqual([
    `built ${COLLECTED_SET_MIN}`,
    "freed",
    `built ${COLLECTED_SET_MIN - 1}`,
    `built ${COLLECTED_SET_MIN}`,
    "freed",
    "built 0",
  ]);
});

test("of sets that come while one is built, the newest is next, and none between", async () => {
  const at = new RegistrySetup();
  at.registry.start();
  at.engine.steps = 3;
  const first = at.a.give("first");
  const others = first.then(() => undefined);
  await new Promise<void>((resolve) => void setImmediate(resolve));
  const waiting = ["second", "third", "newest"].map((id) => at.a.give(id));
  await Promise.all([others, ...waiting]);
  expect(at.engine.replaced).toEqual([["first"], ["newest"]]);
});
