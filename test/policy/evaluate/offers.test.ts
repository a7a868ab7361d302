// Which records extensions get, and when.

import { describe, expect, test } from "bun:test";
import { createEngine } from "../../../src/policy/engine.ts";
import type { ExtensionHandler } from "../../../src/policy/extension-handler.ts";
import type { ExtensionMode, Keep, Policy } from "../../../src/policy/model.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { policyOf } from "../../support/engine.ts";
import { eachRecord } from "../../extensions/packed-records.ts";
import { putRecord } from "../../support/plain-record.ts";
import { finish } from "../../support/steps.ts";

const TYPE = "com.example/copy";

function contains(id: string, text: string, keep: Keep, modes: readonly ExtensionMode[]): Policy {
  const policy = policyOf(
    id,
    [
      {
        field: { kind: "field", field: "body" },
        condition: { op: "contains", text },
        negate: false,
        caseInsensitive: false,
      },
    ],
    keep,
  );
  const config = new Uint8Array(0);
  return {
    ...policy,
    extensions: modes.map((mode) => ({ type: TYPE, version: "1.0.0", config, mode })),
  };
}

/** What the handler was offered, `body policy mode`, after judging the bodies as one request. */
function offered(
  policies: readonly Policy[],
  bodies: readonly string[],
  end: "commit" | "abort" = "commit",
): string[] {
  const seen: string[] = [];
  const handler: ExtensionHandler = {
    type: TYPE,
    offer: eachRecord(({ bytes, source: { policy, use }, kept, encoding }) => {
      const text = new TextDecoder().decode(bytes);
      seen.push(`${text} ${policy} ${use.mode} ${kept ? "kept" : "dropped"} ${encoding}`);
    }),
  };
  const extensions = new Map([[TYPE, handler]]);
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0,
    extensions,
  });
  finish(engine.replace(policies));
  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  for (const body of bodies) {
    putRecord(evaluation, { fields: { body } });
    evaluation.decide(0);
    const bytes = new TextEncoder().encode(`[${body}]`);
    if (evaluation.offering) evaluation.offer(bytes, 1, bytes.length - 1, "otlp_json");
    bytes.fill(0);
    expect(evaluation.offering).toBe(false);
    expect(seen).toEqual([]);
  }
  evaluation[end]();
  // In which order the policies that match a record come is not said.
  return seen.sort();
}

describe("extensions", () => {
  const drops = contains("drops", "bad", { kind: "none" }, ["kept", "dropped", "matched"]);
  const watches = contains("watches", "x", { kind: "all" }, [
    "kept",
    "dropped",
    "unmatched",
    "all",
  ]);

  test("get copies of the records that their mode asks for, once the request is done", () => {
    expect(offered([drops, watches], ["x bad", "x", "bad", "y"])).toEqual(
      [
        "x bad drops dropped dropped otlp_json",
        "x bad drops matched dropped otlp_json",
        "x bad watches dropped dropped otlp_json",
        "x bad watches all dropped otlp_json",
        "x watches kept kept otlp_json",
        "x watches all kept otlp_json",
        "bad drops dropped dropped otlp_json",
        "bad drops matched dropped otlp_json",
        "bad watches unmatched dropped otlp_json",
        "bad watches all dropped otlp_json",
        "y watches unmatched kept otlp_json",
        "y watches all kept otlp_json",
      ].sort(),
    );
  });

  test("get nothing of a request that turns out undecodable", () => {
    expect(offered([drops, watches], ["x bad", "y"], "abort")).toEqual([]);
  });

  test("of an unknown type are skipped and reported, and the policy works", () => {
    const engine = createEngine({
      validateRegex: () => undefined,
      nowMs: () => 0,
      random: () => 0,
    });
    const summary = finish(engine.replace([drops]));
    const warning = `policy: extensions[0]: no handler for type "${TYPE}"; it is skipped`;
    expect(summary.policies[0]?.errors).toEqual([]);
    expect(summary.policies[0]?.warnings[0]).toBe(warning);
    expect(engine.totals()[0]?.errors).toContain(warning);
    const evaluation = engine.evaluation("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "bad" } });
    expect([evaluation.decide(0), evaluation.offering]).toEqual([Verdict.drop, false]);
    evaluation.commit();
  });

  test("of which a use has a fault are told, and get nothing of it; the policy works", () => {
    const seen: string[] = [];
    const handler: ExtensionHandler = {
      type: TYPE,
      faultOf: ({ mode }) => (mode === "dropped" ? "no target of that name" : undefined),
      offer: eachRecord(({ source }) => void seen.push(source.use.mode)),
    };
    const extensions = new Map([[TYPE, handler]]);
    const deps = { validateRegex: () => undefined, nowMs: () => 0, random: () => 0, extensions };
    const engine = createEngine(deps);
    const { policies } = finish(engine.replace([drops]));
    expect(policies.map(({ errors, warnings }) => [errors, warnings])).toEqual([
      [[], ["policy: extensions[1]: no target of that name"]],
    ]);
    const evaluation = engine.evaluation("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "bad" } });
    expect(evaluation.decide(0)).toBe(Verdict.drop);
    evaluation.offer(new Uint8Array(3), 0, 3, "line");
    evaluation.commit();
    expect(seen).toEqual(["matched"]);
    expect(engine.totals()[0]?.hits).toBe(1);
  });

  test("that throw are reported and change nothing", () => {
    const failures: unknown[] = [];
    const handler: ExtensionHandler = {
      type: TYPE,
      offer: () => {
        throw new Error("full");
      },
    };
    const engine = createEngine({
      validateRegex: () => undefined,
      nowMs: () => 0,
      random: () => 0,
      extensions: new Map([[TYPE, handler]]),
      onExtensionError: (policy, type, reason) => failures.push([policy, type, String(reason)]),
    });
    finish(engine.replace([contains("a", "x", { kind: "all" }, ["all"])]));
    const evaluation = engine.evaluation("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "x" } });
    evaluation.decide(0);
    evaluation.offer(new Uint8Array(3), 0, 3, "line");
    evaluation.commit();
    expect(failures).toEqual([["a", TYPE, "Error: full"]]);
    expect(engine.totals()[0]?.hits).toBe(1);
  });
});
