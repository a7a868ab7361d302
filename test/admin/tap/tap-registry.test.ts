// Open taps: bounds of records, time, memory and number; what a slow reader loses; how they end.

import { describe, expect, test } from "bun:test";
import { TAP_BUFFER_BYTES_MAX, TAP_SILENCE_MS } from "../../../src/core/limits.ts";
import {
  type TapBatch,
  TapSubscriptions,
  type TapSubscription,
} from "../../../src/admin/tap/tap-subscriptions.ts";
import type { NotedRecord } from "../../../src/admin/tap/tap-evaluation.ts";
import { TapRegistry, type TapRequest } from "../../../src/admin/tap/tap-registry.ts";
import type { Tap } from "../../../src/admin/tap/tap-stream.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";

function noted(text: string, more: Partial<NotedRecord> = {}): NotedRecord {
  const bytes = new TextEncoder().encode(text);
  return {
    signal: "log",
    encoding: "line",
    decision: "keep",
    policies: [],
    policyCount: more.policies?.length ?? 0,
    length: bytes.length,
    bytes,
    keptIndex: 0,
    ...more,
  };
}

function batch(...records: readonly NotedRecord[]): TapBatch {
  return { records, losses: new Map(), outgoing: undefined };
}

interface Setting {
  readonly tapsMax?: number;
  readonly showsPayloads?: boolean;
}

function registry({ tapsMax = 2, showsPayloads = true }: Setting = {}) {
  const bus = new RecordingBus();
  const clock = new ManualClock();
  const shown: (readonly TapSubscription[])[] = [];
  const made = new TapRegistry({
    bus,
    showsPayloads: () => showsPayloads,
    encodings: new Map([["line", { payload: "text" }]]),
    tapsMax,
    changed: (subscriptions) => void shown.push(subscriptions),
    nowMs: clock.now,
    schedule: clock.schedule,
  });
  return { registry: made, bus, clock, shown };
}

const ALL = { signals: [], policies: [], decisions: [] };

function request(more: Partial<TapRequest> = {}): TapRequest {
  return { stage: "pre", filter: ALL, format: "json", recordsMax: 10, secondsMax: 60, ...more };
}

type Line = Record<string, unknown>;

/** The lines that are there; `next` reads one piece. */
class Reader {
  readonly lines: Line[] = [];
  readonly #next: () => Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  readonly #cancel: () => Promise<void>;

  constructor(tap: Tap | undefined) {
    const reader = tap!.stream().getReader();
    this.#next = () => reader.read();
    this.#cancel = () => reader.cancel();
  }

  /** False at the end. */
  async next(): Promise<boolean> {
    const { done, value } = await this.#next();
    const text = new TextDecoder().decode(value);
    for (const line of text.split("\n")) if (line !== "") this.lines.push(JSON.parse(line) as Line);
    return !done;
  }

  async all(): Promise<Line[]> {
    while (await this.next());
    return this.lines;
  }

  async cancel(): Promise<void> {
    await this.#cancel();
  }
}

const texts = (lines: readonly Line[]) =>
  lines.map(({ text, tap, records }) =>
    tap === "lost" ? `lost ${String(records)}` : (text ?? tap),
  );

test("a tap shows what passes, and ends after its number of records", async () => {
  const { registry: taps, bus } = registry();
  const reader = new Reader(taps.tap(request({ recordsMax: 2 })));
  taps.deliver(batch(noted("a"), noted("b"), noted("c")));
  const lines = await reader.all();
  expect(texts(lines)).toEqual(["open", "a", "b", "end"]);
  expect(lines[0]).toEqual({
    tap: "open",
    stage: "pre",
    records_max: 2,
    seconds_max: 60,
    payloads: true,
  });
  expect(lines.at(-1)).toEqual({ tap: "end", reason: "records", shown: 2, lost: 0 });
  expect(lines.slice(1, 3).map(({ seq }) => seq)).toEqual([1, 2]);
  expect(bus.of("tap.opened")).toEqual([{ stage: "pre", recordsMax: 2, secondsMax: 60 }]);
  expect(bus.of("tap.closed")).toEqual([{ stage: "pre", shown: 2, lost: 0, reason: "records" }]);
  expect(taps.open).toBe(0);
});

test("a tap ends after its time", async () => {
  const { registry: taps, clock } = registry();
  const reader = new Reader(taps.tap(request({ secondsMax: 3 })));
  clock.advance(2999);
  taps.deliver(batch(noted("a")));
  clock.advance(1);
  taps.deliver(batch(noted("b")));
  expect(texts(await reader.all())).toEqual(["open", "a", "end"]);
  expect(reader.lines.at(-1)).toEqual({ tap: "end", reason: "seconds", shown: 1, lost: 0 });
  expect(clock.pendingMs).toEqual([]);
});

test("a tap without payloads tells sizes only", async () => {
  const { registry: taps } = registry({ showsPayloads: false });
  const reader = new Reader(taps.tap(request({ recordsMax: 1 })));
  taps.deliver(batch(noted("secret")));
  const [open, line] = await reader.all();
  expect(open).toMatchObject({ payloads: false });
  expect(line).toMatchObject({ bytes: 6 });
  expect(JSON.stringify(line)).not.toContain("secret");
});

test("a silent tap says that it waits, and a reader that waits gets it", async () => {
  const { registry: taps, clock } = registry();
  const reader = new Reader(taps.tap(request({ secondsMax: 3600 })));
  await reader.next();
  const waiting = reader.next();
  clock.advance(TAP_SILENCE_MS);
  await waiting;
  expect(texts(reader.lines)).toEqual(["open", "waiting"]);
  // Not while something waits to be read, so that a reader that is away costs nothing.
  taps.deliver(batch(noted("a")));
  clock.advance(10 * TAP_SILENCE_MS);
  await reader.next();
  expect(texts(reader.lines)).toEqual(["open", "waiting", "a"]);
});

describe("a slow reader", () => {
  const big = "x".repeat(100_000);

  test("loses records and is told where and how many, and memory stays bounded", async () => {
    const { registry: taps, bus } = registry();
    const tap = taps.tap(request({ recordsMax: 100 }))!;
    for (let i = 0; i < 30; i++) taps.deliver(batch(noted(big)));
    const held = Math.ceil(TAP_BUFFER_BYTES_MAX / (big.length + 200)) + 1;
    expect([tap.shown + tap.lost, tap.shown <= held, tap.lost > 0]).toEqual([30, true, true]);
    const { shown, lost } = tap;
    const reader = new Reader(tap);
    while (reader.lines.length < 1 + shown) await reader.next();
    taps.deliver(batch(noted("after")));
    await reader.next();
    expect(texts(reader.lines.slice(-2))).toEqual([`lost ${lost}`, "after"]);
    expect(reader.lines.at(-1)).toMatchObject({ seq: 31 });
    tap.end("seconds");
    await reader.all();
    expect(reader.lines.at(-1)).toEqual({ tap: "end", reason: "seconds", shown: shown + 1, lost });
    expect(bus.of("tap.closed")).toEqual([
      { stage: "pre", shown: shown + 1, lost, reason: "seconds" },
    ]);
  });

  test("keeps its place until it has everything, so that there are never more", async () => {
    const { registry: taps } = registry({ tapsMax: 1 });
    const tap = taps.tap(request({ recordsMax: 1 }))!;
    taps.deliver(batch(noted("a")));
    expect([taps.open, taps.tap(request())]).toEqual([1, undefined]);
    await new Reader(tap).all();
    expect([taps.open, taps.tap(request()) === undefined]).toEqual([0, false]);
  });
});

test("more taps than allowed are refused, and a reader that goes away makes room", async () => {
  const { registry: taps, bus, shown, clock } = registry({ tapsMax: 2 });
  const readers = [new Reader(taps.tap(request())), new Reader(taps.tap(request()))];
  expect(taps.tap(request())).toBeUndefined();
  await readers[0]!.cancel();
  expect(bus.of("tap.closed").map(({ reason }) => reason)).toEqual(["reader"]);
  expect(taps.tap(request({ stage: "post" }))).toBeDefined();
  expect(shown.map((subscriptions) => subscriptions.map(({ stage }) => stage))).toEqual([
    ["pre"],
    ["pre", "pre"],
    ["pre"],
    ["pre", "post"],
  ]);
  // Each open tap has its two timers; the one that was left has none.
  expect(clock.pendingMs.length).toBe(4);
});

test("a reader that is gone is told to once, however often it is said", () => {
  const { registry: taps } = registry();
  const tap = taps.tap(request())!;
  tap.abandon();
  tap.abandon();
  tap.end("seconds");
  expect(taps.open).toBe(0);
});

test("taps end when the program stops", async () => {
  const { registry: taps, bus } = registry();
  const reader = new Reader(taps.tap(request()));
  bus.emit("server.draining", { signal: "SIGTERM", timeoutMs: 1 });
  expect((await reader.all()).at(-1)).toMatchObject({ tap: "end", reason: "stopping" });
});

describe("which records a tap shows", () => {
  const drop = noted("d", { decision: "drop", policies: ["p", "q"], keptIndex: -1 });
  const edit = noted("e", { decision: "edit", policies: ["q"] });
  const keep = noted("k", { signal: "metric" });
  const cases: readonly [Partial<TapRequest["filter"]>, readonly string[]][] = [
    [{}, ["d", "e", "k"]],
    [{ signals: ["log"] }, ["d", "e"]],
    [{ signals: ["metric", "trace"] }, ["k"]],
    [{ policies: ["q"] }, ["d", "e"]],
    [{ policies: ["p"] }, ["d"]],
    [{ policies: ["r"] }, []],
    [{ decisions: ["drop"] }, ["d"]],
    [{ decisions: ["keep", "edit"] }, ["e", "k"]],
    [{ signals: ["log"], policies: ["q"], decisions: ["edit"] }, ["e"]],
  ];
  for (const [filter, want] of cases) {
    test(JSON.stringify(filter), async () => {
      const { registry: taps } = registry();
      const tap = taps.tap(request({ filter: { ...ALL, ...filter } }))!;
      taps.deliver(batch(drop, edit, keep));
      tap.end("seconds");
      expect(texts(await new Reader(tap).all()).slice(1, -1)).toEqual([...want]);
    });
  }
});

test("records that were too many to copy count as lost where they were wanted", async () => {
  const { registry: taps } = registry();
  const wanting = taps.tap(request())!;
  const other = taps.tap(request())!;
  const losses = new Map([
    [wanting.options.id, 2],
    [other.options.id + 7, 5],
  ]);
  taps.deliver({ records: [], losses, outgoing: undefined });
  expect([wanting.lost, other.lost]).toEqual([2, 0]);
});

test("a subscriptions without taps is not in the way", () => {
  const subscriptions = new TapSubscriptions(() => undefined);
  const engine = { evaluation: () => undefined };
  const format = { filter: () => ({ records: 0, dropped: 0, unreadable: 0, edited: 0 }) };
  expect(subscriptions.watching(engine).evaluation("log")).toBeUndefined();
  expect(subscriptions.format("log", format)).toBe(format);
  subscriptions.show([{ id: 1, stage: "post", filter: { ...ALL, signals: ["trace"] } }]);
  expect(subscriptions.watching(engine).evaluation("log")).toBeUndefined();
  expect(subscriptions.format("log", format)).toBe(format);
  subscriptions.show([{ id: 1, stage: "pre", filter: ALL }]);
  expect(subscriptions.watching(engine).evaluation("log")).toBeDefined();
  expect(subscriptions.format("log", format)).toBe(format);
  subscriptions.show([]);
  expect(subscriptions.watching(engine).evaluation("log")).toBeUndefined();
});
