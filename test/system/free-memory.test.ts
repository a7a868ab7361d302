// When old sets are freed.

import { expect, test } from "bun:test";
import { COLLECTED_SET_MIN } from "../../src/core/limits.ts";
import type { Policy } from "../../src/policy/index.ts";
import { SetMemory } from "../../src/system/free-memory.ts";
import { policy, RegistrySetup, setOf } from "../providers/registry-setup.ts";

const many = Array.from({ length: COLLECTED_SET_MIN }, (_, i) => policy(`p${i}`));

/** A registry whose memory tells when it is freed: `later` runs what is due. */
function watched(policiesMin?: number) {
  const steps: string[] = [];
  const due = new Set<() => void>();
  const memory = new SetMemory({
    ...(policiesMin === undefined ? {} : { policiesMin }),
    collect: () => void steps.push("freed"),
    schedule: (_, run) => {
      due.add(run);
      return () => void due.delete(run);
    },
  });
  const at = new RegistrySetup();
  const registry = at.registryOf([at.a], { memory });
  registry.start();
  const offer = async (policies: readonly Policy[]): Promise<void> => {
    await at.a.host.offer(setOf(policies));
    steps.push(`built ${policies.length}`);
  };
  const later = (): void => {
    for (const run of due) run();
  };
  return { steps, offer, later };
}

test("memory is freed before a large set is built, and a moment after it or another one is", async () => {
  const { steps, offer, later } = watched();
  for (const policies of [many, []]) {
    await offer(policies);
    later();
    later();
  }
  const built = `built ${COLLECTED_SET_MIN}`;
  expect(steps).toEqual(["freed", built, "freed", "built 0", "freed"]);
});

test("a large set is freed before the next one is built, however soon that comes", async () => {
  const { steps, offer } = watched();
  for (const policies of [many, many, []]) await offer(policies);
  const built = `built ${COLLECTED_SET_MIN}`;
  expect(steps).toEqual(["freed", built, "freed", built, "freed", "built 0"]);
});

test("small sets are left to the collector", async () => {
  const { steps, offer, later } = watched();
  for (const policies of [many.slice(1), many.slice(2), []]) await offer(policies);
  later();
  expect(steps).toEqual([COLLECTED_SET_MIN - 1, COLLECTED_SET_MIN - 2, 0].map((n) => `built ${n}`));
});

test("sets of whatever size are freed where memory is scarce", async () => {
  const { steps, offer, later } = watched(1);
  for (const policies of [many.slice(-1), []]) {
    await offer(policies);
    later();
  }
  await offer([]);
  later();
  expect(steps).toEqual(["freed", "built 1", "freed", "built 0", "freed", "built 0"]);
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
