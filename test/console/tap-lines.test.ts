// Lines of taps as the console reads them, and what it makes of the documents in them.

import { describe, expect, test } from "bun:test";
import { explainable, summaryOf } from "../../src/console/model/documents.ts";
import { indented } from "../../src/console/model/explanation.ts";
import { LineSplitter, readTapLine } from "../../src/console/model/tap-lines.ts";

const HEAD =
  '{"seq":1,"time":"2026-03-01T10:00:00.000Z","stage":"pre","signal":"log","encoding":"otlp_json","decision":"drop","dropped_by":"a","policies":["a"],"bytes":9';
const LOG =
  '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":18446744073709551615,"severityNumber":17,"body":{"stringValue":"a\\n  b"}}]}]}]}';

describe("a line", () => {
  test("keeps its document as text, with all digits of its numbers", () => {
    expect(readTapLine(`${HEAD},"document":${LOG}}`)).toEqual({
      kind: "record",
      record: {
        seq: 1,
        time: "2026-03-01T10:00:00.000Z",
        stage: "pre",
        signal: "log",
        encoding: "otlp_json",
        decision: "drop",
        droppedBy: "a",
        policies: ["a"],
        would: [],
        bytes: 9,
        document: LOG,
        text: undefined,
      } as never,
    });
  });

  test("without a document shows what there is", () => {
    const texts = [',"record":{"a":1}}', ',"text":"up 1"}', ',"base64":"AA=="}', "}"].map((end) => {
      const line = readTapLine(HEAD + end);
      return line?.kind === "record" ? line.record.text : line;
    });
    expect(texts).toEqual(['{"a":1}', "up 1", "AA==", undefined]);
  });

  test("may be a note, or no line of a tap at all", () => {
    expect(readTapLine('{"tap":"lost","records":3}')).toEqual({
      kind: "note",
      note: { tap: "lost", records: 3 },
    });
    expect([readTapLine("x"), readTapLine("1"), readTapLine('{"a":')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("may come in pieces, cut anywhere", () => {
    const text = "one\n\ntwo\nthree";
    for (let at = 0; at <= text.length; at++) {
      const lines = new LineSplitter();
      const found = [...lines.push(text.slice(0, at)), ...lines.push(`${text.slice(at)}\n`)];
      expect(found).toEqual(["one", "two", "three"]);
    }
  });
});

describe("a document", () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    [LOG, "cart", "ERROR", "a b"],
    [
      '{"streams":[{"stream":{"app":"web","level":"warn"},"values":[["1","x"]]}]}',
      "web",
      "warn",
      "x",
    ],
    ['{"message":"m","service":"s","status":"info"}', "s", "info", "m"],
    ['{"series":[{"metric":"cpu","points":[]}]}', "", "", "cpu"],
    [
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET /","status":{"code":2}}]}]}]}',
      "",
      "ERROR",
      "GET /",
    ],
    ['{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"}]}]}]}', "", "", "m"],
    ["up 1", "", "", "up 1"],
  ];
  test.each(cases)("is one line for people: %s", (document, service, severity, text) => {
    expect(summaryOf(document)).toEqual({ service, severity, text });
  });

  test("is explained as a body of its own protocol", () => {
    expect([
      explainable(LOG, "log").form,
      explainable('{"streams":[]}', "log").form,
      explainable('{"message":"m"}', "log"),
      explainable('{"metric":"m"}', "metric"),
      explainable('{"series":[]}', "metric"),
    ]).toEqual([
      "otlp",
      "loki",
      { form: "datadog", body: '[{"message":"m"}]' },
      { form: "datadog", body: '{"series":[{"metric":"m"}]}' },
      { form: "datadog", body: '{"series":[]}' },
    ]);
  });

  test("is indented without a change to any token", () => {
    const text = '{"a":[1,18446744073709551615],"b":{},"c":[ ],"d":"x,\\"{:"}';
    expect(indented(text)).toBe(
      '{\n  "a": [\n    1,\n    18446744073709551615\n  ],\n  "b": {},\n  "c": [],\n  "d": "x,\\"{:"\n}',
    );
    expect(indented("GET /a{b}")).toBe("GET /a{b}");
  });
});
