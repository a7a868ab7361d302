// Shared sets: ids by number, and that nothing holds a set that another one has replaced.

import { expect, test } from "bun:test";
import { fullGC } from "bun:jsc";
import { createEngine, IdTable, type Policy, SetEngine } from "../../../src/policy/index.ts";
import { finish } from "../../support/steps.ts";
import { policyOf } from "../../support/engine.ts";
import { sharedSet } from "./shared-engine.ts";

test("ids have numbers in the order of their first policies, whatever characters they have", () => {
  const ids = ["b", "a", "é", "\ud800", "\ud801", "\ufffd", '\u0000"\ufffd"', "", "b"];
  const table = new IdTable(sharedSet(ids.map((id) => policyOf(id, []))));
  const distinct = [...new Set(ids)].sort((a, b) => table.numberOf(a) - table.numberOf(b));
  expect(table.size).toBe(distinct.length);
  expect(distinct.map((_, number) => table.idAt(number))).toEqual(distinct);
  expect(table.numberOf("c")).toBe(-1);
});

const bodyIs = (text: string) => ({
  field: { kind: "field" as const, field: "body" as const },
  condition: { op: "contains" as const, text },
  negate: false,
  caseInsensitive: false,
});
const POLICIES = 25;
const setOf = (name: string): Policy[] =>
  Array.from({ length: POLICIES }, (_, i) =>
    policyOf(`${name}${i}`, [bodyIs(`${name} ${i} text`)]),
  );

/**
 * So many sets follow each other. The stack and machine code may remember the last ones for as long
 * as they like, so it is asked whether most are gone: an engine that held what it replaced would
 * hold them all.
 */
const SETS = 40;
const COLLECTIONS_MAX = 300;

/** How many of them are still there, as soon as it is fewer than half of them. */
async function alive(refs: readonly WeakRef<object>[]): Promise<number> {
  let left = refs.length;
  for (let i = 0; i < COLLECTIONS_MAX && left >= refs.length / 2; i++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    fullGC();
    left = refs.filter((ref) => ref.deref() !== undefined).length;
  }
  return left;
}

test("of sets that were replaced the engine holds nothing", async () => {
  const engine = createEngine({ validateRegex: () => undefined, nowMs: () => 0, random: () => 0 });
  const adopt = (name: string): WeakRef<object>[] => {
    const policies = setOf(name);
    finish(engine.replace(policies));
    engine.evaluation("log");
    return policies.map((policy) => new WeakRef(policy));
  };
  const inForce = adopt("first ");
  expect(await alive(inForce)).toBe(POLICIES);
  const all = Array.from({ length: SETS }, (_, i) => adopt(`${i} `)).flat();
  expect(await alive(all)).toBeLessThan(all.length / 2);
  expect(engine.evaluation("log")).toBeDefined();
});

test("of sets that were replaced an engine of shared tables holds nothing", async () => {
  const engine = new SetEngine({ nowMs: () => 0, random: () => 0 });
  const sources = {
    countsOf: (): never => {
      throw new Error("nothing is judged");
    },
    limiterOf: (): never => {
      throw new Error("nothing is limited");
    },
  };
  const adopt = (name: string): WeakRef<object>[] => {
    const set = sharedSet(setOf(name));
    finish(engine.adopt(set, sources));
    return [new WeakRef(set.policies.words), new WeakRef(set.programs[0]!.memory.words)];
  };
  const all = Array.from({ length: SETS }, (_, i) => adopt(`${i} `)).flat();
  expect(await alive(all)).toBeLessThan(all.length / 2);
  expect(engine.evaluation("log")).toBeDefined();
});
