// JSON lines: which members are which fields, what cannot be read passes, and edits in the text.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { LinesFormat } from "../../../src/protocols/lines/index.ts";
import {
  attributeRef,
  COMPOSITE,
  FakeEvaluation,
  fieldRef,
} from "../../support/fake-evaluation.ts";
import { drop, edit, editAll, filterText, left } from "./filter-lines.ts";

const REFS = [
  fieldRef("body"),
  fieldRef("severity_text"),
  fieldRef("severity_number"),
  fieldRef("trace_id"),
  fieldRef("span_id"),
  attributeRef("record", "a"),
  attributeRef("record", "http", "status"),
  attributeRef("record", "http.method"),
];

/** What the policies are told of one line. */
function seen(line: string): unknown {
  const evaluation = new FakeEvaluation("log", REFS);
  new LinesFormat({ syntax: "json" }).filter(encodeUtf8(`${line}\n`), evaluation);
  return evaluation.records[0];
}

describe("fields", () => {
  test.each<[string, string, object]>([
    ["message is the body", '{"message":"m"}', { body: "m" }],
    ["so is body", '{"body":"b"}', { body: "b" }],
    ["and msg", '{"msg":"x"}', { body: "x" }],
    ["the first in the line counts", '{"msg":"1","body":"2","message":"3"}', { body: "1" }],
    ["of equal members the last", '{"message":"1","message":"2"}', { body: "2" }],
    ["text that is not empty", '{"message":"","msg":"x"}', { body: "x" }],
    ["escapes are resolved", '{"message":"a\\n\\u00e9"}', { body: "a\né" }],
    ["without a text the line is the body", '{"n":1}', { body: '{"n":1}' }],
    ["no text is no body", '{"body":{"a":1}}', { body: '{"body":{"a":1}}' }],
    ["an empty text is an empty body", '{"message":""}', {}],
    ["severity_text", '{"msg":"m","severity_text":"WARN"}', { severity_text: "WARN", number: 13n }],
    ["severity", '{"msg":"m","severity":"fatal"}', { severity_text: "fatal", number: 21n }],
    ["level", '{"msg":"m","level":"Info"}', { severity_text: "Info", number: 9n }],
    ["an odd level", '{"msg":"m","level":"loud"}', { severity_text: "loud" }],
    ["a level that is a number", '{"msg":"m","level":50}', { number: 17n }],
    ["one that is none of those", '{"msg":"m","level":55}', {}],
    ["a number that is too long", '{"msg":"m","level":500}', {}],
  ])("%s", (_, line, expected) => {
    const { number, body = "m", ...rest } = expected as Record<string, unknown>;
    const all = number === undefined ? rest : { ...rest, severity_number: number };
    const isEmpty = line === '{"message":""}';
    expect(seen(line)).toEqual(isEmpty ? all : { ...all, body });
  });

  test("ids of traces and spans, in lower case", () => {
    const trace = "0AF7651916CD43DD8448EB211C80319C";
    expect(seen(`{"msg":"m","trace_id":"${trace}","span_id":"b7ad6b7169203331"}`)).toEqual({
      body: "m",
      trace_id: trace.toLowerCase(),
      span_id: "b7ad6b7169203331",
    });
  });

  test.each(["0".repeat(32), "a".repeat(31), "g".repeat(32), ""])("no id: %j", (id) => {
    expect(seen(`{"msg":"m","trace_id":"${id}"}`)).toEqual({ body: "m" });
  });
});

describe("attributes", () => {
  test.each<[string, string, object]>([
    ["members", '{"msg":"m","a":"x"}', { "record:a": "x" }],
    ["of every type", '{"msg":"m","a":12}', { "record:a": 12n }],
    ["doubles", '{"msg":"m","a":1.5}', { "record:a": 1.5 }],
    ["booleans", '{"msg":"m","a":true}', { "record:a": true }],
    ["objects", '{"msg":"m","a":{}}', { "record:a": COMPOSITE }],
    ["null is nothing", '{"msg":"m","a":null}', {}],
    ["empty texts are there", '{"msg":"m","a":""}', { "record:a": "" }],
    ["nested", '{"msg":"m","http":{"status":200}}', { "record:http/status": 200n }],
    ["with dots", '{"msg":"m","http.status":200}', { "record:http/status": 200n }],
    ["either way", '{"msg":"m","http":{"method":"GET"}}', { "record:http.method": "GET" }],
    ["in attributes", '{"msg":"m","attributes":{"a":"x"}}', { "record:a": "x" }],
    ["those beside it count", '{"msg":"m","attributes":{"a":"x"},"a":"y"}', { "record:a": "y" }],
    ["escaped keys", '{"msg":"m","\\u0061":"x"}', { "record:a": "x" }],
  ])("%s", (_, line, expected) => {
    expect(seen(line)).toEqual({ body: "m", ...expected });
  });
});

describe("a value that is no object is a body and nothing else", () => {
  test.each(["[1,{}]", '"text"', "12", "-1.5e3", "true", "false", "null", " [ ] "])(
    "%s",
    (line) => {
      expect(seen(line)).toEqual({ body: line });
    },
  );

  test("which policies can drop and edit", () => {
    const policies = [
      drop({ log_field: "body", equals: "[1]" }),
      editAll({ redact: [{ log_field: "body", regex: "\\d", replacement: "#" }] }),
    ];
    expect(left('[1]\n[2]\n"3"\n', { syntax: "json", policies })).toBe('[#]\n"#"\n');
  });
});

describe("what is no JSON passes unjudged and is counted", () => {
  const policies = [drop({ log_attribute: "none", exists: false })];
  test.each([
    "plain text",
    "",
    "  ",
    '{"a":1',
    '{"a":1}}',
    '{"a":1} x',
    "{'a':1}",
    '{"a":"\u0001"}',
    "{",
  ])("%j", (line) => {
    const { text, outcome } = filterText(`{}\n${line}\n{"b":1}\n`, { syntax: "json", policies });
    expect([text, outcome.unreadable, outcome.dropped]).toEqual([`${line}\n`, 1, 2]);
  });

  test("spaces and a byte order mark around an object are no fault", () => {
    const text = '\ufeff{"a":1}\n \t{"a":2} \r\n';
    const { outcome } = filterText(text, { syntax: "json", policies });
    expect([outcome.unreadable, outcome.dropped]).toEqual([0, 2]);
  });

  test("a document over several lines is none", () => {
    const text = '{"a":1,\n"b":2}\n{"c":[\n{"d":1}\n]}\n';
    const { text: kept, outcome } = filterText(text, { syntax: "json", policies });
    expect([kept, outcome.unreadable]).toEqual(['{"a":1,\n"b":2}\n{"c":[\n]}\n', 4]);
  });

  test("lines that have no end are read once each", () => {
    const line = '{"a":[{}';
    const text = `${line}\n`.repeat(20_000);
    const { text: kept, outcome } = filterText(text, { syntax: "json", policies });
    expect([kept === text, outcome.unreadable]).toEqual([true, 20_000]);
  });
});

describe("edits", () => {
  const cases: [string, object, string, string][] = [
    [
      "redacts in the body",
      editAll({ redact: [{ log_field: "body", regex: "\\d+", replacement: "#" }] }),
      '{"a" : 1, "message":"card 42"}',
      '{"a" : 1, "message":"card #"}',
    ],
    [
      "in every text that could be it",
      editAll({ redact: [{ log_field: "body", regex: "\\d+", replacement: "#" }] }),
      '{"msg":"1","message":"2","body":3}',
      '{"msg":"#","message":"#","body":3}',
    ],
    [
      "in the line when that is the body",
      editAll({ redact: [{ log_field: "body", regex: "4\\d+", replacement: "#" }] }),
      '{"card":"42","n":1}',
      '{"card":"#","n":1}',
    ],
    ["whole", editAll({ redact: [{ log_field: "body" }] }), '{"n":1}', "[REDACTED]"],
    [
      "removes members",
      editAll({ remove: [{ log_attribute: "a" }] }),
      '{"a":1,"b":2,"attributes":{"a":3,"c":4}}',
      '{"b":2,"attributes":{"c":4}}',
    ],
    [
      "removes nested ones, however they are spelled",
      editAll({ remove: [{ log_attribute: ["a", "b"] }] }),
      '{"a":{"b":1,"c":2},"a.b":3}',
      '{"a":{"c":2}}',
    ],
    [
      "renames",
      editAll({ rename: [{ from_log_attribute: "a", to: "b", upsert: true }] }),
      '{"a":{"x":1},"b":2,"c":3}',
      '{"c":3,"b":{"x":1}}',
    ],
    [
      "adds, with what is missing on the way",
      editAll({ add: [{ log_attribute: ["a", "b"], value: "x", upsert: false }] }),
      '{"c":1}',
      '{"c":1,"a":{"b":"x"}}',
    ],
    [
      "adds fields",
      editAll({ add: [{ log_field: "severity_text", value: "INFO", upsert: false }] }),
      '{"msg":"m"}',
      '{"msg":"m","severity_text":"INFO"}',
    ],
    [
      "adds a body to a line whose own is empty",
      editAll({ add: [{ log_field: "body", value: "x", upsert: false }] }),
      '{"message":"","n":1}',
      '{"message":"x","n":1}',
    ],
    [
      "removes the body of a line that is its own",
      editAll({ remove: [{ log_field: "body" }] }),
      '{"n":1}',
      "{}",
    ],
    [
      "keeps numbers, spaces and order",
      editAll({ remove: [{ log_attribute: "x" }] }),
      ' {"n" : 1.50e+3 ,"x":0, "big":12345678901234567890}\t',
      ' {"n" : 1.50e+3 , "big":12345678901234567890}\t',
    ],
  ];
  test.each(cases)("%s", (_, policy, line, expected) => {
    const { text } = filterText(`${line}\r\n`, { syntax: "json", policies: [policy] });
    expect(text).toBe(`${expected}\r\n`);
  });

  test("an edit sees what those before it did, also when they rewrote the line", () => {
    const policies = [
      editAll({
        redact: [{ log_field: "body", regex: "secret", replacement: "open" }],
        rename: [{ from_log_attribute: "secret", to: "gone", upsert: false }],
        add: [{ log_attribute: "by", value: "edge", upsert: false }],
      }),
    ];
    expect(left('{"secret":1}\n', { syntax: "json", policies })).toBe('{"open":1,"by":"edge"}\n');
  });

  test("a line that is no object any more holds no attributes", () => {
    const policies = [
      editAll({
        redact: [{ log_field: "body" }],
        add: [{ log_attribute: "by", value: "edge", upsert: false }],
      }),
    ];
    expect(left('{"n":1}\n', { syntax: "json", policies })).toBe("[REDACTED]\n");
  });

  test("an id is set to hex and cleared by anything else", () => {
    const id = "b7ad6b7169203331";
    const redact = (replacement: string) =>
      edit(
        { log_field: "span_id", exists: true },
        { redact: [{ log_field: "span_id", regex: ".+", replacement }] },
      );
    const line = `{"msg":"m","span_id":"${id}"}\n`;
    expect(left(line, { syntax: "json", policies: [redact("x")] })).toBe('{"msg":"m"}\n');
    const other = "1".repeat(16);
    expect(left(line, { syntax: "json", policies: [redact(other)] })).toBe(
      `{"msg":"m","span_id":"${other}"}\n`,
    );
  });
});

describe("auto", () => {
  test("objects are read as JSON, other lines as they stand", () => {
    const policies = [drop({ log_field: "body", equals: "x" })];
    const text = '{"msg":"x"}\nx\n{"msg":"y"}\nmsg=x\n{"msg":"x"\n';
    const { text: kept, outcome } = filterText(text, { syntax: "auto", policies });
    expect([kept, outcome.unreadable]).toEqual(['{"msg":"y"}\nmsg=x\n{"msg":"x"\n', 0]);
  });
});
