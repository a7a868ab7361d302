// Which policies the configuration puts in shadow: those of providers that do not enforce, and
// those whose id or name fits a pattern.

import { expect, test } from "bun:test";
import { modeOf } from "../../src/policy/index.ts";
import { shadowChoice } from "../../src/providers/shadow-choice.ts";
import { policyOf } from "../support/engine.ts";

const policies = [
  policyOf("drop-debug", []),
  policyOf("DROP-x", []),
  policyOf("team/drop.all", []),
  policyOf("share", [], { kind: "none" }, { enforcedPercent: 10 }),
];
const modes = (shadowPolicies: string[], provider = "files") =>
  shadowChoice({
    shadowPolicies,
    providers: [{ id: "files" }, { id: "tried", enforce: false }],
  })?.(provider, policies).map((policy) => modeOf(policy));

const AS_THEY_ARE = ["enforce", "enforce", "enforce", "rollout"];
const cases: readonly (readonly [string[], string[]])[] = [
  [[], AS_THEY_ARE],
  [["drop-debug"], ["shadow", "enforce", "enforce", "rollout"]],
  [["drop-"], AS_THEY_ARE],
  [["drop-*"], ["shadow", "enforce", "enforce", "rollout"]],
  [["*drop*"], ["shadow", "enforce", "shadow", "rollout"]],
  [["drop?debug"], ["shadow", "enforce", "enforce", "rollout"]],
  [["drop-debu?g"], AS_THEY_ARE],
  [["team/drop.*"], ["enforce", "enforce", "shadow", "rollout"]],
  [["team.drop.*"], AS_THEY_ARE],
  [["Policy share"], ["enforce", "enforce", "enforce", "shadow"]],
  [["*"], ["shadow", "shadow", "shadow", "shadow"]],
];
for (const [patterns, expected] of cases) {
  test(`${JSON.stringify(patterns)} are ids and names`, () => {
    expect(modes(patterns)).toEqual(expected as never);
  });
}

test("a provider that does not enforce has all of its policies in shadow", () => {
  expect(modes([], "tried")).toEqual(["shadow", "shadow", "shadow", "shadow"]);
});

test("without patterns and such providers nothing is looked at", () => {
  expect(shadowChoice({ shadowPolicies: [], providers: [{ id: "files" }] })).toBeUndefined();
});
