// `match_group`: which groups of matchers it decodes to, and what is said of those that are none.

import { describe, expect, test } from "bun:test";
import { policyErrors } from "../../../src/policy/decode/index.ts";
import { errorPath } from "../../../src/policy/decode/error-path.ts";
import type { Matcher } from "../../../src/policy/model.ts";
import { authored, equalsText, field, wired } from "./build.ts";

const debug = { log_field: "severity_text", exact: "DEBUG" };
const body = { log_field: "body", exists: true };
const DEBUG: Matcher = {
  field: field("severity_text"),
  condition: equalsText("DEBUG"),
  negate: false,
  caseInsensitive: false,
};
const BODY: Matcher = { ...DEBUG, field: field("body"), condition: { op: "exists" } };

const groups = (target: object, decode = authored): unknown => {
  const { errors, target: made } = decode(target as Record<string, unknown>);
  return errors.length > 0 ? errors : [made?.matchers, made?.otherGroups];
};
const errorsOf = (log: object): readonly string[] => authored({ log }).errors;

describe("match_group", () => {
  test("is one group or several, each an object or a list, under either spelling", () => {
    const objects = [{ match: [debug, body] }, { match: [body] }];
    const lists = [[debug, body], [body]];
    const want = [[DEBUG, BODY], [[BODY]]];
    expect(groups({ log: { match_group: objects } })).toEqual(want);
    expect(groups({ log: { match_group: lists } })).toEqual(want);
    expect(groups({ log: { matchGroup: [lists[0], objects[1]] } })).toEqual(want);
    expect(groups({ log: { match_group: [[body]] } })).toEqual([[BODY], []]);
    expect(groups({ log: { match: null, match_group: objects } })).toEqual(want);
    expect(groups({ log: { matchGroup: objects } }, wired)).toEqual(want);
  });

  test("stands in metrics and traces as well", () => {
    const name = (signal: string) => ({ [`${signal}_field`]: "name", exists: true });
    const NAME = { ...BODY, field: field("name") };
    const want = [[NAME], [[NAME]]];
    for (const [signal, keep] of [
      ["metric", false],
      ["trace", { percentage: 1 }],
    ] as const) {
      const match_group = [[name(signal)], { match: [name(signal)] }];
      expect(groups({ [signal]: { match_group, keep } })).toEqual(want);
    }
  });

  test("is absent from a policy with match", () => {
    expect(groups({ log: { match: [body] } })).toEqual([[BODY], undefined]);
    expect(groups({ log: { match: [body], match_group: null } })).toEqual([[BODY], undefined]);
  });

  test("beside match is an error: which is meant cannot be known", () => {
    expect(errorsOf({ match: [body], match_group: [[body]] })).toEqual([
      "log: match_group: stands beside match; give one of them",
    ]);
  });

  const mistakes: [unknown, string[]][] = [
    [[], ["match_group: no groups; give at least one"]],
    [{}, ["match_group: expected a list, found an object"]],
    ["x", ['match_group: expected a list, found "x"']],
    [[[body], []], ["match_group[1]: match: no matchers; give at least one"]],
    [[{}], ["match_group[0]: match: no matchers; give at least one"]],
    [[{ match: {} }], ["match_group[0]: match: expected a list, found an object"]],
    [[7], ["match_group[0]: expected an object, found 7"]],
    [
      [{ matches: [body], match: [body] }],
      ['match_group[0]: unknown key "matches"; did you mean "match"?'],
    ],
    [
      [[body], [debug, { exact: "x" }]],
      [
        "match_group[1]: match[1]: no field; give one of log_field, log_attribute, " +
          "resource_attribute, scope_attribute, log_body, log_severity_text, log_severity_number, " +
          "scope_name, scope_version",
      ],
    ],
  ];
  for (const [match_group, want] of mistakes) {
    test(`${JSON.stringify(match_group)} is an error`, () => {
      expect(errorsOf({ match_group })).toEqual(want.map((text) => `log: ${text}`));
    });
  }

  test("neither is an error of match", () => {
    expect(errorsOf({ keep: "none" })).toEqual(["log: match: no matchers; give at least one"]);
  });

  test("is told of bad patterns in every group, in the order of the document", () => {
    const bad = { log_field: "body", regex: "(" };
    const policy = authored({ log: { match_group: [[body, bad], [{ exact: "x" }], [bad]] } });
    const found = policyErrors(policy, (pattern) => (pattern === "(" ? "missing )" : undefined));
    expect(found.map((error) => error.slice(0, 45))).toEqual(
      [
        'log: match_group[0]: match[1]: invalid regex "',
        "log: match_group[1]: match[0]: no field; give",
        'log: match_group[2]: match[0]: invalid regex "',
      ].map((error) => error.slice(0, 45)),
    );
    expect(errorPath(found[0]!)).toEqual(["log", "match_group", 0, "match", 1, "regex"]);
  });
});
