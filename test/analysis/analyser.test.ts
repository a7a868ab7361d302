// Which requests are looked at, and that what is counted of them stands for all.

import { describe, expect, test } from "bun:test";
import { Analyser } from "../../src/analysis/index.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { otlpJsonSeries } from "../../src/protocols/otlp/series.ts";

const format = otlpJsonFormat("log");

/** A request of logs. */
function request(records: number): Uint8Array {
  const logRecords = Array.from({ length: records }, (_, i) => ({
    severityNumber: 9,
    body: { stringValue: `job ${i % 10} is done` },
  }));
  return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
}

/** A request of gauges, each with one series. */
function metrics(name: string, count: number): Uint8Array {
  const all = Array.from({ length: count }, (_, i) => ({
    name: `${name} ${i}`,
    gauge: { dataPoints: [{ attributes: [{ key: "k", value: { stringValue: `${i}` } }] }] },
  }));
  return Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: all }] }] }));
}

/** Numbers from 0 up to 1, the same each time. */
function numbers(): () => number {
  let state = 5;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

function analyser(sample: number, nowMs: () => number, random = numbers()): Analyser {
  const spec = { signals: ["log"], sample, memoryBytesMax: 1024 * 1024, seed: 3 } as const;
  return new Analyser(spec, { random, nowMs, seriesOf: new Map() });
}

/** Whether it was looked at. */
function send(to: Analyser, body: Uint8Array): boolean {
  const observer = to.observer("log");
  if (observer !== undefined) format.filter(body, observer);
  return observer !== undefined;
}

describe("requests that are looked at", () => {
  test("are all, of a stream with few records", () => {
    let nowMs = 0;
    const all = analyser(0.01, () => nowMs);
    for (let i = 0; i < 50; i++) {
      expect(send(all, request(10))).toBe(true);
      nowMs += 100;
    }
    expect(all.logs?.total).toMatchObject({ records: 500, seen: 500, variance: 0 });
  });

  test("are few behind a large one, until the time of its records has passed", () => {
    let nowMs = 0;
    const few = analyser(
      0.01,
      () => nowMs,
      () => 0.5,
    );
    expect(send(few, request(1000))).toBe(true);
    nowMs = 9000;
    expect(send(few, request(1))).toBe(false);
    nowMs = 9010;
    expect(send(few, request(1))).toBe(true);
  });

  test("stand for those that are not", () => {
    const sampled = analyser(0.1, () => 0);
    const body = request(200);
    const sent = 2000;
    for (let i = 0; i < sent; i++) send(sampled, body);
    expect([sampled.requests, sampled.looks < sent * 0.12]).toEqual([sent, true]);
    const { records = 0, bytes = 0, variance = 0 } = sampled.logs?.total ?? {};
    const off = Math.abs(records / (sent * 200) - 1);
    expect(off < (2 * Math.sqrt(variance)) / bytes).toBe(true);
    const [pattern] = [...(sampled.logs?.patterns() ?? [])];
    // Of large requests texts are read of some records only.
    expect(Math.abs((pattern?.records ?? 0) / records - 1)).toBeLessThan(0.02);
    expect(pattern?.seen).toBeLessThan(sampled.looks * 45);
  });

  test("of many metrics have the series of a quarter read, another quarter each time", () => {
    const spec = { signals: ["metric"], sample: 0.1, memoryBytesMax: 2 ** 24, seed: 3 } as const;
    const seriesOf = new Map([["otlp_json", otlpJsonSeries]]);
    const sampled = new Analyser(spec, { random: () => 0, nowMs: () => 0, seriesOf });
    const metricFormat = otlpJsonFormat("metric");
    const look = (name: string): number => {
      const observer = sampled.observer("metric");
      if (observer !== undefined) metricFormat.filter(metrics(name, 72), observer);
      const names = [...(sampled.metrics?.names() ?? [])];
      return names.filter((one) => one.name.startsWith(name) && one.series === 1).length;
    };
    expect(look("whole, as there were no others before")).toBe(72);
    expect([1, 2, 3, 4].map(() => look("sampled"))).toEqual([42, 52, 62, 72]);
  });

  test("of other signals are not", () => {
    const logs = analyser(1, () => 0);
    expect([logs.observer("trace"), logs.observer("metric"), logs.requests]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });
});
