// Which values a Datadog log has for fields and attributes: aliases, nesting, tags, documents
// inside messages.

import { describe, expect, test } from "bun:test";
import { datadogLogsFormat } from "../../../../src/protocols/datadog/format/index.ts";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import type { FieldRef } from "../../../../src/policy/model.ts";
import {
  attributeRef,
  COMPOSITE,
  FakeEvaluation,
  fieldRef,
  type SeenRecord,
} from "../../../support/fake-evaluation.ts";

function seen(record: string, ...refs: FieldRef[]): SeenRecord {
  const evaluation = new FakeEvaluation("log", refs);
  datadogLogsFormat().filter(encodeUtf8(`[${record}]`), evaluation);
  expect(evaluation.records.length).toBe(1);
  return evaluation.records[0]!;
}

const at = (...path: string[]) => attributeRef("record", ...path);
const text = JSON.stringify;

describe("fields", () => {
  const body = fieldRef("body");
  const severity = fieldRef("severity_text");
  const number = fieldRef("severity_number");

  test.each<[string, string, FieldRef, unknown]>([
    ["message", '{"log":"c","msg":"b","message":"a"}', body, "a"],
    ["msg", '{"log":"c","msg":"b"}', body, "b"],
    ["log", '{"log":"c"}', body, "c"],
    ["an escaped message", '{"message":"a\\n\\u00e9\\ud83d\\ude00"}', body, "a\né😀"],
    ["a key with escapes", '{"\\u006dessage":"a"}', body, "a"],
    ["msg when message is empty", '{"message":"","msg":"b"}', body, "b"],
    ["msg when message is null", '{"message":null,"msg":"b"}', body, "b"],
    ["nothing", '{"messages":"a","Message":"b"}', body, undefined],
    ["a number", '{"message":12}', body, 12n],
    ["an array", '{"message":["a"]}', body, COMPOSITE],
    ["an object", '{"message":{"a":1}}', body, COMPOSITE],
    ["both of equal keys", '{"message":"a","x":1,"message":"b"}', body, ["b", "a"]],
    [
      "no msg beside a message that is repeated",
      '{"message":"","msg":"b","message":"a"}',
      body,
      "a",
    ],
    ["no text that looks like a document", '{"message":"{\\"a\\":1} "}', body, '{"a":1} '],
    ["status", '{"severity":"s","level":"l","status":"info"}', severity, "info"],
    ["level", '{"severity":"s","level":"l"}', severity, "l"],
    ["severity", '{"severity":"s"}', severity, "s"],
    ["a numeric status", '{"status":3,"level":"l"}', severity, 3n],
    ["an escaped status", '{"status":"\\u0069nfo"}', severity, "info"],
    ["no status", '{"status":"","level":null}', severity, undefined],
    ["a number for debug", '{"status":"debug"}', number, 5n],
    ["a number for Info", '{"level":"Info"}', number, 9n],
    ["a number for WARNING", '{"status":"WARNING"}', number, 13n],
    ["a number for error", '{"status":"error"}', number, 17n],
    ["a number for critical", '{"status":"critical"}', number, 18n],
    ["a number for emergency", '{"status":" emergency "}', number, 21n],
    ["a number for a syslog severity", '{"status":4}', number, 13n],
    ["a number for a syslog severity as text", '{"status":"7"}', number, 5n],
    ["no number for an unknown status", '{"status":"odd"}', number, undefined],
    ["no number above the syslog severities", '{"status":8}', number, undefined],
    ["no number for a near miss", '{"status":"infos"}', number, undefined],
    [
      "no trace id",
      '{"trace_id":"0af7651916cd43dd8448eb211c80319c"}',
      fieldRef("trace_id"),
      undefined,
    ],
  ])("%s", (_, record, ref, expected) => {
    const values =
      expected === undefined ? {} : { [ref.kind === "field" ? ref.field : ""]: expected };
    expect(seen(record, ref)).toEqual(values as SeenRecord);
  });

  test("status and its number at once, from a text with escapes", () => {
    expect(seen('{"status":"\\u0077arn"}', severity, number)).toEqual({
      severity_text: "warn",
      severity_number: 13n,
    });
  });
});

describe("the body of a wrapped message", () => {
  const wrapped = (payload: object, more: object = {}): string =>
    text({ message: text({ data: { jsonPayload: payload }, severity: "INFO" }), ...more });
  const body = fieldRef("body");

  test.each<[string, string, string | object]>([
    ["message", wrapped({ log: "c", body: "b", message: "a" }), "a"],
    ["body", wrapped({ log: "c", body: "b" }), "b"],
    ["log", wrapped({ log: "c" }), "c"],
    ["body when message is empty", wrapped({ message: "", body: "b" }), "b"],
    ["body when message is no text", wrapped({ message: 1, body: "b" }), "b"],
    ["an escaped text", wrapped({ message: 'a "b"\n' }), 'a "b"\n'],
    ["a dotted key", text({ message: text({ "data.jsonPayload": { message: "a" } }) }), "a"],
    ["a document that is no text", text({ message: { data: { jsonPayload: { log: "x" } } } }), "x"],
    [
      "whitespace around",
      text({ message: ` \n${text({ data: { jsonPayload: { log: "x" } } })} ` }),
      "x",
    ],
    ["the document of msg", text({ msg: text({ data: { jsonPayload: { message: "x" } } }) }), "x"],
  ])("is its %s", (_, record, expected) => {
    expect(seen(record, body)).toEqual({ body: expected } as SeenRecord);
  });

  test.each<[string, string]>([
    ["another shape", text({ data: { payload: { message: "a" } } })],
    ["trailing text", `${text({ data: { jsonPayload: { message: "a" } } })} x`],
    ["an array", text([{ data: { jsonPayload: { message: "a" } } }])],
    ["a broken document", '{"data":{"jsonPayload":{"message":"a"}}'],
    ["single quotes", "{'data': 1}"],
    ["a lone brace", "{"],
    ["two braces that are one", '{"'],
  ])("is the whole text of %s", (_, message) => {
    expect(seen(text({ message }), body)).toEqual({ body: message });
  });
});

describe("attributes", () => {
  test.each<[string, string, FieldRef, unknown]>([
    ["a string", '{"a":"x"}', at("a"), "x"],
    ["an empty string", '{"a":""}', at("a"), ""],
    ["an integer", '{"a":9223372036854775807}', at("a"), 9223372036854775807n],
    ["a larger integer", '{"a":9223372036854775808}', at("a"), 9223372036854775808],
    ["a fraction", '{"a":1.50}', at("a"), 1.5],
    ["an exponent", '{"a":1e3}', at("a"), 1000],
    ["true", '{"a":true}', at("a"), true],
    ["false", '{"a":false}', at("a"), false],
    ["null: nothing", '{"a":null}', at("a"), undefined],
    ["an object", '{"a":{}}', at("a"), COMPOSITE],
    ["an array", '{"a":[1]}', at("a"), COMPOSITE],
    ["a known field", '{"message":"x"}', at("message"), "x"],
    ["a known field of another type", '{"service":12}', at("service"), 12n],
    ["a timestamp that is a text", '{"timestamp":"2026"}', at("timestamp"), "2026"],
    ["all of the tags", '{"ddtags":"a:b,c"}', at("ddtags"), "a:b,c"],
    ["a trace id as any other", '{"dd.trace_id":"12"}', at("dd.trace_id"), "12"],
    ["nested", '{"a":{"b":{"c":1}}}', at("a", "b", "c"), 1n],
    ["nested by a dotted name", '{"a":{"b":{"c":1}}}', at("a.b.c"), 1n],
    ["a dotted key by a path", '{"a.b":1}', at("a", "b"), 1n],
    ["a dotted key by its name", '{"a.b":1}', at("a.b"), 1n],
    ["a dotted key inside", '{"a":{"b.c":1}}', at("a", "b", "c"), 1n],
    ["an element", '{"a":["x","y"]}', at("a", "1"), "y"],
    ["a member of an element", '{"a":[{"b":1},{"b":2}]}', at("a", "1", "b"), 2n],
    ["an element of an element", '{"a":[[1,2]]}', at("a.0.1"), 2n],
    ["no element behind the last", '{"a":["x"]}', at("a", "1"), undefined],
    ["no element by another spelling", '{"a":["x","y"]}', at("a", "01"), undefined],
    ["nothing inside a string", '{"a":"b"}', at("a", "b"), undefined],
    ["a key with escapes", '{"a\\"\\u00e9":1}', at('a"é'), 1n],
    ["a value with escapes", '{"a":"\\u0000\\/"}', at("a"), "\0/"],
    ["the empty key", '{"":1}', at(""), 1n],
    ["the dotted key before the nested one", '{"a":{"b":1},"a.b":2}', at("a", "b"), [2n, 1n]],
    ["the nested one when the dotted key is null", '{"a":{"b":1},"a.b":null}', at("a.b"), 1n],
    ["the longest first key first", '{"a":{"b.c":1},"a.b":{"c":2}}', at("a.b.c"), [2n, 1n]],
    ["a longer way when the first leads nowhere", '{"a.b":1,"a":{"b":{"c":2}}}', at("a.b.c"), 2n],
    ["all of equal keys, the last first", '{"a":1,"a":"x","a":true}', at("a"), [true, "x", 1n]],
    ["equal keys, one with escapes", '{"a":1,"\\u0061":2}', at("a"), [2n, 1n]],
    ["what any of equal objects has", '{"a":{"b":1},"a":{"c":2}}', at("a", "b"), 1n],
    ["equal keys inside of equal keys", '{"a":{"b":1,"b":2},"a":{"b":3}}', at("a.b"), [3n, 2n, 1n]],
    ["what is no null of equal keys", '{"a":1,"a":null}', at("a"), 1n],
  ])("%s", (_, record, ref, expected) => {
    const name = ref.kind === "attribute" ? `record:${ref.path.join("/")}` : "";
    expect(seen(record, ref)).toEqual(
      (expected === undefined ? {} : { [name]: expected }) as SeenRecord,
    );
  });

  test("are the same for records, resources and scopes", () => {
    const refs = (["record", "resource", "scope"] as const).map((scope) =>
      attributeRef(scope, "http", "code"),
    );
    expect(seen('{"http":{"code":200}}', ...refs)).toEqual({
      "record:http/code": 200n,
      "resource:http/code": 200n,
      "scope:http/code": 200n,
    });
  });

  test("a path and a dotted name are two places with one value", () => {
    expect(seen('{"a":{"b":1}}', at("a", "b"), at("a.b"))).toEqual({
      "record:a/b": 1n,
      "record:a.b": 1n,
    });
  });

  test("of one record do not show in the next", () => {
    const evaluation = new FakeEvaluation("log", [at("a"), attributeRef("resource", "a")]);
    datadogLogsFormat().filter(encodeUtf8('[{"a":1},{"b":1},{"ddtags":"a:x"}]'), evaluation);
    expect(evaluation.records).toEqual([
      { "record:a": 1n, "resource:a": 1n },
      {},
      { "record:a": "x", "resource:a": "x" },
    ]);
  });
});

describe("tags", () => {
  test.each<[string, string, unknown]>([
    ["its value", "env:prod,team:shop", "shop"],
    ["all behind the first colon", "team:a:b,c:d", "a:b"],
    ["the empty string for a key alone", "x,team", ""],
    ["the empty string for no value", "team:", ""],
    ["no spaces around", "env:prod , team:shop ", "shop"],
    ["all values of equal keys", "team:a,x,team:b,team", ["a", "b", ""]],
    ["nothing for a near miss", "teams:a,Team:b,x:team", undefined],
    ["nothing between commas", ",,", undefined],
  ])("a tag has %s", (_, ddtags, expected) => {
    const record = text({ message: "m", ddtags });
    expect(seen(record, at("team"))).toEqual(
      (expected === undefined ? {} : { "record:team": expected }) as SeenRecord,
    );
  });

  test("with escapes are unescaped", () => {
    expect(seen('{"ddtags":"a:1,t\\u0065am:\\"x\\""}', at("team"))).toEqual({
      "record:team": '"x"',
    });
  });

  test("have dotted names, too", () => {
    expect(seen('{"ddtags":"kube.pod:x"}', at("kube", "pod"))).toEqual({ "record:kube/pod": "x" });
  });

  test("come after members and before the document in the message", () => {
    const record = text({ message: text({ a: 1, b: 1, c: 1 }), ddtags: "a:2,b:2", a: 3 });
    expect(seen(record, at("a"), at("b"), at("c"))).toEqual({
      "record:a": 3n,
      "record:b": "2",
      "record:c": 1n,
    });
  });

  test("count when the member is null", () => {
    expect(seen('{"a":null,"ddtags":"a:2"}', at("a"))).toEqual({ "record:a": "2" });
  });

  test("are also the texts of an array", () => {
    const tagged = '{"ddtags":["a:1,b:2",{"a":"4"},"\\u0061:3",5]}';
    expect(seen(tagged, at("a"), at("b"))).toEqual({ "record:a": ["1", "3"], "record:b": "2" });
  });

  test("are those of all members of equal keys", () => {
    expect(seen('{"ddtags":"a:1","ddtags":"a:2"}', at("a"))).toEqual({ "record:a": ["2", "1"] });
  });

  test("are none when ddtags is neither", () => {
    expect(seen('{"ddtags":{"a":"2"}}', at("a"))).toEqual({});
  });
});

describe("names of OpenTelemetry", () => {
  test.each<[string, string, string, unknown]>([
    ["service.name", "service", '{"service":"x"}', "x"],
    ["service.name", "itself first", '{"service":"x","service.name":"y"}', "y"],
    ["service.name", "itself, nested", '{"service":{"name":"y"}}', "y"],
    ["service.name", "the tag service", '{"ddtags":"service:x"}', "x"],
    ["service.name", "service in the message", text({ message: text({ service: "x" }) }), "x"],
    ["service.name", "service of any type", '{"service":1}', 1n],
    ["host.name", "hostname", '{"hostname":"x"}', "x"],
    ["host.name", "no host", '{"host":"x"}', undefined],
    ["deployment.environment", "the tag env", '{"ddtags":"env:x"}', "x"],
    ["deployment.environment.name", "the tag env", '{"ddtags":"env:x"}', "x"],
    ["deployment.environment", "no member env", '{"env":"x"}', undefined],
    ["service.version", "the tag version", '{"ddtags":"version:1,x:y"}', "1"],
    ["service.version", "no member version", '{"version":1}', undefined],
    ["service.version", "its own tag first", '{"ddtags":"version:1,service.version:2"}', "2"],
    ["service.version", "all such tags", '{"ddtags":"version:1,version:2"}', ["1", "2"]],
  ])("%s is %s", (name, _, record, expected) => {
    for (const scope of ["resource", "record"] as const) {
      for (const path of [[name], name.split(".")]) {
        expect(seen(record, attributeRef(scope, ...path))).toEqual(
          (expected === undefined
            ? {}
            : { [`${scope}:${path.join("/")}`]: expected }) as SeenRecord,
        );
      }
    }
  });

  test("one tag stands for both names of the environment", () => {
    const names = ["deployment.environment", "deployment.environment.name", "env"];
    const refs = names.map((name) => attributeRef("resource", name));
    expect(seen('{"ddtags":"env:x"}', ...refs)).toEqual(
      Object.fromEntries(names.map((name) => [`resource:${name}`, "x"])),
    );
  });
});

describe("the document in a message", () => {
  const inside = (document: string, ...refs: FieldRef[]): SeenRecord =>
    seen(text({ message: document }), ...refs);

  test("has attributes of all types, by path, dotted name and index", () => {
    const document = text({ user: { id: 7, ok: true, tags: ["p", "q"] }, "x.y": "z", n: null });
    expect(
      inside(
        document,
        at("user", "id"),
        at("user.ok"),
        at("user", "tags", "1"),
        at("x", "y"),
        at("n"),
      ),
    ).toEqual({
      "record:user/id": 7n,
      "record:user.ok": true,
      "record:user/tags/1": "q",
      "record:x/y": "z",
    });
  });

  test("has the absolute paths of a wrapped one", () => {
    const document = text({ data: { jsonPayload: { event_type: "E", message: "m" } } });
    expect(inside(document, fieldRef("body"), at("data", "jsonPayload", "event_type"))).toEqual({
      body: "m",
      "record:data/jsonPayload/event_type": "E",
    });
  });

  test("has all values of equal keys", () => {
    expect(inside('{"a":1,"a":2}', at("a"))).toEqual({ "record:a": [2n, 1n] });
  });

  test("is one of several when the message is repeated", () => {
    const [one, two] = [text(text({ a: 1 })), text(text({ a: 2 }))];
    expect(
      seen(`{"message":${one},"message":${two},"log":${text(text({ a: 3 }))}}`, at("a")),
    ).toEqual({
      "record:a": [2n, 1n],
    });
  });

  test("is not the document of a string inside it", () => {
    expect(inside(text({ inner: text({ a: 1 }) }), at("a"))).toEqual({});
  });

  test("has nothing when it is broken", () => {
    expect(inside('{"a":1,}', at("a"))).toEqual({});
    expect(inside('{"a":1}}', at("a"))).toEqual({});
  });

  test("stays whole however long its record is", () => {
    const long = "é\n".repeat(5000);
    expect(inside(text({ a: long, b: long }), at("b"), fieldRef("body"))).toEqual({
      body: text({ a: long, b: long }),
      "record:b": long,
    });
  });
});
