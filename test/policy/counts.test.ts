// Counts on their way to a control plane: none lost, none sent twice.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { PolicyCounts } from "../../src/policy/counts.ts";
import type { PolicyStatus } from "../../src/policy/index.ts";
import { status } from "../providers/fake-host.ts";

const known = (...ids: string[]): ReadonlyMap<string, readonly string[]> =>
  new Map(ids.map((id) => [id, []]));
const hits = (statuses: readonly PolicyStatus[]): [string, number][] =>
  statuses.map((one) => [one.id, one.hits]);

describe("PolicyCounts", () => {
  test("hands out every known policy in order, also those without counts", () => {
    const counts = new PolicyCounts();
    counts.setKnown(
      new Map([
        ["b", ["bad regex"]],
        ["a", []],
      ]),
    );
    expect(counts.takeDelta().statuses).toEqual([
      status("a"),
      status("b", 0, { errors: ["bad regex"] }),
    ]);
  });

  test("without an acknowledgement the next delta holds the counts again, and the new ones", () => {
    const counts = new PolicyCounts();
    counts.setKnown(known("a"));
    counts.addStatus(status("a", 2, { misses: 1, redact: { hits: 1, misses: 3 } }));
    counts.takeDelta();
    counts.addStatus(status("a", 5, { redact: { hits: 0, misses: 1 } }));
    expect(counts.takeDelta().statuses).toEqual([
      status("a", 7, { misses: 1, redact: { hits: 1, misses: 4 } }),
    ]);
  });

  test("an acknowledgement forgets what was handed out, not what came since", () => {
    const counts = new PolicyCounts();
    counts.setKnown(known("a"));
    counts.addStatus(status("a", 2));
    const delta = counts.takeDelta();
    counts.addStatus(status("a", 5));
    delta.acknowledge();
    delta.acknowledge();
    expect(hits(counts.takeDelta().statuses)).toEqual([["a", 5]]);
  });

  test("a delta that another one has replaced acknowledges nothing", () => {
    const counts = new PolicyCounts();
    counts.setKnown(known("a"));
    counts.addStatus(status("a", 2));
    const old = counts.takeDelta();
    counts.takeDelta();
    old.acknowledge();
    expect(hits(counts.takeDelta().statuses)).toEqual([["a", 2]]);
  });

  test("a policy that left is told once more if it has counts, and then forgotten", () => {
    const counts = new PolicyCounts();
    counts.setKnown(known("a", "b", "c"));
    counts.addStatus(status("a", 2));
    counts.setKnown(known("c"));
    counts.addStatus(status("b", 3));
    const delta = counts.takeDelta();
    expect(hits(delta.statuses)).toEqual([
      ["a", 2],
      ["b", 3],
      ["c", 0],
    ]);
    delta.acknowledge();
    expect(hits(counts.takeDelta().statuses)).toEqual([["c", 0]]);
  });

  test("whatever fails in between, what was acknowledged adds up to what was counted", () => {
    const step = fc.oneof(
      fc.nat(9).map((by) => ({ by })),
      fc.constant("fail" as const),
      fc.constant("ok" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const counts = new PolicyCounts();
        counts.setKnown(known("a"));
        let counted = 0;
        let delivered = 0;
        for (const one of [...steps, "ok" as const]) {
          if (typeof one === "object") {
            counted += one.by;
            counts.addStatus(status("a", one.by));
            continue;
          }
          const delta = counts.takeDelta();
          if (one === "fail") continue;
          delivered += delta.statuses[0]?.hits ?? 0;
          delta.acknowledge();
        }
        expect(delivered).toBe(counted);
      }),
      { numRuns: 300 },
    );
  });
});
