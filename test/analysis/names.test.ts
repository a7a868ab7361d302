// Names as analyses hold and show them: short ones, and none that looks like a value.

import { describe, expect, test } from "bun:test";
import { Analyser, reportOf, suggestionsOf } from "../../src/analysis/index.ts";
import { Names } from "../../src/analysis/names.ts";
import { putText } from "../../src/analysis/put-text.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { otlpJsonSeries } from "../../src/protocols/otlp/series.ts";

const RECORDS = 20;

function analyser(signal: "log" | "metric"): Analyser {
  const spec = { signals: [signal], sample: 1, memoryBytesMax: 1024 * 1024, seed: 3 };
  const seriesOf = new Map([["otlp_json", otlpJsonSeries]] as const);
  return new Analyser(spec, { random: () => 0, nowMs: () => 0, seriesOf });
}

function look(to: Analyser, signal: "log" | "metric", document: object): void {
  const observer = to.observer(signal);
  if (observer === undefined) throw new Error("it is not looked at");
  otlpJsonFormat(signal).filter(Buffer.from(JSON.stringify(document)), observer);
}

function lookAtLogs(to: Analyser, service: string, record: object): void {
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const logRecords = Array.from({ length: RECORDS }, () => ({
    body: { stringValue: "nothing to do" },
    ...record,
  }));
  look(to, "log", { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] });
}

const options = { seconds: 60, rowsMax: 20 };

describe("a name", () => {
  test.each([
    [256, "x".repeat(256)],
    [257, "(others)"],
    [1_000_000, "(others)"],
  ])("of %d bytes is shown as it is up to 256, and is one of the others beyond", (bytes, text) => {
    const names = new Names(2);
    expect(names.text(names.numberOf(putText("x".repeat(bytes))))).toBe(text);
  });

  test("that is too long takes no room of others", () => {
    const names = new Names(1);
    for (let i = 0; i < 5; i++) names.numberOf(putText(`${i}${"x".repeat(300)}`));
    expect(names.text(names.numberOf(putText("shop")))).toBe("shop");
  });

  test("of a label is held up to 256 characters; a longer one still tells series apart", () => {
    const metrics = analyser("metric");
    const dataPoints = ["a", "b"].map((value) => ({
      asInt: "1",
      attributes: [
        { key: "x".repeat(256), value: { stringValue: value } },
        { key: "y".repeat(257), value: { stringValue: value } },
      ],
    }));
    look(metrics, "metric", {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints } }] }] }],
    });
    const [name] = [...(metrics.metrics?.names() ?? [])];
    expect([name?.series, name?.labels]).toEqual([2, [{ label: "x".repeat(256), values: 2 }]]);
  });
});

describe("a severity that only its text tells", () => {
  test.each([
    ["Warning", "WARN"],
    ["loud", "loud"],
    ["bob@example.com", "<*>"],
  ])("%j is shown as %j", (severityText, severity) => {
    const logs = analyser("log");
    lookAtLogs(logs, "shop", { severityText });
    const report = reportOf(logs, options);
    expect(report.logs?.patterns.map((row) => row.severity)).toEqual([severity]);
    expect(report.logs?.services.map((row) => row.severity)).toEqual([severity]);
  });
});

describe("proposals", () => {
  test.each([
    ["shop", "loud", 1],
    ["x".repeat(257), "loud", 0],
    ["shop", "bob@example.com", 0],
    ["shop", "a severity of more than sixteen bytes", 0],
  ])("for the service %j and the severity %j are %d", (service, severityText, count) => {
    const logs = analyser("log");
    lookAtLogs(logs, service, { severityText });
    const options = { seconds: 60, withErrors: true, price: undefined };
    expect(suggestionsOf(logs, options).suggestions.length).toBe(count);
  });
});
