// An engine that reads the tables of another decides exactly as one that has compiled the set
// itself: verdicts, matches, counts and every byte that leaves, in all formats.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Policy, type PolicyCount, SIGNALS } from "../../../src/policy/index.ts";
import { COUNTS, countsOf as countsOfRow } from "../../../src/policy/count-table.ts";
import { BODIES, leaves, scraped } from "../policy-bodies.ts";
import { policiesOf } from "../random-policies.ts";
import { localEngine, sharedEngine, type SharedEngine } from "./shared-engine.ts";

const NO_COUNTS = countsOfRow(new Float64Array(COUNTS));

/** In the order of a row. */
const NAMES = Object.keys(NO_COUNTS) as PolicyCount[];

/** All counts by id, but for those of transforms. */
function countsOf({ counts }: SharedEngine): Record<string, unknown> {
  const rows = [...counts.values()].filter(({ totals }) => totals.some((total) => total > 0));
  return Object.fromEntries(rows.map(({ id, totals }) => [id, NAMES.map((_, at) => totals[at])]));
}

/** Some are in shadow, some in rollout. */
function inModes(policies: readonly Policy[]): Policy[] {
  const percents = [100, 0, 40];
  return policies.map((policy, i) => ({ ...policy, enforcedPercent: percents[i % 3] ?? 100 }));
}

describe("an engine of shared tables decides as one of its own", () => {
  for (const signal of SIGNALS) {
    test(`for ${signal} policies, in every format that has them`, () => {
      const bodies = BODIES.filter(([of]) => of === signal);
      fc.assert(
        fc.property(policiesOf(signal).map(inModes), (policies) => {
          const local = localEngine(policies);
          const shared = sharedEngine(policies);
          for (const [, path, type, body] of bodies) {
            expect(leaves(shared.engine.evaluation(signal), path, type, body)).toEqual(
              leaves(local.evaluation(signal), path, type, body),
            );
          }
          if (signal === "metric") {
            expect(scraped(shared.engine.evaluation(signal))).toEqual(
              scraped(local.evaluation(signal)),
            );
          }
          const counted = local
            .countedTotals()
            .map((row) => [row.id, NAMES.map((name) => row[name])] as const);
          expect(countsOf(shared)).toEqual(Object.fromEntries(counted));
        }),
        { numRuns: 60 },
      );
    });
  }
});
