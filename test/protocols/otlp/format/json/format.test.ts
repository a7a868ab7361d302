// Finding, cutting and patching OTLP/JSON requests.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { JSON_DEPTH_MAX } from "../../../../../src/core/json/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { otlpJsonFormat } from "../../../../../src/protocols/otlp/format/json/index.ts";

import { Verdict, type VerdictIndex } from "../../../../../src/policy/record-port.ts";
import {
  attributeSelector,
  attributeRef,
  type FakeBehaviour,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../../../support/fake-evaluation.ts";
import { filter } from "./filtered.ts";

/** Drops the records with these positions in the request. */
function dropping(...indexes: number[]): FakeBehaviour {
  return { decide: (_, i) => (indexes.includes(i) ? Verdict.drop : Verdict.keep) };
}
const dropAll: FakeBehaviour = { decide: () => Verdict.drop };

/** A request: resources of scopes of records, each record named by its `n`. */
function logs(...resources: number[][][]): string {
  const scope = (records: number[]) => ({ scope: {}, logRecords: records.map((n) => ({ n })) });
  return JSON.stringify({ resourceLogs: resources.map((s) => ({ scopeLogs: s.map(scope) })) });
}

describe("dropping records", () => {
  test.each<[string, string, number[], string]>([
    ["the first", logs([[1, 2, 3]]), [0], logs([[2, 3]])],
    ["one in the middle", logs([[1, 2, 3]]), [1], logs([[1, 3]])],
    ["the last", logs([[1, 2, 3]]), [2], logs([[1, 2]])],
    ["a scope", logs([[1], [2, 3]]), [0], logs([[2, 3]])],
    ["the last scope", logs([[1], [2, 3]]), [1, 2], logs([[1]])],
    ["a resource", logs([[1], [2]], [[3]]), [0, 1], logs([[3]])],
    ["all but one", logs([[1], [2, 3]], [[4]]), [0, 2, 3], logs([[2]])],
    ["all", logs([[1], [2, 3]], [[4]]), [0, 1, 2, 3], "{}"],
    ["a scope of several, and none that came in empty", logs([[], [1], []]), [0], logs([[], []])],
    ["no empty resources with it", logs([[1], [2]], [], [[]]), [0, 1], logs([], [[]])],
  ])("drops %s", (_, text, indexes, expected) => {
    const { text: output, counts } = filter(text, dropping(...indexes));
    expect(output).toBe(expected);
    expect(counts[1]).toBe(indexes.length);
  });

  test("leaves whitespace, spellings, unknown and repeated members of what stays", () => {
    const kept = '{"a" : 1.0e1, "\\u0061": [ ] ,"severityText":"\\u0041"}';
    const document = (records: string): string =>
      `\ufeff { "x" : {"y":[1, 2]} , "resource_logs" : [ { "scope_logs":[{ "log_records":` +
      ` [${records}] , "x":0 }],"resource" : { } } ] , "z":null } \n`;
    const { text } = filter(document(` {"n":1} ,\n ${kept} ,\n {"n":3} `), dropping(0, 2));
    expect(text).toBe(document(` ${kept} `));
  });

  test("keeps the other members of the request when nothing is left", () => {
    const text = '{ "a":1, "resourceLogs" :[{"scopeLogs":[{"logRecords":[{}]}]}] , "b" : 2 }';
    expect(filter(text, dropAll).text).toBe('{ "a":1 , "b" : 2 }');
    expect(filter(text, dropAll).counts).toEqual([1, 1, 0, 0]);
  });

  test("tells what is left when all was dropped from nothing", () => {
    const remains = (request: string): boolean => filter(request, dropAll).remains;
    const resource = '{"scopeLogs":[{"logRecords":[{}]}]}';
    expect(remains(`{"resourceLogs":[${resource}],"a":1}`)).toBe(true);
    expect(remains(`{"resourceLogs":[${resource},{"x":1}]}`)).toBe(true);
    expect(remains(`{"resourceLogs":[${resource}],"resourceLogs":[],"a":null}`)).toBe(false);
    expect(remains(`{"resourceLogs":[${resource},{}]}`)).toBe(true);
    expect(remains('{"resourceLogs":[],"a":1}')).toBe(false);
    expect(remains(`{"resourceLogs":[${resource},5],"a":1}`)).toBe(false);
  });

  test("gives nothing back when nothing changed, even with empty containers", () => {
    expect(filter(logs([[], [1]], [])).text).toBeUndefined();
    expect(filter(logs([[], [1]], [])).counts).toEqual([1, 0, 0, 0]);
  });

  test("removes empty containers when asked to write in any case", () => {
    const { text } = filter(logs([[], [1]], [], [[]]), {}, { alwaysRewrite: true });
    expect(text).toBe(logs([[1]]));
    expect(filter('{"resourceLogs":[]}', {}, { alwaysRewrite: true }).text).toBe("{}");
    expect(filter(logs([[1]]), {}, { alwaysRewrite: true }).text).toBe(logs([[1]]));
  });

  test.each([
    [
      "a resource",
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}],"y":[{}]},{}]}',
      '{"resourceLogs":[{"scopeLogs":[],"y":[{}]},{}]}',
    ],
    [
      "a scope, and the resource around it",
      '{"resourceLogs":[{"scopeLogs":[{"entity_refs":{},"logRecords":[{},{}]},{}]}]}',
      '{"resourceLogs":[{"scopeLogs":[{"entity_refs":{},"logRecords":[]},{}]}]}',
    ],
    [
      "a scope with repeated records",
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}],"logRecords":[{}],"x":false}]}]}',
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[],"logRecords":[],"x":false}]}]}',
    ],
  ])("members of another version of the protocol keep %s", (_, input, output) => {
    expect(filter(input, dropAll).text).toBe(output);
  });

  test.each(['"x":null', '"x":[]', '"x" : [ \n ]'])(
    "removes an empty container whose unknown members say nothing: %s",
    (member) => {
      const text = `{"resourceLogs":[{${member},"scopeLogs":[{"logRecords":[{}],${member}}]}]}`;
      expect(filter(text, dropAll).text).toBe("{}");
    },
  );

  test("leaves the rest of a random request as JSON.parse sees it", () => {
    type Item = Record<string, Item[]>;
    const subset = fc.array(fc.boolean(), { maxLength: 12 });
    const layout = fc.array(fc.array(fc.nat(4), { maxLength: 3 }), { maxLength: 3 });
    fc.assert(
      fc.property(layout, subset, fc.constantFrom(0, 1, "\t"), (sizes, drops, indent) => {
        let n = 0;
        const resources = sizes.map((scopes) => ({
          scopeLogs: scopes.map((size) => ({
            logRecords: Array.from({ length: size }, () => ({ n: n++ })),
          })),
        }));
        const text = JSON.stringify({ v: 1, resourceLogs: resources }, null, indent);
        const stays = (record: { n: number }): boolean => drops[record.n] !== true;
        const left = resources
          .map(({ scopeLogs }) => ({
            scopeLogs: scopeLogs
              .map(({ logRecords }) => ({ logRecords: logRecords.filter(stays) }))
              .filter(({ logRecords }) => logRecords.length > 0),
          }))
          .filter(({ scopeLogs }) => scopeLogs.length > 0);
        const expected = left.length > 0 ? { v: 1, resourceLogs: left } : { v: 1 };
        const dropped = dropping(...drops.flatMap((drop, i) => (drop ? [i] : [])));
        const { text: output } = filter(text, dropped, { alwaysRewrite: true });
        expect(JSON.parse(output!)).toEqual(expected as unknown as Item);
      }),
    );
  });
});

describe("what is not as it should be", () => {
  test("passes records that are no objects, and counts them", () => {
    const records = (list: string): string =>
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${list}]}]}]}`;
    const { text, counts } = filter(records('5,{"n":1},null,[{}],"x"'), dropAll);
    expect(text).toBe(records('5,null,[{}],"x"'));
    expect(counts).toEqual([5, 1, 0, 4]);
  });

  test.each([
    '{"resourceLogs":{}}',
    '{"resourceLogs":[5]}',
    '{"resourceLogs":[{"scopeLogs":"x"}]}',
    '{"resourceLogs":[{"scopeLogs":[[]]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":{}}]}]}',
  ])("passes containers of an odd type: %s", (text) => {
    const { text: output, counts } = filter(text, dropAll, { alwaysRewrite: true });
    expect(output).toBe(text);
    expect(counts).toEqual([1, 0, 0, 1]);
  });

  test.each(["{}", '{"resourceLogs":null}', '{"a":[{}]}', '{"resourceSpans":[]}'])(
    "finds no records in %s",
    (text) => {
      expect(filter(text, dropAll, { alwaysRewrite: true }).text).toBe(text);
      expect(filter(text, dropAll).counts).toEqual([0, 0, 0, 0]);
    },
  );

  test("filters every array when the member is repeated", () => {
    const text =
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"n":1}],"log_records":[{"n":2},{"n":3}]}]}]}';
    expect(filter(text, dropping(0, 1)).text).toBe(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[],"log_records":[{"n":3}]}]}]}',
    );
  });

  test.each([
    "",
    "[]",
    "5",
    "null",
    '"x"',
    "{",
    '{"a":1}}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a\nb"}}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":01}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]},]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}],"schemaUrl":"x}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[5]}]}]} x',
  ])("takes the evaluation back and throws for %j", (text) => {
    const refs = [fieldRef("body"), fieldRef("resource_schema_url"), attributeRef("record", "a")];
    const evaluation = new FakeEvaluation("log", refs);
    const format = otlpJsonFormat("log");
    expect(() => format.filter(encodeUtf8(text), evaluation)).toThrow(UndecodableError);
    expect([evaluation.calls[0], evaluation.calls.at(-1)]).toEqual(["begin", "abort"]);
    // Nothing of it is left for the next request.
    const { body } = format.filter(encodeUtf8(logs([[1]])), evaluation, { alwaysRewrite: true });
    expect(decodeUtf8(body!)).toBe(logs([[1]]));
  });

  test("refuses nesting beyond the limit wherever it is", () => {
    const open = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"a","value":';
    const refs = [attributeRef("record", "a")];
    const deep = (levels: number): string =>
      `${open}${'{"arrayValue":'.repeat(levels)}{}${"}".repeat(levels)}}]}]}]}]}`;
    const around = 9;
    expect(filter(deep(JSON_DEPTH_MAX - around - 1), {}, { refs }).counts[0]).toBe(1);
    expect(() => filter(deep(JSON_DEPTH_MAX - around), {}, { refs })).toThrow(UndecodableError);
  });

  test("refuses a program of another signal", () => {
    const evaluation = new FakeEvaluation("trace", []);
    expect(() => otlpJsonFormat("log").filter(encodeUtf8("{}"), evaluation)).toThrow(TypeError);
  });

  test("passes on what the evaluation throws, after taking it back", () => {
    const failing: FakeBehaviour = {
      decide: () => {
        throw new RangeError("a fault");
      },
    };
    const evaluation = new FakeEvaluation("log", [], failing);
    const body = encodeUtf8(logs([[1]]));
    expect(() => otlpJsonFormat("log").filter(body, evaluation)).toThrow("a fault");
    expect(evaluation.calls.at(-1)).toBe("abort");
  });
});

describe("the order of calls", () => {
  test("is that of the protocol", () => {
    const { evaluation } = filter(logs([[1, 2], [3]], [[]]));
    expect(evaluation.calls.join(" ").replaceAll("begin", "+").replaceAll("end", "-")).toBe(
      "+ +Resource +Scope +Record +Record -Scope +Scope +Record -Scope -Resource " +
        "+Resource +Scope -Scope -Resource commit",
    );
  });

  const RESOURCE = '"resource":{"attributes":[{"key":"a","value":{"stringValue":"r\\n"}}]}';
  const SCOPE = '"scope":{"name":"s"}';
  const refs = [
    attributeRef("resource", "a"),
    fieldRef("resource_schema_url"),
    fieldRef("scope_name"),
    fieldRef("scope_schema_url"),
  ];
  const seen = {
    "resource:a": "r\n",
    resource_schema_url: "u",
    scope_name: "s",
    scope_schema_url: "v",
  };

  test.each([
    ["before its records", (a: string, b: string, list: string) => `${a},${b},${list}`],
    ["behind its records", (a: string, b: string, list: string) => `${list},${b},${a}`],
    ["around its records", (a: string, b: string, list: string) => `${b},${list},${a}`],
  ])("does not matter to a container: members %s", (_, order) => {
    const scope = order(SCOPE, '"schemaUrl":"v"', '"logRecords":[{"n":1},{"n":2}]');
    const resource = order(RESOURCE, '"schema_url":"u"', `"scopeLogs":[{${scope}},{${scope}}]`);
    const text = `{"resourceLogs":[{${resource}}]}`;
    const { evaluation, text: output } = filter(text, dropping(0, 3), { refs });
    expect(evaluation.records).toEqual([seen, seen, seen, seen]);
    expect(output).toBe(
      text.replace('{"n":1},{"n":2}', '{"n":2}').replace('{"n":1},{"n":2}', '{"n":1}'),
    );
  });

  test("of a repeated member the last one counts, before the records and behind them", () => {
    const document = (before: string, behind: string): string =>
      `{"resourceLogs":[{${before},"scopeLogs":[{"logRecords":[{}]}],${behind}}]}`;
    const asked = { refs: [fieldRef("resource_schema_url")] };
    const before = filter(document('"schemaUrl":"1","schema_url":"2"', '"x":0'), {}, asked);
    const behind = filter(document('"schemaUrl":"1"', '"schemaUrl":"2"'), {}, asked);
    const ahead = filter(document('"x":0', '"schemaUrl":"1","schemaUrl":"2"'), {}, asked);
    expect(before.evaluation.records).toEqual([{ resource_schema_url: "2" }]);
    // Judged too early, and again.
    expect(behind.evaluation.records).toEqual([
      { resource_schema_url: "1" },
      { resource_schema_url: "2" },
    ]);
    expect(ahead.evaluation.records).toEqual([{ resource_schema_url: "2" }]);
  });

  test("values of one container do not reach the next", () => {
    const text =
      `{"resourceLogs":[{${RESOURCE},"schemaUrl":"u","scopeLogs":[{${SCOPE},"logRecords":[{}]},` +
      `{"logRecords":[{}]}]},{"scopeLogs":[{"logRecords":[{}]}]}]}`;
    expect(filter(text, {}, { refs }).evaluation.records).toEqual([
      { "resource:a": "r\n", resource_schema_url: "u", scope_name: "s" },
      { "resource:a": "r\n", resource_schema_url: "u" },
      {},
    ]);
  });
});

describe("editing", () => {
  type Behaviour = Required<FakeBehaviour>;
  const edit = (indexes: number[]): Behaviour["decide"] => {
    return (_, i): VerdictIndex => (indexes.includes(i) ? Verdict.edit : Verdict.keep);
  };
  const setSeverity: Behaviour["editRecord"] = (editor, i) => {
    editor.find(fieldSelector("severity_text")).set(encodeUtf8(`S${i}`));
  };
  const addTo =
    (scope: "resource" | "scope"): Behaviour["editResource"] =>
    (editor, i) => {
      editor.find(attributeSelector(scope, "k")).set(encodeUtf8(`v${i}`));
    };
  const attribute = (i: number): string =>
    `{"attributes":[{"key":"k","value":{"stringValue":"v${i}"}}]}`;

  test("patches the records that were edited, among dropped ones", () => {
    const decide = (_: unknown, i: number): VerdictIndex =>
      [Verdict.edit, Verdict.drop, Verdict.keep, Verdict.edit][i]!;
    const { text, counts } = filter(logs([[0, 1, 2, 3]]), { decide, editRecord: setSeverity });
    expect(text).toBe(
      logs([[0, 2, 3]])
        .replace('"n":0', '"n":0,"severityText":"S0"')
        .replace('"n":3', '"n":3,"severityText":"S3"'),
    );
    expect(counts).toEqual([4, 1, 2, 0]);
  });

  test("counts no record whose edit came to nothing", () => {
    const { text, counts } = filter(logs([[0, 1]]), { decide: edit([0, 1]) });
    expect([text, counts]).toEqual([undefined, [2, 0, 0, 0]]);
  });

  test("patches scopes and resources once, wherever they stand", () => {
    const text =
      '{"resourceLogs":[{"scopeLogs":[{"scope":{},"logRecords":[{}, {}]},' +
      '{"logRecords":[{}],"scope":{"name":"s"}}],"resource":{ }}]}';
    const { text: output, counts } = filter(text, {
      ...dropping(1),
      editScope: addTo("scope"),
      editResource: addTo("resource"),
    });
    expect(output).toBe(
      `{"resourceLogs":[{"scopeLogs":[{"scope":${attribute(0)},"logRecords":[{}]},` +
        `{"logRecords":[{}],"scope":{"name":"s",${attribute(1).slice(1)}}],` +
        `"resource":${attribute(0)}}]}`,
    );
    expect(counts).toEqual([3, 1, 0, 0]);
  });

  test("creates scopes and resources that are not there, or null", () => {
    const behaviour = { editScope: addTo("scope"), editResource: addTo("resource") };
    const text = '{"resourceLogs":[{ "scopeLogs":[{"scope":null, "logRecords":[{}]}]}]}';
    expect(filter(text, behaviour).text).toBe(
      `{"resourceLogs":[{"resource":${attribute(0)}, "scopeLogs":[` +
        `{"scope":${attribute(0)}, "logRecords":[{}]}]}]}`,
    );
    expect(filter(logs([[1]]).replace('"scope":{},', ""), behaviour).text).toBe(
      `{"resourceLogs":[{"resource":${attribute(0)},"scopeLogs":[` +
        `{"scope":${attribute(0)},"logRecords":[{"n":1}]}]}]}`,
    );
  });

  test("forgets edits inside containers that go", () => {
    const behaviour = { ...dropping(0, 1), editScope: addTo("scope") };
    expect(filter(logs([[1]], [[2], [3]]), behaviour).text).toBe(
      logs([[3]]).replace('"scope":{}', `"scope":${attribute(2)}`),
    );
  });

  test("sets the trace state of spans", () => {
    const text =
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"traceState":"x=1"}]}]}]}';
    const { text: output } = filter(
      text,
      {
        decide: edit([0, 1]),
        editRecord: (editor) => {
          const selector = fieldSelector("trace_state");
          editor
            .find(selector)
            .set(encodeUtf8(`ot=th:8,${decodeUtf8(editor.find(selector).text)}`));
        },
      },
      { signal: "trace" },
    );
    expect(output).toBe(
      text.replace('"a"', '"a","traceState":"ot=th:8,"').replace("x=1", "ot=th:8,x=1"),
    );
  });
});
