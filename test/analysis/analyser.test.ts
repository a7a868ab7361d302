// Which requests are looked at, and that what is counted of them stands for all.

import { describe, expect, test } from "bun:test";
import { Analyser } from "../../src/analysis/index.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";

const format = otlpJsonFormat("log");

/** A request of logs. */
function request(records: number): Uint8Array {
  const logRecords = Array.from({ length: records }, (_, i) => ({
    severityNumber: 9,
    body: { stringValue: `job ${i % 10} is done` },
  }));
  return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
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
    expect(pattern?.seen).toBeLessThan(sampled.looks * 110);
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
