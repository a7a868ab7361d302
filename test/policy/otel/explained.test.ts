// Explanations of records that policies of both dialects match, and of arrays with many elements.

import { expect, test } from "bun:test";
import { VALUES_SHOWN_MAX } from "../../../src/core/limits.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import type { RecordExplanation } from "../../../src/policy/index.ts";
import { otlpJsonFormat } from "../../../src/protocols/otlp/format/index.ts";
import { attributes, decoded, int, list, logs, str } from "../../support/otlp/judged-logs.ts";
import { localEngine } from "../share/shared-engine.ts";

function explained(policies: readonly object[], record: object): RecordExplanation {
  const evaluation = localEngine(decoded(policies)).explaining("log")!;
  otlpJsonFormat("log").filter(encodeUtf8(JSON.stringify(logs(record))), evaluation);
  return evaluation.explanations[0]!;
}

const filter = (id: string, action: string, match: object) => ({
  id,
  log_filter: { matches: [match], action },
});
const BODY = { target: { record_field: "BODY" }, predicate: { exists: {} } };
const tero = (id: string, keep: unknown) => ({
  id,
  name: id,
  log: { match: [{ log_field: "body", exists: true }], keep },
});

test("of an array as many elements are shown as there is room for, and the one that was found", () => {
  const match = { target: { log_attribute: "a" }, predicate: { contains: 900 } };
  const valuesOf = (count: number) => {
    const elements = Array.from({ length: count }, (_, i) => int(i));
    const record = { attributes: attributes({ a: list(...elements) }) };
    const { matched, nearMisses } = explained([filter("p", "DROP", match)], record);
    expect(nearMisses).toEqual([]);
    return matched[0]?.matchers[0]?.values;
  };
  const first = Array.from({ length: VALUES_SHOWN_MAX - 1 }, (_, i) => String(i));
  // The array itself is one, too.
  expect(valuesOf(1000)).toEqual([
    "a list, a map or an empty value",
    ...first,
    "900",
    "… and 980 more",
  ]);
  const near = [BODY, { ...match, negate: true }];
  const few = { body: str("x"), attributes: attributes({ a: list(int(1), int(900)) }) };
  const policy = { id: "p", log_filter: { matches: near, action: "DROP" } };
  expect(explained([policy], few).nearMisses[0]?.firstFailed.values).toEqual([
    "a list, a map or an empty value",
    "1",
    "900",
  ]);
});

test("what exempts a record that the other dialect keeps, too, is named", () => {
  const drop = filter("d", "DROP", BODY);
  const keep = filter("k", "KEEP", BODY);
  const record = { body: str("x") };
  const winner = (...policies: readonly object[]) => explained(policies, record).winner;
  expect(winner(drop, keep)).toEqual({
    id: "k",
    why: "ACTION_KEEP, which exempts from ACTION_DROP",
  });
  expect(winner(drop, keep, tero("t", "all"))).toEqual({
    id: "t",
    why: 'the only match of its dialect, keep all; ACTION_KEEP of "k" exempts from ACTION_DROP',
  });
  expect(winner(drop, keep, tero("t", "all"), tero("u", "all"))).toEqual({
    id: "t",
    why: 'keep all is the most restrictive of 2; lowest id of 2 such policies; ACTION_KEEP of "k" exempts from ACTION_DROP',
  });
  expect(winner(keep, tero("t", "all"))?.why).toBe("the only match of its dialect, keep all");
  expect(winner(drop, keep, tero("t", "none"))).toEqual({
    id: "t",
    why: "the only match of its dialect, keep none",
  });
  expect(winner(drop, tero("t", "all"))).toEqual({
    id: "d",
    why: "ACTION_DROP, and no ACTION_KEEP matches",
  });
});
