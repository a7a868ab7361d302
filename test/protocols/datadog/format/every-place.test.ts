// A value that a record has several times: redaction and removal reach every place that goes by the
// name, and every other operation sees them all, too.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { DatadogLogEditor } from "../../../../src/protocols/datadog/format/editor.ts";
import type { FieldSelector } from "../../../../src/policy/record-port.ts";
import { attributeSelector, fieldSelector } from "../../../support/fake-evaluation.ts";
import { textChange } from "../../../support/text-change.ts";

const at = (...path: string[]): FieldSelector => attributeSelector("record", ...path);
const BODY = fieldSelector("body");
const SEVERITY = fieldSelector("severity_text");
const text = JSON.stringify as (value: unknown) => string;

function open(record: string): DatadogLogEditor {
  const editor = new DatadogLogEditor();
  const bytes = encodeUtf8(`[${record},]`);
  editor.open(bytes, 1, bytes.length - 2);
  return editor;
}

/** [what, the record around its values, the selector, the record when they are removed]. */
type Case = readonly [string, (value: string) => string, FieldSelector, string];
const COPIES: readonly Case[] = [
  ["equal keys", (v) => `{"a":"${v}","b":1,"a":"${v}"}`, at("a"), '{"b":1}'],
  ["a key with escapes", (v) => `{"a":"${v}","\\u0061":"${v}"}`, at("a"), "{}"],
  ["equal keys below", (v) => `{"p":{"a":"${v}","a":"${v}"}}`, at("p", "a"), '{"p":{}}'],
  ["equal objects", (v) => `{"p":{"a":"${v}"},"p":{"a":"${v}"}}`, at("p.a"), '{"p":{},"p":{}}'],
  ["nested and dotted", (v) => `{"p":{"a":"${v}"},"p.a":"${v}"}`, at("p", "a"), '{"p":{}}'],
  ["a member and a tag", (v) => `{"a":"${v}","ddtags":"x,a:${v}"}`, at("a"), '{"ddtags":"x"}'],
  ["equal tags", (v) => `{"ddtags":"a:${v},b:1,a:${v}"}`, at("a"), '{"ddtags":"b:1"}'],
  [
    "tags of two members",
    (v) => `{"ddtags":"a:${v}","ddtags":"x,a:${v}"}`,
    at("a"),
    '{"ddtags":"","ddtags":"x"}',
  ],
  [
    "tags of an array",
    (v) => `{"ddtags":["a:${v}","x","y,a:${v}"]}`,
    at("a"),
    '{"ddtags":["x","y"]}',
  ],
  [
    "a member and a document",
    (v) => `{"a":"${v}","message":"{\\"a\\":\\"${v}\\",\\"n\\":1.0}"}`,
    at("a"),
    '{"message":"{\\"n\\":1.0}"}',
  ],
  [
    "documents of equal keys",
    (v) => `{"message":"{\\"a\\":\\"${v}\\"}","message":"{\\"a\\":\\"${v}\\"}"}`,
    at("a"),
    '{"message":"{}","message":"{}"}',
  ],
  [
    "documents of two bodies",
    (v) => `{"message":"x","msg":"{\\"a\\":\\"${v}\\"}"}`,
    at("a"),
    '{"message":"x","msg":"{}"}',
  ],
  [
    "twice in a document",
    (v) => `{"message":"{\\"p\\":{\\"a\\":\\"${v}\\"},\\"p.a\\":\\"${v}\\"}"}`,
    at("p.a"),
    '{"message":"{\\"p\\":{}}"}',
  ],
  [
    "a name and what stands for it",
    (v) => `{"service":"${v}","service.name":"${v}","ddtags":"service:${v}"}`,
    at("service.name"),
    '{"ddtags":""}',
  ],
  ["a message twice", (v) => `{"message":"${v}","n":1,"message":"${v}"}`, BODY, '{"n":1}'],
  [
    "message, msg and log",
    (v) => `{"log":"${v}","msg":"${v}","message":"${v}","n":1}`,
    BODY,
    '{"n":1}',
  ],
  [
    "status, level and severity",
    (v) => `{"status":"${v}","level":"${v}","severity":"${v}","n":1}`,
    SEVERITY,
    '{"n":1}',
  ],
  [
    "texts of a wrapped message",
    (v) =>
      `{"message":"{\\"data\\":{\\"jsonPayload\\":{\\"message\\":\\"${v}\\",\\"log\\":\\"${v}\\"}}}"}`,
    BODY,
    '{"message":"{\\"data\\":{\\"jsonPayload\\":{}}}"}',
  ],
];

describe("a redaction reaches every place", () => {
  test.each(
    COPIES.map((one) => [...one] as [string, (v: string) => string, FieldSelector, string]),
  )("%s", (_, around, selector) => {
    const editor = open(around("old"));
    expect(
      editor.find(selector).rewrite(textChange((_kind, was) => encodeUtf8(`${decodeUtf8(was)}er`))),
    ).toBe(true);
    expect(decodeUtf8(editor.print())).toBe(around("older"));
    expect(editor.find(selector).rewrite(textChange(() => undefined))).toBe(false);
  });
});

describe("a removal reaches every place", () => {
  test.each(
    COPIES.map((one) => [...one] as [string, (v: string) => string, FieldSelector, string]),
  )("%s", (_, around, selector, left) => {
    const editor = open(around("old"));
    expect(editor.find(selector).remove()).toBe(true);
    expect(decodeUtf8(editor.print())).toBe(left);
  });
});

describe("what is no copy stays: ", () => {
  test.each<[string, string, FieldSelector, string]>([
    [
      "an object called log beside a message",
      '{"message":"x","log":{"file":"f"}}',
      BODY,
      '{"log":{"file":"f"}}',
    ],
    [
      "a number called level beside a status",
      '{"status":"x","level":42}',
      SEVERITY,
      '{"level":42}',
    ],
    [
      "an object called service around the name",
      '{"service":{"name":"x","v":1}}',
      at("service.name"),
      '{"service":{"v":1}}',
    ],
    [
      "a member env, which is no tag",
      '{"env":"x","ddtags":"env:x"}',
      at("deployment.environment"),
      '{"env":"x","ddtags":""}',
    ],
    ["null", '{"a":null,"ddtags":"a:x"}', at("a"), '{"a":null,"ddtags":""}'],
  ])("%s", (_, record, selector, left) => {
    const editor = open(record);
    expect(editor.find(selector).remove()).toBe(true);
    expect(decodeUtf8(editor.print())).toBe(left);
  });
});

describe("the target of a rename is seen wherever it is", () => {
  const inMessage = (document: unknown): string => `"message":${text(text(document))}`;
  /** What is left with upsert. */
  test.each<[string, string, string, string]>([
    ["nested", '{"a":1,"p":{"q":2}}', "p.q", '{"p":{},"p.q":1}'],
    ["dotted", '{"a":1,"p.q":2}', "p.q", '{"p.q":1}'],
    ["with an escaped key", '{"a":1,"\\u0062":2}', "b", '{"b":1}'],
    ["twice", '{"a":1,"b":2,"b":3}', "b", '{"b":1}'],
    ["as a tag", '{"a":1,"ddtags":"b:2,c"}', "b", '{"ddtags":"c","b":1}'],
    [
      "in the message",
      `{"a":1,${inMessage({ b: 2, c: 3 })}}`,
      "b",
      `{${inMessage({ c: 3 })},"b":1}`,
    ],
    [
      "under the name that stands for it",
      '{"a":1,"service":"s"}',
      "service.name",
      '{"service.name":1}',
    ],
    [
      "as the tag that stands for it",
      '{"a":1,"ddtags":"env:s"}',
      "deployment.environment",
      '{"ddtags":"","deployment.environment":1}',
    ],
    ["as a tag, from a tag", '{"ddtags":"a:1,b:2"}', "b", '{"ddtags":"b:1"}'],
    ["as a member, from a tag", '{"ddtags":"a:1","b":2}', "b", '{"ddtags":"b:1"}'],
    [
      "in the message, from a tag",
      `{"ddtags":"a:1",${inMessage({ b: 2 })}}`,
      "b",
      `{"ddtags":"b:1",${inMessage({})}}`,
    ],
    [
      "as a member, from the message",
      `{"b":2,${inMessage({ a: 1 })}}`,
      "b",
      `{${inMessage({ b: 1 })}}`,
    ],
    ["as the message that the value is in", `{${inMessage({ a: 1 })}}`, "message", '{"message":1}'],
  ])("%s", (_, record, to, left) => {
    const editor = open(record);
    expect(editor.find(at("a")).rename(encodeUtf8(to), false)).toBe(false);
    expect(decodeUtf8(editor.print())).toBe(record);
    expect(editor.find(at("a")).rename(encodeUtf8(to), true)).toBe(true);
    expect(decodeUtf8(editor.print())).toBe(left);
  });

  test.each<[string, string, string, string]>([
    ["null", '{"a":1,"b":null}', "b", '{"b":1}'],
    ["another name", '{"a":1,"bb":2,"ddtags":"bb:3"}', "b", '{"bb":2,"ddtags":"bb:3","b":1}'],
    [
      "a tag-only name as a member",
      '{"a":1,"env":2}',
      "deployment.environment",
      '{"env":2,"deployment.environment":1}',
    ],
  ])("and %s is none", (_, record, to, left) => {
    const editor = open(record);
    expect(editor.find(at("a")).rename(encodeUtf8(to), false)).toBe(true);
    expect(decodeUtf8(editor.print())).toBe(left);
  });

  test("but not where it is the source itself under the name that stands for it", () => {
    const editor = open('{"service":"s"}');
    expect(editor.find(at("service")).rename(encodeUtf8("service.name"), false)).toBe(true);
    expect(decodeUtf8(editor.print())).toBe('{"service.name":"s"}');
  });

  test("a tag never moves into the place of the tags themselves", () => {
    for (const record of ['{"ddtags":"a:1"}', '{"ddtags":["a:1"]}']) {
      const editor = open(record);
      expect(editor.find(at("a")).rename(encodeUtf8("ddtags"), true)).toBe(false);
      expect(decodeUtf8(editor.print())).toBe(record);
    }
  });
});

describe("a rename and a new text act on the value that counts, each of equal keys by itself", () => {
  test.each<[string, string, string, string]>([
    ["equal keys", '{"a":1,"x":0,"a":2}', '{"x":0,"n":1,"n":2}', '{"a":"y","x":0,"a":"y"}'],
    ["equal tags", '{"ddtags":"a:1,x,a:2"}', '{"ddtags":"n:1,x,n:2"}', '{"ddtags":"a:y,x,a:y"}'],
    [
      "a member before a tag",
      '{"ddtags":"a:1","a":2}',
      '{"ddtags":"a:1","n":2}',
      '{"ddtags":"a:1","a":"y"}',
    ],
  ])("%s", (_, record, renamed, set) => {
    const editor = open(record);
    expect(editor.find(at("a")).rename(encodeUtf8("n"), false)).toBe(true);
    expect(decodeUtf8(editor.print())).toBe(renamed);
    const another = open(record);
    expect(another.find(at("a")).set(encodeUtf8("y"))).toBe(true);
    expect(decodeUtf8(another.print())).toBe(set);
  });
});
