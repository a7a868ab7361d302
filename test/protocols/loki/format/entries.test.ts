// What of a push is put before the engine, and what is left of one when entries go: in both
// encodings, byte for byte.

import { describe, expect, test } from "bun:test";
import { UndecodableError } from "../../../../src/core/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../../src/protocols/loki/format/index.ts";
import type { FieldRef } from "../../../../src/policy/model.ts";
import { type FilterOutcome, Verdict } from "../../../../src/policy/record-port.ts";
import {
  attributeSelector,
  attributeRef,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../../support/fake-evaluation.ts";
import { type Push, writeJson, writeProtobuf } from "./push.ts";

const FORMATS = [
  ["JSON", lokiJsonFormat(), writeJson],
  ["protobuf", lokiProtobufFormat(), writeProtobuf],
] as const;

const REFS: readonly FieldRef[] = [
  fieldRef("body"),
  fieldRef("severity_text"),
  fieldRef("severity_number"),
  attributeRef("resource", "app"),
  attributeRef("resource", "service.name"),
  attributeRef("resource", "service_name"),
  attributeRef("resource", "k8s", "pod"),
  attributeRef("record", "trace.id"),
  attributeRef("record", "level"),
  attributeRef("scope", "app"),
];

const time = 1_700_000_000_123_456_789n;

describe.each(FORMATS)("in %s", (...[, format, write]) => {
  const seen = (push: Push) => {
    const evaluation = new FakeEvaluation("log", REFS);
    const outcome = format.filter(write(push), evaluation);
    return { outcome, records: evaluation.records };
  };

  test("labels are the resource's, metadata the record's, and the line its body", () => {
    const push: Push = [
      {
        labels: [
          ["app", "shop"],
          ["service_name", "cart"],
          ["k8s_pod", 'p"1'],
        ],
        entries: [
          { time, line: 'é\n"x"' },
          {
            time,
            line: "",
            metadata: [
              ["trace_id", "abc"],
              ["level", "WARN"],
              ["x", "y"],
            ],
          },
        ],
      },
      {
        labels: [["env", "prod"]],
        entries: [{ time, line: "z", metadata: [["detected_level", "error"]] }],
      },
    ];
    const resource = {
      "resource:app": "shop",
      "resource:service.name": "cart",
      "resource:service_name": "cart",
      "resource:k8s/pod": 'p"1',
    };
    expect(seen(push)).toEqual({
      outcome: { records: 3, dropped: 0, unreadable: 0, edited: 0, settlement: undefined },
      records: [
        { ...resource, body: 'é\n"x"' },
        {
          ...resource,
          severity_text: "WARN",
          severity_number: 13n,
          "record:trace.id": "abc",
          "record:level": "WARN",
        },
        { body: "z", severity_text: "error", severity_number: 17n },
      ],
    });
  });

  test.each([
    [
      [
        ["level", "info"],
        ["detected_level", "error"],
      ],
      "info",
    ],
    [
      [
        ["detected_level", "error"],
        ["level", "info"],
      ],
      "info",
    ],
    [
      [
        ["detected_level", "error"],
        ["level", ""],
      ],
      "error",
    ],
    [[["Level", "error"]], undefined],
  ] as const)("of %j the severity is %p", (metadata, severity) => {
    const { records } = seen([
      { labels: [["app", "x"]], entries: [{ time, line: "l", metadata }] },
    ]);
    expect(records[0]?.["severity_text"]).toBe(severity as string);
  });

  test("a label says the severity of entries that do not say it themselves", () => {
    const labels = [
      ["detected_level", "a"],
      ["level", "WARN"],
    ] as const;
    const entries = [
      { time, line: "l" },
      { time, line: "m", metadata: [["detected_level", "debug"]] as const },
    ];
    const { records } = seen([
      { labels, entries },
      { labels: [["app", "x"]], entries: entries.slice(0, 1) },
    ]);
    const level = ({ severity_text, severity_number }: (typeof records)[number]) => [
      severity_text,
      severity_number,
    ];
    expect(records.map(level)).toEqual([
      ["WARN", 13n],
      ["debug", 5n],
      [undefined, undefined],
    ]);
  });

  test("dropped entries go, emptied streams with them; empty ones stay", () => {
    const entry = (line: string) => ({ time, line });
    const stream = (app: string, ...lines: string[]) => ({
      labels: [["app", app] as const],
      entries: lines.map(entry),
    });
    const push = [
      stream("a", "drop", "k1", "drop", "drop", "k2"),
      stream("b", "drop"),
      stream("c"),
      stream("d", "k3", "drop"),
      stream("e", "drop", "drop"),
    ];
    const evaluation = new FakeEvaluation("log", REFS, {
      decide: ({ body }) => (body === "drop" ? Verdict.drop : Verdict.keep),
    });
    const outcome = format.filter(write(push), evaluation);
    expect(outcome).toMatchObject({ records: 10, dropped: 7, edited: 0, unreadable: 0 });
    expect(outcome.body).toEqual(
      new Uint8Array(write([stream("a", "k1", "k2"), stream("c"), stream("d", "k3")])),
    );
  });

  test("a signal of another kind is refused", () => {
    expect(() => format.filter(write([]), new FakeEvaluation("metric", []))).toThrow(TypeError);
  });

  test("a push that is cut off is undecodable, or has fewer records, and nothing else", () => {
    const body = write([
      { labels: [["app", "x"]], entries: [{ time, line: "l", metadata: [["a", "b"]] }] },
      { labels: [["app", "y"]], entries: [{ time, line: "m" }] },
    ]);
    for (let cut = 0; cut < body.length; cut++) {
      try {
        const { records } = format.filter(body.subarray(0, cut), new FakeEvaluation("log", REFS));
        expect(records).toBeLessThanOrEqual(2);
      } catch (error) {
        expect(error).toBeInstanceOf(UndecodableError);
      }
    }
  });
});

describe("JSON as people write it", () => {
  const format = lokiJsonFormat();
  const filtered = (body: string): FilterOutcome =>
    format.filter(
      encodeUtf8(body),
      new FakeEvaluation("log", REFS, {
        decide: ({ body: line }) =>
          line === "drop" ? Verdict.drop : line === "edit" ? Verdict.edit : Verdict.keep,
        editRecord: (editor) => {
          editor.find(fieldSelector("body")).set(encodeUtf8("new"));
          editor.find(attributeSelector("record", "a")).set(encodeUtf8("b"));
        },
        editResource: (editor) => {
          const app = editor.find(attributeSelector("resource", "app"));
          if (decodeUtf8(app.text) === "relabel") app.set(encodeUtf8("y"));
        },
      }),
    );
  const cases: readonly [string, string, string | undefined][] = [
    ["nothing to do", '{"streams":[{"stream":{},"values":[["1","k"]]}]}', undefined],
    [
      "blanks and other members stay",
      ' { "x" : [1] , "streams" : [ { "values" : [ [ "1" , "drop" ] , [ "2","k" ] ] , "y":{} , "stream" : { "app" : "z" } } ] , "w":2.0 } ',
      ' { "x" : [1] , "streams" : [ { "values" : [ [ "2","k" ] ] , "y":{} , "stream" : { "app" : "z" } } ] , "w":2.0 } ',
    ],
    [
      "labels behind the values",
      '{"streams":[{"values":[["1","drop"],["2","k"]],"stream":{ "b":"c" , "app":"relabel" , "app2":""}}]}',
      '{"streams":[{"values":[["2","k"]],"stream":{ "b":"c" , "app":"y" , "app2":""}}]}',
    ],
    [
      "labels before the values",
      '{"streams":[{"stream":{"app" : "rel\\u0061bel"},"values":[["1","drop"],["2","k"]]}]}',
      '{"streams":[{"stream":{"app" : "y"},"values":[["2","k"]]}]}',
    ],
    [
      "an entry is edited where it is",
      '{"streams":[{"stream":{"app":"x"},"values":[["1" , "edit" ],["2","edit", { "c":"\\u0064" }]]}]}',
      '{"streams":[{"stream":{"app":"x"},"values":[["1" , "new",{"a":"b"} ],["2","new", { "c":"\\u0064" ,"a":"b"}]]}]}',
    ],
    [
      "a byte order mark",
      '\ufeff{"streams":[{"stream":{"a":"b"},"values":[["1","drop"],["1","k"]]}]}',
      '\ufeff{"streams":[{"stream":{"a":"b"},"values":[["1","k"]]}]}',
    ],
    ["no streams", '{"a":1}', undefined],
  ];
  test.each(cases)("%s", (_, body, left) => {
    const { body: out } = filtered(body);
    expect(out === undefined ? undefined : decodeUtf8(out)).toBe(left as string);
  });

  const odd: readonly [string, string, number][] = [
    ["an entry that is no list", '[["1","k"],{"a":1}]', 1],
    ["an entry without a line", '[["1"],["1","k"]]', 1],
    ["a time that is a number", '[[1,"k"]]', 1],
    ["a line that is none", '[["1",{}]]', 1],
    ["metadata that is none", '[["1","k",[]]]', 1],
    ["metadata with numbers", '[["1","k",{"a":1}]]', 1],
    ["metadata that is none, and more", '[["1","k",1,{}]]', 1],
  ];
  test.each(odd)("%s passes, counted", (_, values, unreadable) => {
    const { body, ...outcome } = filtered(`{"streams":[{"stream":{"a":"b"},"values":${values}}]}`);
    expect(body).toBeUndefined();
    expect(outcome).toMatchObject({ unreadable, dropped: 0 });
  });
  test.each([
    ["labels with numbers", '{"stream":{"a":1},"values":[["1","drop"],["2","edit"]]}'],
    ["labels that are a text", '{"stream":"{a=\\"b\\"}","values":[["1","drop"],["2","edit"]]}'],
    ["no labels", '{"values":[["1","drop"],["2","edit"]]}'],
  ])("of a stream with %s nothing is judged", (_, stream) => {
    const { body, ...outcome } = filtered(`{"streams":[${stream}]}`);
    expect([body, outcome]).toMatchObject([undefined, { records: 2, unreadable: 2, dropped: 0 }]);
  });
  test.each([
    `{"streams":[{${'"stream":{},'.repeat(11)}"values":[]}]}`,
    `{"streams":[{"stream":{},"values":[["1","k"]]${',"stream":{}'.repeat(10)}}]}`,
    "[]",
    "",
    '{"streams":[{"stream":{},"values":[["1","k"]]}]',
    '{"streams":[{"stream":{},"values":[["1"]]}]} x',
  ])("%s is undecodable", (body) => {
    expect(() => filtered(body)).toThrow(UndecodableError);
  });
});
