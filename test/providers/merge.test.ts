// One set out of several: whose policy counts when two have the same id.

import { describe, expect, test } from "bun:test";
import type { Policy } from "../../src/policy/index.ts";
import { mergeSets } from "../../src/providers/merge.ts";

function policy(id: string, name = id, errors: readonly string[] = []): Policy {
  return { id, name, enabled: true, extensions: [], errors };
}

describe("mergeSets", () => {
  test("nothing comes of nothing", () => {
    expect(mergeSets([]).policies).toEqual([]);
    expect(mergeSets([{ provider: "a", policies: [] }]).policies).toEqual([]);
  });

  test("policies of all providers, each id owned by the first that has it", () => {
    const { policies, owners, conflicts } = mergeSets([
      { provider: "a", policies: [policy("x", "of a"), policy("y")] },
      { provider: "b", policies: [policy("z"), policy("x", "of b")] },
    ]);
    expect(policies.map(({ id, name }) => [id, name])).toEqual([
      ["x", "of a"],
      ["y", "y"],
      ["z", "z"],
    ]);
    expect([...owners]).toEqual([
      ["x", 0],
      ["y", 0],
      ["z", 1],
    ]);
    expect(conflicts).toEqual([
      {
        source: 1,
        policy: "x",
        error:
          'policy: duplicate id "x"; provider "a" comes first and has it already; rename or remove one of the two',
      },
    ]);
  });

  test("a provider that has a lost id several times is told once", () => {
    const { policies, conflicts } = mergeSets([
      { provider: "a", policies: [policy("x")] },
      { provider: "b", policies: [policy("x"), policy("x")] },
      { provider: "c", policies: [policy("x")] },
    ]);
    expect(policies.length).toBe(1);
    expect(conflicts.map(({ source }) => source)).toEqual([1, 2]);
  });

  test("a disabled or broken policy of an earlier provider wins all the same", () => {
    const disabled = { ...policy("x"), enabled: false };
    const { policies } = mergeSets([
      { provider: "a", policies: [disabled, policy("y", "broken", ["bad"])] },
      { provider: "b", policies: [policy("x"), policy("y")] },
    ]);
    expect(policies).toEqual([disabled, policy("y", "broken", ["bad"])]);
  });

  test("of equal ids in one set the first works, the others are inert", () => {
    const { policies, conflicts } = mergeSets([
      {
        provider: "a",
        policies: [policy("x"), policy("x", "again"), policy("x", "bad", ["known"])],
      },
    ]);
    expect(policies.map(({ errors }) => errors)).toEqual([
      [],
      ['policy: duplicate id "x"; give each policy its own'],
      ["known"],
    ]);
    expect(conflicts).toEqual([]);
  });

  test("policies without an id do not stand in each other's way", () => {
    const { policies, conflicts } = mergeSets([
      { provider: "a", policies: [policy("", "1", ["no id"]), policy("", "2", ["no id"])] },
      { provider: "b", policies: [policy("", "3", ["no id"])] },
    ]);
    expect(policies.map(({ name }) => name)).toEqual(["1", "2", "3"]);
    expect(conflicts).toEqual([]);
  });
});
