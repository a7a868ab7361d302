// A set behaves as its conversion into the other dialect: where conversion says that nothing is
// lost, what leaves is the same bytes, in every format, and of many sets it says so.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  AUTHORING,
  convertPolicies,
  decodePolicy,
  type Policy,
  type PolicyDialect,
  type Signal,
  writtenPolicy,
} from "../../../src/policy/index.ts";
import { createRegexValidator } from "../../../src/re2/index.ts";
import { LinesFormat } from "../../../src/protocols/lines/index.ts";
import { leaves, scraped } from "../policy-bodies.ts";
import { localEngine } from "../share/shared-engine.ts";
import { LINES, LOG_BODIES, METRIC_BODIES, SPAN_BODIES, UNSAMPLED_SPAN_BODIES } from "./bodies.ts";
import { readByDraft } from "./policies.ts";
import { setsOf } from "./random-sets.ts";

const validateRegex = createRegexValidator();

/** As files have them. */
function written(policies: readonly Policy[]): Policy[] {
  return policies.map((policy) =>
    decodePolicy(JSON.parse(JSON.stringify(writtenPolicy(policy))), AUTHORING),
  );
}

function allLeaves(
  policies: readonly Policy[],
  signal: Signal,
  bodies: typeof LOG_BODIES,
): unknown {
  const evaluation = localEngine(policies).evaluation(signal);
  if (evaluation === undefined) throw new Error("no policy of the signal");
  const left = bodies.map(([path, type, body]) => leaves(evaluation, path, type, body)?.left);
  if (signal === "trace") return left;
  if (signal === "metric") return [left, scraped(evaluation)];
  const tailed = (["json", "logfmt", "raw"] as const).map((syntax) => {
    const bytes = Buffer.from(`${LINES[syntax].join("\n")}\n`);
    const block = new LinesFormat({ syntax }).filterBlock(bytes, evaluation, {
      resource: new Map([["service.name", "x=1"]]),
    });
    return block.body && Buffer.from(block.body).toString("latin1");
  });
  return [left, tailed];
}

/** What is generated, and the share of sets of several policies that is converted whole. */
const CASES = [
  ["log", "any", false, 0],
  ["log", "shared", false, 0.2],
  ["metric", "any", false, 0],
  ["metric", "shared", false, 0.99],
  ["trace", "any", false, 0],
  ["trace", "shared", false, 0.02],
  ["trace", "any", true, 0],
  ["trace", "shared", true, 0.99],
] as const;
const DIALECTS = ["tero", "otel"] as const satisfies readonly PolicyDialect[];
for (const [signal, range, spansArriveUnsampled, share] of CASES) {
  const bodies = {
    log: LOG_BODIES,
    metric: METRIC_BODIES,
    trace: spansArriveUnsampled ? UNSAMPLED_SPAN_BODIES : SPAN_BODIES,
  };
  const options = { validateRegex, spansArriveUnsampled };
  for (const to of DIALECTS) {
    const from = range === "shared" ? DIALECTS.filter((own) => own !== to) : DIALECTS;
    const which = spansArriveUnsampled ? ", unsampled," : "";
    test(`${signal}s${which} leave a set of ${range} parts as its conversion to ${to}`, () => {
      let several = 0;
      let whole = 0;
      fc.assert(
        fc.property(setsOf(signal, range, from), (policies) => {
          const conversions = convertPolicies(policies, to, options);
          const made = conversions.flatMap((one) => one.policies);
          for (const one of made) if (one.target?.dialect === "otel") readByDraft(one);
          if (policies.length > 1) {
            several++;
            if (conversions.every(({ reasons }) => reasons.length === 0)) whole++;
          }
          const after = allLeaves(written(made), signal, bodies[signal]);
          expect(after).toEqual(allLeaves(policies, signal, bodies[signal]));
        }),
        { numRuns: 100 },
      );
      expect(whole / several).toBeGreaterThan(share);
    });
  }
}
