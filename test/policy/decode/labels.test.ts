// The labels of a policy that say how far it is enforced: what they mean, and that a bad one makes
// its policy inert and says what is allowed.

import { describe, expect, test } from "bun:test";
import {
  AUTHORING,
  decodePolicy,
  modeOf,
  type PolicyMode,
  WIRE,
} from "../../../src/policy/index.ts";

const policy = { id: "p", name: "P", log: { match: [{ log_field: "body", exact: "x" }] } };
const otel = {
  id: "p",
  log_filter: {
    matches: [{ record_field: "body", equals: { string_value: "x" } }],
    action: "ACTION_DROP",
  },
};
function decoded(labels: unknown, rest: object = policy) {
  const found = decodePolicy({ ...rest, labels }, AUTHORING);
  const { errors, enforcedPercent } = found;
  return { errors, enforcedPercent, mode: modeOf(found) };
}

describe("labels", () => {
  const good: readonly (readonly [unknown, number | undefined, string])[] = [
    [undefined, undefined, "enforce"],
    [{}, undefined, "enforce"],
    [{ "edge.mode": "shadow" }, 0, "shadow"],
    [{ "edge.mode": "enforce" }, undefined, "enforce"],
    [{ "edge.mode": "enforce", "edge.rollout": "10%" }, 10, "rollout"],
    [{ "edge.rollout": "10%" }, 10, "rollout"],
    [{ "edge.rollout": " 0.5 % " }, 0.5, "rollout"],
    [{ "edge.rollout": "0%" }, 0, "shadow"],
    [{ "edge.rollout": "100%" }, 100, "enforce"],
    [[{ key: "edge.mode", value: { stringValue: "shadow" } }], 0, "shadow"],
    [[{ key: "edge.rollout", value: { string_value: "7%" } }], 7, "rollout"],
    [[{ key: "edge.mode", value: "shadow" }], 0, "shadow"],
    // Others mean nothing, whatever they are.
    [{ team: "shop", "edge-mode": "shadow", mode: "shadow" }, undefined, "enforce"],
    [{ "edge.owner.of.all": 3 }, undefined, "enforce"],
    [[null, 3, { key: 5 }], undefined, "enforce"],
    ["shadow", undefined, "enforce"],
  ];
  for (const [labels, percent, mode] of good) {
    test(`${JSON.stringify(labels)} is ${mode}`, () => {
      expect(decoded(labels)).toEqual({
        errors: [],
        enforcedPercent: percent,
        mode: mode as PolicyMode,
      });
      expect(decoded(labels, otel)).toEqual({
        errors: [],
        enforcedPercent: percent,
        mode: mode as PolicyMode,
      });
    });
  }

  const percentage = "write a percentage from 0% to 100%, such as 10%";
  const bad: readonly (readonly [unknown, string])[] = [
    [
      { "edge.mode": "shaddow" },
      'policy: labels: edge.mode: "shaddow" is no mode; write shadow or enforce',
    ],
    [{ "edge.mode": true }, "policy: labels: edge.mode: true is no mode; write shadow or enforce"],
    [{ "edge.rollout": "101%" }, `policy: labels: edge.rollout: found "101%"; ${percentage}`],
    [{ "edge.rollout": "-1%" }, `policy: labels: edge.rollout: found "-1%"; ${percentage}`],
    [{ "edge.rollout": "10" }, `policy: labels: edge.rollout: found "10"; ${percentage}`],
    [{ "edge.rollout": 10 }, `policy: labels: edge.rollout: found 10; ${percentage}`],
    [
      [{ key: "edge.rollout", value: { intValue: "10" } }],
      `policy: labels: edge.rollout: found nothing; ${percentage}`,
    ],
    [
      { "edge.rolout": "10%" },
      'policy: labels: unknown label "edge.rolout"; did you mean "edge.rollout"?',
    ],
    [
      { "edge.mode": "shadow", "edge.rollout": "10%" },
      "policy: labels: edge.rollout enforces a share, edge.mode: shadow nothing; give one of them",
    ],
  ];
  for (const [labels, error] of bad) {
    test(`${JSON.stringify(labels)} is an error of the policy, in files and on the wire`, () => {
      for (const dialect of [AUTHORING, WIRE]) {
        expect(decodePolicy({ ...policy, labels }, dialect).errors).toEqual([error]);
        expect(decodePolicy({ ...otel, labels }, dialect).errors).toEqual([error]);
      }
    });
  }
});
