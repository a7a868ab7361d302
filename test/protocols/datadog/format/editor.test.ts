// Edits of Datadog logs. Every operation either does what it says, exactly there, or says no and
// changes nothing.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { DatadogLogEditor } from "../../../../src/protocols/datadog/format/editor.ts";
import { type FieldSelector, ValueKind } from "../../../../src/policy/record-port.ts";
import { attributeSelector, fieldSelector } from "../../../support/fake-evaluation.ts";

const at = (...path: string[]): FieldSelector => attributeSelector("record", ...path);
const BODY = fieldSelector("body");
const SEVERITY = fieldSelector("severity_text");
const text = JSON.stringify;

type Edit = (editor: DatadogLogEditor) => boolean;
const set =
  (selector: FieldSelector, value: string): Edit =>
  (editor) =>
    editor.find(selector).set(encodeUtf8(value));
const remove =
  (selector: FieldSelector): Edit =>
  (editor) =>
    editor.find(selector).remove();
const rename =
  (selector: FieldSelector, to: string, upsert = false): Edit =>
  (editor) =>
    editor.find(selector).rename(encodeUtf8(to), upsert);

function open(record: string): DatadogLogEditor {
  const editor = new DatadogLogEditor();
  // Between other bytes, as in a request.
  const bytes = encodeUtf8(`[${record},]`);
  editor.open(bytes, 1, bytes.length - 2);
  return editor;
}

/** [what, record, edit, what becomes of it; undefined: the edit says no]. */
type Case = readonly [string, string, Edit, string | undefined];

function cases(list: readonly Case[]): void {
  test.each(list.map((one) => [...one] as [string, string, Edit, string | undefined]))(
    "%s",
    (_, record, edit, expected) => {
      const editor = open(record);
      expect(edit(editor)).toBe(expected !== undefined);
      expect(decodeUtf8(editor.print())).toBe(expected ?? record);
      expect(editor.changed).toBe((expected ?? record) !== record);
    },
  );
}

/** The message that holds a document, as its text is written by JSON.stringify. */
const holding = (document: string, more = ""): string => `{"message":${text(document)}${more}}`;

describe("fields", () => {
  cases([
    ["the message", '{"a":1.0,"message":"x"}', set(BODY, 'y"\n'), '{"a":1.0,"message":"y\\"\\n"}'],
    ["msg", '{"msg" : "x"}', set(BODY, "y"), '{"msg" : "y"}'],
    ["log", '{"message":"","log":"x"}', set(BODY, "y"), '{"message":"","log":"y"}'],
    ["a message of another type", '{"message":[1]}', set(BODY, "y"), '{"message":"y"}'],
    ["a message that is missing", '{"a":1}', set(BODY, "y"), '{"a":1,"message":"y"}'],
    ["a message that is null", '{"message":null,"a":1}', set(BODY, "y"), '{"message":"y","a":1}'],
    [
      "a message twice",
      '{"message":"x","a":1,"message":"z"}',
      set(BODY, "y"),
      '{"message":"y","a":1,"message":"y"}',
    ],
    ["status", '{"level":"l","status":"s"}', set(SEVERITY, "t"), '{"level":"l","status":"t"}'],
    ["level", '{"level":"l"}', set(SEVERITY, "t"), '{"level":"t"}'],
    ["a numeric status", '{"status":3}', set(SEVERITY, "t"), '{"status":"t"}'],
    ["no status yet", '{"a":1}', set(SEVERITY, "t"), '{"a":1,"status":"t"}'],
    ["the removed message", '{"message":"x","a":1}', remove(BODY), '{"a":1}'],
    ["the removed status", '{"a":1, "status":"s" }', remove(SEVERITY), '{"a":1}'],
    ["no message to remove", '{"message":""}', remove(BODY), undefined],
    ["no status to remove", '{"a":1}', remove(SEVERITY), undefined],
    ["no renamed field", '{"message":"x"}', rename(BODY, "y", true), undefined],
    ["no trace id", '{"trace_id":"x"}', set(fieldSelector("trace_id"), "y"), undefined],
    ["no severity number", '{"status":"x"}', set(fieldSelector("severity_number"), "1"), undefined],
    ["no event attribute", '{"a":1}', set(attributeSelector("event", "a"), "y"), undefined],
  ]);
});

describe("a wrapped message", () => {
  const wrapped = (message: string): string =>
    `{"data":{"jsonPayload":{"n":1.0,"message":${text(message)},"log":"l"} , "x":"é\\u0041"}}`;
  cases([
    ["has its inner text replaced", holding(wrapped("x")), set(BODY, 'y"'), holding(wrapped('y"'))],
    [
      "has its inner texts removed",
      holding(wrapped("x"), ',"a":1'),
      remove(BODY),
      holding('{"data":{"jsonPayload":{"n":1.0} , "x":"é\\u0041"}}', ',"a":1'),
    ],
    [
      "that is an object has its inner text replaced",
      `{"message":${wrapped("x")}}`,
      set(BODY, "y"),
      `{"message":${wrapped("y")}}`,
    ],
    [
      "keeps spaces around",
      holding(` ${wrapped("x")}\n`),
      set(BODY, "y"),
      holding(` ${wrapped("y")}\n`),
    ],
  ]);

  test("shows its inner text", () => {
    const editor = open(holding(wrapped('a"b')));
    expect(editor.find(BODY).kind).toBe(ValueKind.string);
    expect(decodeUtf8(editor.find(BODY).text)).toBe('a"b');
  });
});

describe("members", () => {
  cases([
    ["a string", '{"a":"x","b":1e0}', set(at("a"), "y"), '{"a":"y","b":1e0}'],
    ["a value of any type", '{"a":{"b":1},"c":0}', set(at("a"), "y"), '{"a":"y","c":0}'],
    ["an escaped key", '{"\\u0061":"x"}', set(at("a"), "y"), '{"\\u0061":"y"}'],
    ["the same text", '{"a":"\\u0041"}', set(at("a"), "A"), '{"a":"\\u0041"}'],
    ["a nested value", '{"a":{"b":1,"c":[ ]}}', set(at("a", "b"), "y"), '{"a":{"b":"y","c":[ ]}}'],
    ["a nested value by name", '{"a":{"b":1}}', set(at("a.b"), "y"), '{"a":{"b":"y"}}'],
    ["a dotted key by path", '{"a.b":1}', set(at("a", "b"), "y"), '{"a.b":"y"}'],
    ["an element", '{"a":[1, 2 ,3]}', set(at("a", "1"), "y"), '{"a":[1, "y" ,3]}'],
    ["inside an element", '{"a":[{"b":1}]}', set(at("a.0.b"), "y"), '{"a":[{"b":"y"}]}'],
    ["each of equal keys", '{"a":1,"b":2,"a":3}', set(at("a"), "y"), '{"a":"y","b":2,"a":"y"}'],
    [
      "in each of equal objects",
      '{"a":{"b":1},"a":{"b":2}}',
      set(at("a", "b"), "y"),
      '{"a":{"b":"y"},"a":{"b":"y"}}',
    ],
    [
      "the dotted key first",
      '{"a":{"b":1},"a.b":2}',
      set(at("a.b"), "y"),
      '{"a":{"b":1},"a.b":"y"}',
    ],
    ["null", '{"a":null,"b":1}', set(at("a"), "y"), '{"a":"y","b":1}'],
    ["a known field", '{"service":"x"}', set(at("service"), "y"), '{"service":"y"}'],
    ["what stands for a name", '{"service":"x"}', set(at("service.name"), "y"), '{"service":"y"}'],
    ["a new member", '{ "b":1 }', set(at("a"), "y"), '{ "b":1 ,"a":"y"}'],
    ["a member of an empty object", "{}", set(at("a"), "y"), '{"a":"y"}'],
    ["a new dotted key", '{"a":{"c":1}}', set(at("a.b"), "y"), '{"a":{"c":1},"a.b":"y"}'],
    ["a new nested member", '{"a":{"c":1}}', set(at("a", "b"), "y"), '{"a":{"c":1,"b":"y"}}'],
    ["new objects", '{"x":0}', set(at("a", "b", "c"), "y"), '{"x":0,"a":{"b":{"c":"y"}}}'],
    ["objects for null", '{"a":null}', set(at("a", "b"), "y"), '{"a":{"b":"y"}}'],
    ["nothing in a string", '{"a":"x"}', set(at("a", "b"), "y"), undefined],
    ["nothing in an array", '{"a":[]}', set(at("a", "0"), "y"), undefined],
    ["nothing behind an array", '{"a":[1]}', set(at("a", "1"), "y"), undefined],
    ["a removed member", '{"a":1, "b":2}', remove(at("a")), '{ "b":2}'],
    ["a removed object", '{"a":{"b":1}}', remove(at("a")), "{}"],
    ["a removed nested member", '{"a":{"b":1,"c":2}}', remove(at("a", "b")), '{"a":{"c":2}}'],
    ["a removed element", '{"a":[1,2,3]}', remove(at("a", "1")), '{"a":[1,3]}'],
    ["all removed members of a key", '{"a":1,"b":2,"a":3}', remove(at("a")), '{"b":2}'],
    ["no removed null", '{"a":null}', remove(at("a")), undefined],
    ["nothing to remove", '{"A":1}', remove(at("a")), undefined],
    ["nothing to remove inside", '{"a":"b"}', remove(at("a", "b")), undefined],
    ["a renamed member", '{"a":1.0,"b":2}', rename(at("a"), "c"), '{"b":2,"c":1.0}'],
    [
      "a renamed nested one",
      '{"a":{"b":[ 1 ]},"d":2}',
      rename(at("a.b"), "c"),
      '{"a":{},"d":2,"c":[ 1 ]}',
    ],
    ["a renamed element", '{"a":["x","y"]}', rename(at("a", "0"), "c"), '{"a":["y"],"c":"x"}'],
    ["not onto another", '{"a":1,"b":2}', rename(at("a"), "b"), undefined],
    ["onto another", '{"a":1,"b":2,"c":3}', rename(at("a"), "b", true), '{"c":3,"b":1}'],
    ["onto what holds it", '{"a":{"b":1},"c":3}', rename(at("a", "b"), "a", true), '{"c":3,"a":1}'],
    ["onto null", '{"a":1,"b":null}', rename(at("a"), "b"), '{"b":1}'],
    ["nothing to rename", '{"b":2}', rename(at("a"), "c", true), undefined],
  ]);

  test("are the same for all scopes", () => {
    for (const scope of ["resource", "scope", "record"] as const) {
      const editor = open('{"a":1}');
      expect(editor.find(attributeSelector(scope, "a")).set(encodeUtf8("y"))).toBe(true);
      expect(decodeUtf8(editor.print())).toBe('{"a":"y"}');
    }
  });

  test.each<[string, number, string]>([
    ['"x"', ValueKind.string, "x"],
    ["12", ValueKind.int, ""],
    ["9223372036854775808", ValueKind.double, ""],
    ["1.0", ValueKind.double, ""],
    ["true", ValueKind.bool, ""],
    ["false", ValueKind.bool, ""],
    ["{}", ValueKind.composite, ""],
    ["[]", ValueKind.composite, ""],
    ["null", ValueKind.absent, ""],
  ])("of %s have their kind", (value, kind, content) => {
    const editor = open(`{"a":${value}}`);
    expect<number>(editor.find(at("a")).kind).toBe(kind);
    expect(decodeUtf8(editor.find(at("a")).text)).toBe(content);
  });
});

describe("tags", () => {
  const tagged = (tags: string, more = ""): string => `{"message":"m","ddtags":"${tags}"${more}}`;
  cases([
    ["a value", tagged("env:prod,team:x,z"), set(at("team"), "y"), tagged("env:prod,team:y,z")],
    ["a value with spaces", tagged(" team:x , z"), set(at("team"), "y"), tagged(" team:y , z")],
    ["a value with colons", tagged("team:a:b"), set(at("team"), "y"), tagged("team:y")],
    ["a value of none", tagged("a,team,b"), set(at("team"), "y"), tagged("a,team:y,b")],
    ["an empty value", tagged("team:"), set(at("team"), "y"), tagged("team:y")],
    [
      "each of equal keys",
      tagged("team:a,b,team:c"),
      set(at("team"), "y"),
      tagged("team:y,b,team:y"),
    ],
    ["no comma in a value", tagged("team:x"), set(at("team"), "a,b"), tagged("team:a_b")],
    ["escapes", tagged("\\u0061:1,team:x"), set(at("team"), '"'), tagged('\\u0061:1,team:\\"')],
    ["a value in escapes", tagged("a:\\u00e9,b:\\n"), set(at("a"), "y"), tagged("a:y,b:\\n")],
    [
      "what stands for a name",
      tagged("env:x"),
      set(at("deployment.environment"), "y"),
      tagged("env:y"),
    ],
    ["a member first", tagged("a:x", ',"a":1'), set(at("a"), "y"), tagged("a:x", ',"a":"y"')],
    ["no new tag", tagged("a:x"), set(at("b"), "y"), tagged("a:x", ',"b":"y"')],
    ["the first removed", tagged("team:x,env:y"), remove(at("team")), tagged("env:y")],
    ["the last removed", tagged("env:y,team:x"), remove(at("team")), tagged("env:y")],
    ["all of a key removed", tagged("team:a,b,team:c,d"), remove(at("team")), tagged("b,d")],
    ["the only one removed", tagged("team"), remove(at("team")), tagged("")],
    ["no empty one removed", tagged("a,,b"), remove(at("")), undefined],
    ["empty ones kept", tagged("a,,b,,c"), remove(at("b")), tagged("a,,,c")],
    ["nothing to remove", tagged("teams:x"), remove(at("team")), undefined],
    ["a key", tagged("a:1,team:x:y"), rename(at("team"), "squad"), tagged("a:1,squad:x:y")],
    ["a key alone", tagged("team"), rename(at("team"), "squad"), tagged("squad")],
    ["not onto another key", tagged("a:1,b:2"), rename(at("a"), "b"), undefined],
    ["onto another key", tagged("a:1,b:2"), rename(at("a"), "b", true), tagged("b:1")],
    ["no key with a colon", tagged("a:1"), rename(at("a"), "b:c"), undefined],
    ["no key with a comma", tagged("a:1"), rename(at("a"), "b,c"), undefined],
    ["no empty key", tagged("a:1"), rename(at("a"), ""), undefined],
    ["all of them as one text", tagged("a:1"), set(at("ddtags"), "b"), tagged("b")],
  ]);

  test("show their value", () => {
    const editor = open(tagged("env:prod,team:x:y"));
    expect(editor.find(at("team")).kind).toBe(ValueKind.string);
    expect(decodeUtf8(editor.find(at("team")).text)).toBe("x:y");
  });
});

describe("the document in a message", () => {
  const DOCUMENT = '{"user":{"mail":"a@b","n":1.0},"list":["x"],"k":"\\u0041\\/"}';
  cases([
    [
      "a value",
      holding(DOCUMENT),
      set(at("user", "mail"), 'y"\\'),
      holding('{"user":{"mail":"y\\"\\\\","n":1.0},"list":["x"],"k":"\\u0041\\/"}'),
    ],
    [
      "an element",
      holding(DOCUMENT),
      set(at("list.0"), "y"),
      holding('{"user":{"mail":"a@b","n":1.0},"list":["y"],"k":"\\u0041\\/"}'),
    ],
    [
      "a removed value",
      holding(DOCUMENT),
      remove(at("user")),
      holding('{"list":["x"],"k":"\\u0041\\/"}'),
    ],
    [
      "a renamed value, which stays inside",
      holding(DOCUMENT, ',"z":1'),
      rename(at("user", "n"), "m"),
      holding('{"user":{"mail":"a@b"},"list":["x"],"k":"\\u0041\\/","m":1.0}', ',"z":1'),
    ],
    ["not onto another", holding(DOCUMENT), rename(at("k"), "list"), undefined],
    [
      "a value that is new: outside",
      holding(DOCUMENT),
      set(at("new"), "y"),
      holding(DOCUMENT, ',"new":"y"'),
    ],
    [
      "a new value with the name of an object inside: outside",
      holding(DOCUMENT),
      set(at("user", "new"), "y"),
      holding(DOCUMENT, ',"user":{"new":"y"}'),
    ],
    [
      "an object that is no text",
      `{"message":${DOCUMENT}}`,
      set(at("k"), "y"),
      '{"message":{"user":{"mail":"a@b","n":1.0},"list":["x"],"k":"y"}}',
    ],
    [
      "the spelling of the text around",
      '{"message":" {\\u0022a\\u0022:\\"x\\",\\"b\\":\\"\\ud83d\\ude00\\ud800\\\\u00e9\\/\\"}\\t"}',
      set(at("a"), "é\n"),
      '{"message":" {\\u0022a\\u0022:\\"é\\\\n\\",\\"b\\":\\"\\ud83d\\ude00\\ud800\\\\u00e9\\/\\"}\\t"}',
    ],
    ["nothing in a broken one", holding('{"a":1,}'), remove(at("a")), undefined],
    ["nothing in a list", holding('[{"a":1}]'), remove(at("a")), undefined],
  ]);
});

test("each edit sees those before", () => {
  const editor = open(holding('{"a":1,"b":"x"}', ',"ddtags":"t:1,u:2"'));
  expect(editor.find(at("a")).rename(encodeUtf8("c"), false)).toBe(true);
  expect(editor.find(at("c")).set(encodeUtf8("z"))).toBe(true);
  expect(editor.find(at("t")).remove()).toBe(true);
  expect(editor.find(at("u")).rename(encodeUtf8("t"), false)).toBe(true);
  expect(editor.find(at("t")).set(encodeUtf8("3"))).toBe(true);
  expect(editor.find(at("new", "one")).set(encodeUtf8("4"))).toBe(true);
  expect(editor.find(at("new.one")).set(encodeUtf8("5"))).toBe(true);
  expect(decodeUtf8(editor.print())).toBe(
    holding('{"b":"x","c":"z"}', ',"ddtags":"t:3","new":{"one":"5"}'),
  );
  expect(editor.find(BODY).set(encodeUtf8("whole"))).toBe(true);
  expect(editor.find(at("b")).kind).toBe(ValueKind.absent);
});
