// Series in JSON, versions 1 and 2, and in protobuf: what policies see of them, and what is left of
// a request.

import { describe, expect, test } from "bun:test";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
  type SeriesVersion,
} from "../../../../../src/protocols/datadog/format/index.ts";
import type { FieldRef } from "../../../../../src/policy/model.ts";
import { type RecordFormat, Verdict } from "../../../../../src/policy/record-port.ts";
import {
  attributeRef,
  FakeEvaluation,
  fieldRef,
  type SeenRecord,
} from "../../../../support/fake-evaluation.ts";
import { type PlainSeries, writeSeries } from "../metric-payload.ts";

const at = (...path: string[]) => attributeRef("record", ...path);
const ofResource = (...path: string[]) => attributeRef("resource", ...path);

function seenIn(format: RecordFormat, body: Uint8Array, refs: readonly FieldRef[]): SeenRecord {
  const evaluation = new FakeEvaluation("metric", refs);
  format.filter(body, evaluation);
  expect(evaluation.records.length).toBe(1);
  return evaluation.records[0]!;
}

function seen(version: SeriesVersion, series: string, ...refs: FieldRef[]): SeenRecord {
  const body = encodeUtf8(`{"series":[${series}]}`);
  return seenIn(datadogSeriesJsonFormat(version), body, refs);
}

const SERIES: PlainSeries = {
  metric: "system.load.1",
  type: 3,
  unit: "second",
  tags: ["env:prod", "service:web", "team:a", "team:b", "alone", "url:http://x"],
  resources: [
    { type: "host", name: "node-1" },
    { type: "device", name: "eth0" },
  ],
  points: [{ timestamp: 1_700_000_000, value: 1.5 }],
  source_type_name: "System",
  interval: 10,
};
const REFS = [
  fieldRef("name"),
  fieldRef("unit"),
  fieldRef("metric_type"),
  fieldRef("aggregation_temporality"),
  fieldRef("description"),
  at("team"),
  at("alone"),
  at("url"),
  at("host"),
  at("device"),
  at("source_type_name"),
  at("interval"),
  at("nothing"),
  ofResource("service.name"),
  ofResource("host.name"),
  ofResource("deployment", "environment"),
  ofResource("team"),
  attributeRef("scope", "service"),
];
const SEEN: SeenRecord = {
  name: "system.load.1",
  unit: "second",
  metric_type: 1n,
  "record:team": ["a", "b"],
  "record:alone": [""],
  "record:url": ["http://x"],
  "record:host": ["node-1"],
  "record:device": ["eth0"],
  "record:source_type_name": ["System"],
  "record:interval": [10n],
  "resource:service.name": "web",
  "resource:host.name": "node-1",
  "resource:deployment/environment": "prod",
  "resource:team": ["a", "b"],
  "scope:service": "web",
};

describe("a series has the same values in", () => {
  test("JSON of version 2", () => {
    expect(seen("v2", JSON.stringify(SERIES), ...REFS)).toEqual(SEEN);
  });

  test("protobuf", () => {
    expect(seenIn(datadogSeriesProtobufFormat(), writeSeries([SERIES]), REFS)).toEqual(SEEN);
  });

  test("JSON of version 1", () => {
    const { resources, points, ...rest } = SERIES;
    const series = {
      ...rest,
      type: "gauge",
      host: resources?.[0]?.name,
      device: resources?.[1]?.name,
      points: points?.map(({ timestamp, value }) => [timestamp, value]),
    };
    expect(seen("v1", JSON.stringify(series), ...REFS)).toEqual(SEEN);
  });
});

describe("the type of a series", () => {
  const GAUGE = { metric_type: 1n };
  const SUM = { metric_type: 2n, aggregation_temporality: 1n };
  const refs = [fieldRef("metric_type"), fieldRef("aggregation_temporality")];

  test.each<[SeriesVersion, string, SeenRecord]>([
    ["v2", '{"type":0}', {}],
    ["v2", '{"type":1}', SUM],
    ["v2", '{"type":2}', GAUGE],
    ["v2", '{"type":3}', GAUGE],
    ["v2", '{"type":4}', {}],
    ["v2", '{"type":-1}', {}],
    ["v2", '{"type":99999999999999999999}', {}],
    ["v2", '{"type":1.5}', {}],
    ["v2", '{"type":"count"}', SUM],
    ["v2", '{"type":null}', {}],
    ["v2", '{"type":[]}', {}],
    ["v2", "{}", {}],
    ["v1", '{"type":"count"}', SUM],
    ["v1", '{"type":"c\\u006funt"}', SUM],
    ["v1", '{"type":"rate"}', GAUGE],
    ["v1", '{"type":"gauge"}', GAUGE],
    ["v1", '{"type":""}', GAUGE],
    ["v1", "{}", GAUGE],
    ["v1", '{"type":"histogram"}', {}],
  ])("%s %s", (version, series, expected) => {
    expect(seen(version, series, ...refs)).toEqual(expected);
  });

  test.each<[number, SeenRecord]>([
    [0, {}],
    [1, SUM],
    [2, GAUGE],
    [3, GAUGE],
    [4, {}],
    [-1, {}],
  ])("protobuf %d", (type, expected) => {
    const body = writeSeries([{ metric: "m", type }]);
    expect(seenIn(datadogSeriesProtobufFormat(), body, refs)).toEqual(expected);
  });
});

describe("attributes of a series", () => {
  test("of odd types are what they are", () => {
    const series =
      '{"metric":5,"tags":["a:1",2,null,{"a":3}],"resources":[1,{"type":2,"name":"x"}]}';
    expect(seen("v2", series, fieldRef("name"), at("a"), at("metric"), at("2"))).toEqual({
      "record:a": ["1"],
      "record:metric": [5n],
    });
  });

  test("nested in members are found by path and by dotted name", () => {
    const series = '{"metadata":{"origin":{"product":12}}}';
    expect(seen("v2", series, at("metadata.origin.product"), at("metadata", "origin"))).toEqual({
      "record:metadata.origin.product": [12n],
      "record:metadata/origin": [{ composite: true }],
    });
  });

  test("come from resources before tags, and from tags before members", () => {
    const series =
      '{"a":1,"b":1,"tags":["a:2","b:2","c:2"],"resources":[{"name":"3","type":"a"},{"type":"c"}]}';
    expect(seen("v2", series, at("a"), at("b"), at("c"))).toEqual({
      "record:a": ["3"],
      "record:b": ["2"],
      "record:c": ["2"],
    });
  });

  test("with escapes are unescaped", () => {
    const series =
      '{"tags":["te\\u0061m:\\"x\\""],"resources":[{"type":"h\\u006fst","name":"\\n"}]}';
    expect(seen("v2", series, at("team"), ofResource("host.name"))).toEqual({
      "record:team": ['"x"'],
      "resource:host.name": "\n",
    });
  });

  test("of the host: the tag when there is no resource", () => {
    expect(seen("v2", '{"tags":["host:x"]}', ofResource("host.name"))).toEqual({
      "resource:host.name": "x",
    });
  });
});

describe("what is left of a JSON request", () => {
  function filtered(text: string, dropped: readonly number[]): [string | undefined, number[]] {
    const evaluation = new FakeEvaluation("metric", [fieldRef("name")], {
      decide: (_, index) => (dropped.includes(index) ? Verdict.drop : Verdict.keep),
    });
    const outcome = datadogSeriesJsonFormat("v2").filter(encodeUtf8(text), evaluation);
    const { body, records, dropped: gone, unreadable, edited } = outcome;
    return [body && decodeUtf8(body), [records, gone, unreadable, edited]];
  }

  test.each<[string, string, readonly number[], string | undefined, number[]]>([
    ["all", '{"series":[{"metric":"a"}]}', [], undefined, [1, 0, 0, 0]],
    [
      "some, with everything around them",
      '\ufeff{ "x":1.0, "series" : [ {"metric":"a","points":[[1,2.50]]} , {"metric":"b"},{"metric":"c"} ], "y":{ } }\n',
      [1],
      '\ufeff{ "x":1.0, "series" : [ {"metric":"a","points":[[1,2.50]]},{"metric":"c"} ], "y":{ } }\n',
      [3, 1, 0, 0],
    ],
    ["nothing", '{"series":[{"metric":"a"},{}]}', [0, 1], '{"series":[]}', [2, 2, 0, 0]],
    [
      "what is no object",
      '{"series":[1,{"metric":"a"},"x"]}',
      [0],
      '{"series":[1,"x"]}',
      [3, 1, 2, 0],
    ],
    [
      "both arrays",
      '{"series":[{}],"series":[{}]}',
      [0],
      '{"series":[],"series":[{}]}',
      [2, 1, 0, 0],
    ],
    [
      "a broken one, and the others judged",
      '{"series":[{"metric":"a"},{"metric":"b","points":[[1,NaN]]},{"metric":"c"},{:}]}',
      [0],
      '{"series":[{"metric":"b","points":[[1,NaN]]},{"metric":"c"},{:}]}',
      [4, 1, 2, 0],
    ],
    ["no array", '{"series":{}}', [0], undefined, [1, 0, 1, 0]],
    ["null", '{"series":null}', [0], undefined, [0, 0, 0, 0]],
    ["an empty request", "{}", [], undefined, [0, 0, 0, 0]],
  ])("%s", (_, text, dropped, expected, counts) => {
    expect(filtered(text, dropped)).toEqual([expected, counts]);
  });

  test.each([
    "",
    "[]",
    '[{"metric":"a"}]',
    '{"series":[{}],"x":NaN}',
    '{"series":[{}]',
    '{"series":[]} x',
  ])("%s is undecodable", (text) => {
    expect(() => filtered(text, [0])).toThrow(UndecodableError);
  });
});

describe("what is left of a protobuf request", () => {
  const ALL: PlainSeries[] = ["a", "b", "c"].map((metric) => ({ ...SERIES, metric }));

  function filtered(body: Uint8Array, dropped: readonly number[]) {
    const evaluation = new FakeEvaluation("metric", [fieldRef("name"), at("team")], {
      decide: (_, index) => (dropped.includes(index) ? Verdict.drop : Verdict.keep),
    });
    return datadogSeriesProtobufFormat().filter(body, evaluation);
  }

  test("the original when nothing is dropped", () => {
    expect(filtered(writeSeries(ALL), [])).toEqual({
      records: 3,
      points: 3,
      dropped: 0,
      unreadable: 0,
      edited: 0,
    });
  });

  test.each<readonly number[]>([[0], [1], [2], [0, 2], [0, 1, 2]])(
    "the kept series byte for byte, without %j",
    (...dropped) => {
      const outcome = filtered(writeSeries(ALL), dropped);
      const kept = ALL.filter((_, i) => !dropped.includes(i));
      expect(outcome.body).toEqual(writeSeries(kept));
      expect([outcome.records, outcome.dropped]).toEqual([3, dropped.length]);
    },
  );

  test("fields that are not known, around and inside series", () => {
    const odd = Uint8Array.of(0x7a, 2, 1, 2, 0x78, 5);
    const known = writeSeries([SERIES]);
    // A series of its own making: field 15 in its middle.
    const inner = Uint8Array.of(0x12, 1, 0x61, 0x7a, 1, 9, 0x1a, 3, 0x74, 0x3a, 0x78);
    const series = Uint8Array.of(0x0a, inner.length, ...inner);
    const body = Uint8Array.of(...odd, ...known, ...series, ...odd);
    expect(filtered(body, [0]).body).toEqual(Uint8Array.of(...odd, ...series, ...odd));
  });

  test("a series that cannot be read, untouched and counted", () => {
    const broken = Uint8Array.of(0x0a, 2, 0x12, 9);
    const body = Uint8Array.of(...writeSeries([SERIES]), ...broken);
    const outcome = filtered(body, [0]);
    const counts = { records: 2, points: 1, dropped: 1, unreadable: 1, edited: 0 };
    expect(outcome).toEqual({ ...counts, body: broken });
  });

  test("nothing of a body that is cut off", () => {
    const body = writeSeries(ALL);
    const whole = [0, 1, 2, 3].map((count) => writeSeries(ALL.slice(0, count)).length);
    for (let end = 0; end < body.length; end++) {
      const cut = body.subarray(0, end);
      if (whole.includes(end)) expect(filtered(cut, []).records).toBe(whole.indexOf(end));
      else expect(() => filtered(cut, [0])).toThrow(UndecodableError);
    }
  });
});
