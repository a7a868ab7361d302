// Drafts of policies in the console: read, checked, and what they would do to records.

import { describe, expect, test } from "bun:test";
import { draftOf, judgePasted, tallyOf } from "../../src/console/model/draft.ts";
import { LiveJudging } from "../../src/console/model/live-judging.ts";
import type { TapRecord } from "../../src/console/model/tap-lines.ts";
import { yamlOf } from "../../src/console/model/yaml.ts";
import { EXAMPLE_POLICIES, EXAMPLE_RECORDS } from "../../src/console/drafts.ts";

const DEPS = { nowMs: () => 0, random: () => 0 };
const faultsOf = (text: string) =>
  draftOf(text, DEPS).faults.map(({ line, column, policy, message }) => [
    `${line}:${column}`,
    policy,
    message,
  ]);

describe("a draft", () => {
  test("may be YAML or JSON, a set or one policy", () => {
    const one = {
      id: "a",
      name: "A",
      metric: { match: [{ metric_field: "name", exact: "m" }], keep: false },
    };
    const texts = [EXAMPLE_POLICIES, JSON.stringify({ policies: [one] }), JSON.stringify(one)];
    expect(texts.map((text) => draftOf(text, DEPS).ids)).toEqual([
      ["drop-health-checks", "redact-mail"],
      ["a"],
      ["a"],
    ]);
    expect(draftOf("  \n", DEPS)).toMatchObject({ ids: [], faults: [] });
  });

  test("tells each mistake with its place", () => {
    expect(faultsOf("policies: [")).toEqual([["1:12", undefined, expect.any(String)]]);
    expect(
      faultsOf(
        "id: a\nname: A\nlog:\n  match:\n    - {log_field: body, regex: 'x('}\n  keep: none\n",
      ),
    ).toEqual([["5:32", "a", expect.stringContaining("invalid regex")]]);
  });

  test("says which patterns only RE2 could judge, and takes those that its own engine reads", () => {
    const draft = draftOf(
      String.raw`{"id":"a","name":"A","log":{"match":[{"log_field":"body","regex":"\\pL+x"}],"keep":"none"}}`,
      DEPS,
    );
    expect([draft.ids, draft.unchecked]).toEqual([["a"], [String.raw`\pL+x`]]);
  });
});

describe("records", () => {
  test("that are pasted are judged", () => {
    const pasted = judgePasted(draftOf(EXAMPLE_POLICIES, DEPS), EXAMPLE_RECORDS);
    expect(pasted.judged.map(({ outcome }) => outcome)).toEqual(["drop", "keep", "edit"]);
    expect(tallyOf(pasted.judged)).toMatchObject({ records: 3, matched: 2, dropped: 1, edited: 1 });
    expect([pasted.kind, pasted.unexplained, pasted.fault]).toEqual(["OTLP in JSON", 0, undefined]);
  });

  test("are judged by policies in shadow as if they were enforced: a draft is tried", () => {
    const draft = draftOf(
      EXAMPLE_POLICIES.replaceAll("    log:", "    labels: { edge.mode: shadow }\n    log:"),
      DEPS,
    );
    const { judged } = judgePasted(draft, EXAMPLE_RECORDS);
    expect(judged.map(({ outcome }) => outcome)).toEqual(["drop", "keep", "edit"]);
    expect(judged[0]?.explained.verdict).toBe("keep");
    expect(tallyOf(judged)).toMatchObject({ matched: 2, dropped: 1, edited: 1 });
  });

  test("that are damaged are told as such", () => {
    const pasted = judgePasted(draftOf(EXAMPLE_POLICIES, DEPS), '{"resourceLogs":[{');
    expect([pasted.judged, typeof pasted.fault]).toEqual([[], "string"]);
  });

  test("that pass are judged once each, whatever else comes", () => {
    const judging = new LiveJudging(draftOf(EXAMPLE_POLICIES, DEPS));
    const record = {
      seq: 1,
      signal: "log",
      decision: "keep",
      document: '{"message":"GET /health","status":"info"}',
    } as unknown as TapRecord;
    const hidden = { ...record, seq: 2, document: undefined };
    const first = judging.judge([record, hidden]);
    expect([first.rows.map(({ judged }) => judged.outcome), first.unexplained]).toEqual([
      ["drop"],
      1,
    ]);
    expect(judging.judge([record]).rows[0]).toBe(first.rows[0] as never);
  });
});

test("what is JSON is copied as YAML; YAML stays as it was typed", () => {
  expect(yamlOf('{"policies":[{"id":"a","n":18446744073709551615}]}')).toBe(
    "policies:\n  - id: a\n    n: 18446744073709551615\n",
  );
  expect(yamlOf("a:   1 # as typed\n")).toBe("a:   1 # as typed\n");
  expect(yamlOf("{")).toBe("{");
});
