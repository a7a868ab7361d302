// Policies of a program with one thread whose limits are shared: their windows stay with them, and
// go with them.

import { expect, test } from "bun:test";
import type { Keep, Policy } from "../../../src/policy/index.ts";
import { Leasing } from "../../../src/runtime/shared-limits/leasing.ts";
import { OwnPolicies } from "../../../src/runtime/shared-limits/own-policies.ts";
import { policyOf } from "../../support/engine.ts";
import { finish } from "../../support/steps.ts";

const RATE: Keep = { kind: "rate", count: 3, windowMs: 1000 };
const KEYED: Keep = { ...RATE, key: { kind: "field", field: "body" } };

function started() {
  const leasing = new Leasing("test:", 0);
  const own = new OwnPolicies(leasing, () => 0.5);
  own.createEngine({ validateRegex: () => undefined, nowMs: () => 0, random: () => 0 });
  const replace = (...policies: Policy[]): readonly unknown[] => {
    finish(own.policies.replace(policies));
    return leasing.supplied.map(({ ledger }) => ledger.windows);
  };
  return { leasing, replace };
}

test("a limit has a window for all records, and one for those of keys", () => {
  const { leasing, replace } = started();
  replace(policyOf("a", [], RATE), policyOf("b", [], KEYED), policyOf("c", [], { kind: "all" }));
  const ends = leasing.supplied.map(({ limit: { id, ...limit } }) => ({
    end: id.slice(22),
    ...limit,
  }));
  const limit = { count: 3, windowMs: 1000 };
  expect(ends).toEqual([
    { end: ".all", ...limit },
    { end: ".all", ...limit },
    { end: ".key", ...limit },
  ]);
});

test("windows of a policy that stays with its keep stay, those of others go", () => {
  const { replace } = started();
  const [first, second] = replace(policyOf("a", [], RATE), policyOf("b", [], RATE));
  expect(first).not.toBe(second);
  expect(replace(policyOf("b", [], RATE), policyOf("c", [], { kind: "all" }))).toEqual([second]);
  const [changed] = replace(policyOf("b", [], { ...RATE, count: 4 }));
  expect(changed).not.toBe(second);
  expect(replace()).toEqual([]);
});

test("whoever supplies them is told of each change, before the set is in force", () => {
  const { leasing, replace } = started();
  const seen: number[] = [];
  leasing.changed = () => void seen.push(leasing.supplied.length);
  replace(policyOf("a", [], RATE));
  replace(policyOf("b", [], RATE));
  expect(seen).toEqual([1, 1, 2, 1]);
});

test("the same policy has the same name in every instance, another keep another one", () => {
  const idOf = (keep: Keep): string | undefined => {
    const { leasing, replace } = started();
    replace(policyOf("a", [], keep));
    return leasing.supplied[0]?.limit.id;
  };
  expect(idOf(RATE)).toBe(idOf({ ...RATE }));
  expect(idOf(RATE)).not.toBe(idOf({ ...RATE, count: 4 }));
});
