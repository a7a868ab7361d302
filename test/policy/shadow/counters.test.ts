// What a policy in shadow is counted for is what would happen if it were added to the enforced
// ones: for each record the outcome with it is compared with the outcome without it.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { inShadow, type Policy, type PolicyTotals } from "../../../src/policy/index.ts";
import { leaves } from "../policy-bodies.ts";
import { policiesOf, WORDS } from "../random-policies.ts";
import { localEngine } from "../share/shared-engine.ts";

/** One log of OTLP with attributes of its own, its scope and its resource. */
function body(text: string, i: number): Uint8Array {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const log = {
    severityText: i % 2 === 0 ? "DEBUG" : "a",
    severityNumber: i,
    body: { stringValue: text },
    attributes: i % 3 === 0 ? [] : [attribute("a", "payment failed for user 17")],
  };
  const scope = { attributes: [attribute("s", "x=1")] };
  const resource = { attributes: [attribute("service.name", i % 2 === 0 ? "a" : "x=1")] };
  return Buffer.from(
    JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [log] }] }] }),
  );
}

interface Outcome {
  readonly kept: boolean;
  /** Whether an operation of the policy did something. */
  readonly edited: boolean;
}

function outcomesOf(policies: readonly Policy[], id: string): Outcome[] {
  const engine = localEngine(policies);
  let hits = 0;
  return WORDS.map((text, i) => {
    const evaluation = engine.evaluation("log");
    const out = leaves(evaluation, "/v1/logs", "application/json", body(text, i));
    const before = hits;
    hits = editsOf(engine.totals().find((row) => row.id === id));
    return { kept: out === undefined || out.dropped === 0, edited: hits > before };
  });
}

function editsOf(row: PolicyTotals | undefined): number {
  if (row === undefined) return 0;
  return row.remove.hits + row.redact.hits + row.rename.hits + row.add.hits;
}

/** A rate limit that has no room for one would have for another: what is freed is not foreseen. */
const isLimit = ({ target }: Policy): boolean => target?.keep.kind === "rate";

/** Draws of its own are no others than those that it would have had, but not the same. */
function keyed(policy: Policy): Policy {
  const { target } = policy;
  if (target?.keep.kind !== "percent") return policy;
  return { ...policy, target: { ...target, keep: { ...target.keep, key: SERVICE } } };
}

const SERVICE = { kind: "attribute", scope: "resource", path: ["service.name"] } as const;

test("a policy in shadow is counted for what it would change, record by record", () => {
  let would = { cut: 0, kept: 0, edited: 0 };
  fc.assert(
    fc.property(policiesOf("log"), (policies) => {
      const [first, ...rest] = policies.filter(({ enabled }) => enabled);
      if (first === undefined) return;
      const tried = keyed(first);
      const enforced = rest.filter((policy) => !isLimit(policy));
      const without = outcomesOf(enforced, tried.id);
      const withIt = outcomesOf([tried, ...enforced], tried.id);
      const pairs = without.map((before, i) => [before, withIt[i] as Outcome] as const);
      const engine = localEngine([inShadow(tried), ...enforced]);
      for (const [i, text] of WORDS.entries()) {
        leaves(engine.evaluation("log"), "/v1/logs", "application/json", body(text, i));
      }
      const row = engine.totals().find(({ id }) => id === tried.id)!;
      const cut = pairs.filter(([before, after]) => before.kept && !after.kept).length;
      const kept = pairs.filter(([before, after]) => !before.kept && after.kept).length;
      const edited = pairs.filter(([before, after]) => before.kept && after.edited).length;
      expect({
        cut: row.droppedInShadow + row.sampledInShadow + row.limitedInShadow,
        kept: row.keptInShadow,
        edited: row.editedInShadow,
      }).toEqual({ cut, kept, edited });
      expect([row.hits, row.misses, row.dropped]).toEqual([0, 0, 0]);
      would = { cut: would.cut + cut, kept: would.kept + kept, edited: would.edited + edited };
    }),
    { numRuns: 400 },
  );
  // Each kind was among the random sets.
  expect(Object.values(would).every((count) => count > 10)).toBe(true);
});
