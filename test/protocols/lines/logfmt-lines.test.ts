// logfmt lines: every line can be read; pairs are attributes, some are fields; edits in the text.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { LinesFormat } from "../../../src/protocols/lines/index.ts";
import { attributeRef, FakeEvaluation, fieldRef } from "../../support/fake-evaluation.ts";
import { drop, editAll, left } from "./filter-lines.ts";

const REFS = [
  fieldRef("body"),
  fieldRef("severity_text"),
  fieldRef("severity_number"),
  attributeRef("record", "a"),
  attributeRef("record", "http", "status"),
];

function seen(line: string): unknown {
  const evaluation = new FakeEvaluation("log", REFS);
  new LinesFormat({ syntax: "logfmt" }).filter(encodeUtf8(`${line}\n`), evaluation);
  return evaluation.records[0];
}

describe("reading", () => {
  test.each<[string, string, object]>([
    ["msg is the body", "msg=m a=x", { "record:a": "x" }],
    ["quoted values", 'msg=m a="x y"', { "record:a": "x y" }],
    ["escapes in quotes", 'msg=m a="\\"x\\"\\n\\u00e9"', { "record:a": '"x"\né' }],
    ["no escapes without", "msg=m a=x\\n", { "record:a": "x\\n" }],
    ["broken escapes stay", 'msg=m a="\\u12"', { "record:a": "\\u12" }],
    ["empty values", "msg=m a= b=", { "record:a": "" }],
    ["words without a value are nothing", "msg=m a b", {}],
    ["a value may have equals signs", "msg=m a=b=c", { "record:a": "b=c" }],
    ["an open quote takes the rest", 'msg=m a="x y', { "record:a": "x y" }],
    ["equal keys are all there", "msg=m a=1 a=2", { "record:a": ["1", "2"] }],
    ["tabs separate", "msg=m\ta=1", { "record:a": "1" }],
    ["keys with dots", "msg=m http.status=200", { "record:http/status": "200" }],
    ["level", "msg=m level=error", { severity_text: "error", severity_number: 17n }],
  ])("%s", (_, line, expected) => {
    expect(seen(line)).toEqual({ body: "m", ...expected });
  });

  test.each<[string, object]>([
    ["plain words", { body: "plain words" }],
    ["", {}],
    ["=x", { body: "=x" }],
    ['"a=b"', { body: '"a=b"' }],
    ["message=1 msg=2", { body: "1" }],
    ["msg=2 message=1", { body: "2" }],
    ['msg="" a=1', { "record:a": "1" }],
  ])("the body of %j", (line, expected) => {
    expect(seen(line)).toEqual(expected);
  });
});

test("drops by a pair", () => {
  const policies = [drop({ log_attribute: "env", equals: "dev" })];
  expect(left("env=dev x\nenv=development\n\nenv = dev\n", { syntax: "logfmt", policies })).toBe(
    "env=development\n\nenv = dev\n",
  );
});

describe("edits", () => {
  test.each<[string, object, string, string]>([
    [
      "a value, and nothing else",
      editAll({ redact: [{ log_attribute: "a", regex: "\\d", replacement: "#" }] }),
      "  x  a=1\tb=1 a=2 ",
      "  x  a=#\tb=1 a=# ",
    ],
    [
      "puts quotes where they are needed",
      editAll({ redact: [{ log_attribute: "a", regex: ".+", replacement: 'x "y"' }] }),
      "a=1 b=2",
      'a="x \\"y\\"" b=2',
    ],
    [
      "empty values have quotes",
      editAll({ redact: [{ log_attribute: "a", regex: ".+", replacement: "" }] }),
      "a=1",
      'a=""',
    ],
    ["removes pairs", editAll({ remove: [{ log_attribute: "a" }] }), " a=1 b=2 a=3", " b=2"],
    [
      "renames",
      editAll({ rename: [{ from_log_attribute: "a", to: "b", upsert: true }] }),
      'a="x y" b=2 c=3',
      'c=3 b="x y"',
    ],
    [
      "does not rename to what is no key",
      editAll({ rename: [{ from_log_attribute: "a", to: "b c", upsert: true }] }),
      "a=1",
      "a=1",
    ],
    [
      "adds at the end",
      editAll({ add: [{ log_attribute: ["a", "b"], value: "x y", upsert: false }] }),
      "c=1",
      'c=1 a.b="x y"',
    ],
    [
      "to an empty line",
      editAll({ add: [{ log_attribute: "a", value: "1", upsert: false }] }),
      "",
      "a=1",
    ],
    [
      "redacts a body that is the line",
      editAll({ redact: [{ log_field: "body", regex: "\\d+", replacement: "#" }] }),
      "card 42 x=1",
      "card # x=#",
    ],
    [
      "redacts what an open quote begins",
      editAll({ redact: [{ log_field: "body" }] }),
      'msg="card 42',
      "msg=[REDACTED]",
    ],
  ])("%s", (_, policy, line, expected) => {
    expect(left(`${line}\r\n`, { syntax: "logfmt", policies: [policy] })).toBe(`${expected}\r\n`);
  });
});
