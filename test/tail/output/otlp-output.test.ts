// Lines to an OTLP backend: what a request holds, what is accepted when, what is lost, who waits.

import { describe, expect, test } from "bun:test";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/index.ts";
import { LineRecords } from "../../../src/tail/output/line-records.ts";
import { OtlpOutput } from "../../../src/tail/output/otlp-output.ts";
import { otlpUrl } from "../../../src/tail/output/index.ts";
import type { LineSyntax, ContainerFormat } from "../../../src/protocols/lines/index.ts";
import type { OtlpResponse } from "../../../src/upstream/otlp/index.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { kept, recordingEvents, SOURCE, turns } from "./recording-events.ts";

const ALL: OtlpResponse = { kind: "accepted", rejected: 0, message: "" };
const T = "2026-01-02T03:04:05.123456789Z";
const T_NANO = "1767323045123456789";

interface Setup {
  readonly syntax?: LineSyntax;
  readonly container?: ContainerFormat;
  readonly batchBytesMax?: number;
  readonly queueBytesMax?: number;
}

function outputOf({ syntax = "raw", container, ...more }: Setup = {}) {
  const clock = new ManualClock(1000);
  const events = recordingEvents();
  const posted: Uint8Array[] = [];
  const waiting: ((answer: OtlpResponse) => void)[] = [];
  const output = new OtlpOutput({
    post: (request) => {
      posted.push(request);
      return new Promise((resolve) => void waiting.push(resolve));
    },
    records: new LineRecords(syntax, container),
    events,
    version: "1",
    waitMsMax: 100,
    schedule: clock.schedule,
    random: () => 0,
    nowMs: clock.now,
    ...more,
  });
  const answer = async (one: OtlpResponse): Promise<void> => {
    waiting.shift()?.(one);
    await turns();
  };
  return { output, clock, events, posted, answer };
}

function decoded(request: Uint8Array): Record<string, unknown>[] {
  const message = fromBinary(ExportLogsServiceRequestSchema, request);
  const json = toJson(ExportLogsServiceRequestSchema, message) as {
    resourceLogs?: {
      resource: { attributes?: { key: string; value: { stringValue: string } }[] };
      scopeLogs: { logRecords: Record<string, unknown>[] }[];
    }[];
  };
  return (json.resourceLogs ?? []).flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map((record) => ({
        from: resource.attributes?.[0]?.value.stringValue,
        ...record,
      })),
    ),
  );
}

/** The records that are posted of one block. */
function recordsOf(text: string, setup: Setup): Record<string, unknown>[] {
  const { output, clock, posted } = outputOf(setup);
  void output.write(kept(text), 1);
  clock.advance(100);
  return decoded(posted[0]!).map(({ from, observedTimeUnixNano, ...record }) => {
    expect([from, observedTimeUnixNano]).toEqual([undefined, "1000000000"]);
    return record;
  });
}

const body = (stringValue: string) => ({ body: { stringValue } });

describe("records", () => {
  test("are lines, without their ends", () => {
    expect(recordsOf("a\nb\r\n\nc", {})).toEqual([body("a"), body("b"), body(""), body("c")]);
  });

  test("that are no UTF-8 are bytes", () => {
    const { output, clock, posted } = outputOf();
    void output.write(kept("", { bytes: Uint8Array.from([0xff, 0x0a]), lines: 1 }), 1);
    clock.advance(100);
    expect(decoded(posted[0]!)).toMatchObject([{ body: { bytesValue: "/w==" } }]);
  });

  test("are as severe as lines say, and of their time", () => {
    const json = `{"level":"warn","time":"${T}","message":"m"}`;
    const severity = { severityText: "warn", severityNumber: "SEVERITY_NUMBER_WARN" };
    const expected = { ...body(json), timeUnixNano: T_NANO, ...severity };
    expect(recordsOf(`${json}\nplain\n`, { syntax: "json" })).toEqual([expected, body("plain")]);
    const logfmt = `level=warn ts=${T} msg=m`;
    expect(recordsOf(`${logfmt}\n`, { syntax: "logfmt" })).toEqual([
      { ...expected, ...body(logfmt) },
    ]);
    expect(recordsOf(`${json}\n`, { syntax: "raw" })).toEqual([body(json)]);
  });

  test("belong to spans where lines say so", () => {
    const line = `{"trace_id":"${"ab".repeat(16)}","span_id":"${"cd".repeat(8)}"}`;
    expect(recordsOf(`${line}\n`, { syntax: "auto" })).toEqual([
      {
        ...body(line),
        traceId: Buffer.alloc(16, 0xab).toString("base64"),
        spanId: Buffer.alloc(8, 0xcd).toString("base64"),
      },
    ]);
  });

  const stream = (value: string) => ({
    timeUnixNano: T_NANO,
    attributes: [{ key: "log.iostream", value: { stringValue: value } }],
  });

  test("of containers are what they wrote, put together", () => {
    const cri = `${T} stdout P a\n${T} stderr F x\n${T} stdout F b\nodd\n${T} stdout P c\n`;
    expect(recordsOf(cri, { container: "cri" })).toEqual([
      { ...body("x"), ...stream("stderr") },
      { ...body("ab"), ...stream("stdout") },
      body("odd"),
      { ...body("c"), ...stream("stdout") },
    ]);
    const line = (log: string) => `${JSON.stringify({ log, stream: "stdout", time: T })}\n`;
    expect(recordsOf(line("a") + line("b\n") + line("{}\r\n"), { container: "docker" })).toEqual([
      { ...body("ab"), ...stream("stdout") },
      { ...body("{}"), ...stream("stdout") },
    ]);
  });

  test("of containers are of the time that they say themselves, if they do", () => {
    const text = `${T} stdout F {"ts":1}\n`;
    expect(recordsOf(text, { container: "cri", syntax: "auto" })).toMatchObject([
      { timeUnixNano: "1000000000", ...body('{"ts":1}') },
    ]);
  });

  test("are under the resource that they come from", () => {
    const { output, clock, posted } = outputOf();
    const a = new Map([["host.name", "a"]]);
    const b = new Map([["host.name", "b"]]);
    [a, a, b].forEach((resource, i) => void output.write(kept(`${i}\n`, { resource }), i + 1));
    clock.advance(100);
    const found = decoded(posted[0]!).map(({ from, body: said }) => [from, said]);
    expect(found).toEqual([
      ["a", { stringValue: "0" }],
      ["a", { stringValue: "1" }],
      ["b", { stringValue: "2" }],
    ]);
    expect(fromBinary(ExportLogsServiceRequestSchema, posted[0]!).resourceLogs.length).toBe(2);
  });
});

describe("lines are accepted", () => {
  test("when the backend has taken them, and not before", async () => {
    const { output, clock, events, answer } = outputOf();
    void output.write(kept("a\n"), 1);
    void output.write(kept("b\n"), 2);
    output.flush();
    await turns();
    clock.advance(100);
    expect(events.told).toEqual([]);
    await answer(ALL);
    expect(events.told).toEqual([["accepted", 2]]);
  });

  test("in their order, with those of no lines", async () => {
    const { output, clock, events, answer } = outputOf();
    void output.write(kept(""), 1);
    expect(events.told).toEqual([["accepted", 1]]);
    void output.write(kept("a\n"), 2);
    void output.write(kept(""), 3);
    clock.advance(100);
    void output.write(kept(""), 4);
    expect(events.told.length).toBe(1);
    await answer(ALL);
    void output.write(kept(""), 5);
    expect(events.told.slice(1)).toEqual([
      ["accepted", 4],
      ["accepted", 5],
    ]);
  });

  test("after as many attempts as it takes, with one request", async () => {
    const { output, clock, events, posted, answer } = outputOf();
    void output.write(kept("a\n"), 1);
    clock.advance(100);
    await answer({ kind: "retry", reason: "down", askedMs: 0 });
    void output.write(kept("b\n"), 2);
    clock.advance(499);
    expect(posted.length).toBe(1);
    clock.advance(1);
    await turns();
    await answer({ kind: "retry", reason: "down", askedMs: 60_000 });
    expect(clock.pendingMs).toEqual([60_000]);
    clock.advance(60_000);
    await turns();
    await answer(ALL);
    expect(events.told).toEqual([["troubled", "down"], ["recovered"], ["accepted", 1]]);
    expect(posted.map((one) => one === posted[0])).toEqual([true, true, true]);
    clock.advance(100);
    await answer(ALL);
    expect([posted.length, events.told.at(-1)]).toEqual([4, ["accepted", 2]]);
  });
});

describe("lines are lost, and told", () => {
  test("when the backend refuses them", async () => {
    const { output, clock, events, answer } = outputOf();
    const other = { ...SOURCE, id: 2, path: "/other" };
    void output.write(kept("a\nb\n", { sourceBytes: 40 }), 1);
    void output.write(kept("c\n", { source: other }), 2);
    clock.advance(100);
    await answer({ kind: "refused", reason: "answered 400" });
    expect(events.told).toEqual([
      ["lost", SOURCE.path, 2, 40, "answered 400"],
      ["lost", "/other", 1, 2, "answered 400"],
      ["accepted", 2],
    ]);
  });

  test("when it takes a request but for some records", async () => {
    const { output, clock, events, answer } = outputOf();
    void output.write(kept("a\nb\n"), 1);
    void output.write(kept("c\nd\n"), 2);
    clock.advance(100);
    await answer({ kind: "accepted", rejected: 3, message: "too old" });
    const reason = "the backend rejected records: too old";
    expect(events.told).toEqual([
      ["lost", SOURCE.path, 2, 4, reason],
      ["lost", SOURCE.path, 1, 2, reason],
      ["accepted", 2],
    ]);
  });
});

test("who writes waits while the backend takes nothing, and memory is bounded", async () => {
  const { output, events, answer } = outputOf({ batchBytesMax: 10, queueBytesMax: 20 });
  const line = `${"x".repeat(9)}\n`;
  expect(output.write(kept(line), 1)).toBeUndefined();
  expect(output.write(kept(line), 2)).toBeUndefined();
  let isDone = false;
  void output.write(kept(line), 3)?.then(() => (isDone = true));
  await turns();
  expect(isDone).toBe(false);
  await answer(ALL);
  expect([isDone, events.told]).toEqual([true, [["accepted", 1]]]);
});

test("closing sends what waits, for as long as it may", async () => {
  const { output, clock, events, posted, answer } = outputOf();
  void output.write(kept("a\n"), 1);
  const closed = output.close(performance.now() + 10_000);
  await answer(ALL);
  await closed;
  expect([posted.length, events.told]).toEqual([1, [["accepted", 1]]]);
  const late = outputOf();
  void late.output.write(kept("a\n"), 1);
  const gaveUp = late.output.close(performance.now());
  late.clock.advance(0);
  await gaveUp;
  expect([late.events.told, clock.pendingMs, late.clock.pendingMs]).toEqual([[], [], []]);
});

describe("targets", () => {
  test.each([
    ["otlp+http://collector:4318", "http://collector:4318/v1/logs"],
    ["otlp+http://collector", "http://collector:4318/v1/logs"],
    ["otlp+https://collector:443/", "https://collector/v1/logs"],
    ["otlp+http://collector:80/v1/logs", "http://collector/v1/logs"],
    ["otlp+http://collector:4318/otlp", "http://collector:4318/otlp/v1/logs"],
    ["otlp+https://u:p@[::1]:4318/x/v1/logs?k=v", "https://u:p@[::1]:4318/x/v1/logs?k=v"],
    ["otlp+http://u:12@collector/", "http://u:12@collector:4318/v1/logs"],
  ])("%s", (target, url) => {
    expect(otlpUrl(target)).toBe(url);
  });

  test.each([
    ["otlp+grpc://collector:4317", "is no URL of an OTLP backend"],
    ["otlp+http://", "is no URL of an OTLP backend"],
    ["otlp+http://a:b:c", "is no URL of an OTLP backend"],
    ["otlp+http://collector#x", "has a fragment (#)"],
  ])("%s is none", (target, reason) => {
    expect(() => otlpUrl(target)).toThrow(`the output ${JSON.stringify(target)} ${reason}; `);
  });
});
