// What requests leave for taps: within a bound of bytes, with losses counted by tap, also on
// their way to another thread.

import { describe, expect, test } from "bun:test";
import {
  TAP_FORWARD_BYTES_MAX,
  TAP_RECORD_BYTES_MAX,
  TAP_RECORD_OVERHEAD_BYTES,
  TAP_REQUEST_BYTES_MAX,
} from "../../../src/core/limits.ts";
import {
  type TapBatch,
  TapSubscriptions,
  type TapSubscription,
} from "../../../src/admin/tap/tap-subscriptions.ts";
import type { NotedRecord } from "../../../src/admin/tap/tap-evaluation.ts";
import { TapForwarder } from "../../../src/admin/tap/tap-forwarder.ts";
import type { TapFilter } from "../../../src/admin/tap/tap-record.ts";
import type { Evaluation, RecordFormat } from "../../../src/policy/index.ts";
import { Verdict } from "../../../src/policy/index.ts";
import { policyOf, testEngine } from "../../support/engine.ts";

const ALL: TapFilter = { signals: [], policies: [], decisions: [] };

function spec(id: number, more: Partial<TapFilter> = {}): TapSubscription {
  return { id, stage: "pre", filter: { ...ALL, ...more } };
}

/** With these taps open, and what requests left for them. */
function tapsWith(...specs: readonly TapSubscription[]) {
  const left: TapBatch[] = [];
  const taps = new TapSubscriptions((batch) => void left.push(batch));
  taps.show(specs);
  return { taps, left };
}

/** Judges `count` records of `bytes` each as one request. */
function judge(evaluation: Evaluation, count: number, bytes: number, end = "commit"): void {
  const body = new Uint8Array(bytes);
  evaluation.begin();
  for (let i = 0; i < count; i++) {
    evaluation.beginRecord();
    evaluation.decide(0);
    expect(evaluation.offering).toBe(true);
    evaluation.offer(body, 0, bytes, "line");
    expect(evaluation.offering).toBe(false);
  }
  if (end === "commit") evaluation.commit();
  else evaluation.abort();
}

const NO_POLICIES = { evaluation: () => undefined };

describe("what a request leaves", () => {
  test("is a copy, so that its body may change", () => {
    const { taps, left } = tapsWith(spec(1));
    const evaluation = taps.watching(NO_POLICIES).evaluation("log")!;
    const body = new TextEncoder().encode("abcdef");
    evaluation.begin();
    evaluation.beginRecord();
    evaluation.decide(0);
    evaluation.offer(body, 1, 4, "line");
    body.fill(0);
    evaluation.commit();
    const [record] = left[0]!.records;
    expect([new TextDecoder().decode(record?.bytes), record?.length]).toEqual(["bcd", 3]);
  });

  test("is cut at the bound of a record", () => {
    const { taps, left } = tapsWith(spec(1));
    const evaluation = taps.watching(NO_POLICIES).evaluation("log")!;
    for (const more of [0, 1]) judge(evaluation, 1, TAP_RECORD_BYTES_MAX + more);
    expect(left.map(({ records: [one] }) => [one?.length, one?.bytes.length])).toEqual([
      [TAP_RECORD_BYTES_MAX, TAP_RECORD_BYTES_MAX],
      [TAP_RECORD_BYTES_MAX + 1, TAP_RECORD_BYTES_MAX],
    ]);
  });

  test("ends at the bound of a request; the rest is counted for those who want it", () => {
    const { taps, left } = tapsWith(spec(1), spec(2, { decisions: ["drop"] }), spec(3));
    const evaluation = taps.watching(NO_POLICIES).evaluation("log")!;
    const each = 1000;
    const most = Math.floor(TAP_REQUEST_BYTES_MAX / (each + TAP_RECORD_OVERHEAD_BYTES));
    judge(evaluation, most, each);
    judge(evaluation, most + 1, each);
    judge(evaluation, most + 5, each);
    expect(left.map(({ records }) => records.length)).toEqual([most, most, most]);
    expect(left.map(({ losses }) => [...losses])).toEqual([
      [],
      [
        [1, 1],
        [3, 1],
      ],
      [
        [1, 5],
        [3, 5],
      ],
    ]);
  });

  test("is nothing when nobody wants it, or the body was not decoded to its end", () => {
    const { taps, left } = tapsWith(spec(1, { decisions: ["drop"] }));
    const evaluation = taps.watching(NO_POLICIES).evaluation("log")!;
    judge(evaluation, 3, 10);
    taps.show([spec(1)]);
    judge(evaluation, 3, 10, "abort");
    judge(evaluation, 0, 10);
    expect(left).toEqual([]);
    judge(evaluation, 1, 10);
    expect(left.map(({ records }) => records.length)).toEqual([1]);
  });

  test("of many policies, names the first ones and those that are asked for", () => {
    const policies = Array.from({ length: 40 }, (_, i) =>
      policyOf(`p${String(i).padStart(2, "0")}`, [], { kind: "all" }),
    );
    const { engine } = testEngine(policies);
    const { taps, left } = tapsWith(spec(1, { policies: ["p35", "other"] }));
    judge(taps.watching(engine).evaluation("log")!, 1, 10);
    const [record] = left[0]!.records;
    expect([record?.policyCount, record?.policies.length, record?.policies[0]]).toEqual([
      40,
      17,
      "p00",
    ]);
    expect(record?.policies).toContain("p35");
  });
});

test("a format that fails leaves its error and nothing else", () => {
  const { taps, left } = tapsWith({ ...spec(1), stage: "post" });
  const format: RecordFormat = {
    filter: (_body, evaluation) => {
      evaluation.begin();
      evaluation.beginRecord();
      evaluation.decide(0);
      evaluation.offer(new Uint8Array(3), 0, 3, "line");
      evaluation.abort();
      throw new RangeError("a bug");
    },
  };
  const evaluation = taps.watching(NO_POLICIES).evaluation("log")!;
  const run = () => taps.format("log", format).filter(new Uint8Array(3), evaluation);
  expect(run).toThrow(new RangeError("a bug"));
  expect(left).toEqual([]);
});

test("an output that cannot be read again costs the request nothing", () => {
  const { taps, left } = tapsWith({ ...spec(1), stage: "post" });
  let runs = 0;
  const outcome = { records: 1, dropped: 0, unreadable: 0, edited: 1, body: new Uint8Array(2) };
  const format: RecordFormat = {
    filter: (body, evaluation) => {
      if (runs++ > 0) throw new RangeError("not again");
      evaluation.begin();
      evaluation.beginRecord();
      expect(evaluation.decide(0)).toBe(Verdict.keep);
      evaluation.offer(body, 0, 3, "line");
      evaluation.commit();
      return outcome;
    },
  };
  const evaluation = taps.watching(NO_POLICIES).evaluation("log")!;
  expect(taps.format("log", format).filter(new Uint8Array(3), evaluation)).toBe(outcome);
  expect(left.map(({ records, outgoing }) => [records.length, outgoing?.size])).toEqual([[1, 0]]);
});

describe("on the way to another thread", () => {
  const record: NotedRecord = {
    signal: "log",
    encoding: "line",
    decision: "keep",
    policies: [],
    policyCount: 0,
    length: 1,
    bytes: new Uint8Array(1),
    keptIndex: 0,
  };
  const batch = (count: number, losses: readonly (readonly [number, number])[] = []): TapBatch => ({
    records: Array.from({ length: count }, () => record),
    losses: new Map(losses),
    outgoing: undefined,
  });
  /** A batch of one record that takes so many bytes of the bound. */
  const heavy = (bytes: number): TapBatch => {
    const length = bytes - 2 * TAP_RECORD_OVERHEAD_BYTES;
    return { ...batch(0), records: [{ ...record, length, bytes: new Uint8Array(length) }] };
  };

  function forwarder() {
    const posted: [number, [number, number][]][] = [];
    const made = new TapForwarder(
      ({ records, losses }) => void posted.push([records.length, [...losses]]),
    );
    return { forwarder: made, posted };
  }

  test("a thousand small batches are underway at once, and none is lost", () => {
    const { forwarder: boat, posted } = forwarder();
    boat.show([spec(1)]);
    for (let i = 0; i < 1000; i++) boat.send(batch(1));
    expect(posted).toEqual(Array.from({ length: 1000 }, () => [1, []]));
  });

  test.each([
    ["one byte below the bound, one more goes", TAP_FORWARD_BYTES_MAX - 1, 2],
    ["at the bound, none goes", TAP_FORWARD_BYTES_MAX, 1],
    ["a batch above the bound goes alone", 3 * TAP_FORWARD_BYTES_MAX, 1],
  ])("%s", (_, bytes, underway) => {
    const { forwarder: boat, posted } = forwarder();
    boat.show([spec(1)]);
    boat.send(heavy(bytes));
    boat.send(heavy(TAP_FORWARD_BYTES_MAX));
    boat.send(batch(1));
    expect(posted.length).toBe(underway);
  });

  test("what goes out counts as well as what came in", () => {
    const { forwarder: boat, posted } = forwarder();
    boat.show([spec(1)]);
    const left = { length: TAP_FORWARD_BYTES_MAX, bytes: new Uint8Array(TAP_FORWARD_BYTES_MAX) };
    boat.send({ ...batch(1), outgoing: new Map([[0, left]]) });
    boat.send(batch(1));
    expect(posted.length).toBe(1);
  });

  test("further batches are lost and counted with the next", () => {
    const { forwarder: boat, posted } = forwarder();
    boat.show([spec(1), spec(2, { signals: ["trace"] })]);
    boat.send(heavy(TAP_FORWARD_BYTES_MAX));
    boat.send(batch(3));
    boat.send(batch(2, [[2, 4]]));
    expect(posted.length).toBe(1);
    boat.taken();
    boat.send(batch(1, [[1, 1]]));
    expect(posted.slice(2)).toEqual([[1, [[1, 1]]]]);
    expect(posted[1]).toEqual([
      0,
      [
        [1, 5],
        [2, 4],
      ],
    ]);
  });

  test("losses go when everything was taken, though nothing else goes", () => {
    const { forwarder: boat, posted } = forwarder();
    boat.show([spec(1)]);
    boat.send(batch(1));
    boat.send(heavy(TAP_FORWARD_BYTES_MAX));
    boat.send(batch(1));
    boat.taken();
    expect(posted.length).toBe(2);
    boat.taken();
    expect(posted.at(-1)).toEqual([0, [[1, 1]]]);
    boat.taken();
    expect(posted.length).toBe(3);
  });

  test("losses of taps that have ended are forgotten", () => {
    const { forwarder: boat, posted } = forwarder();
    boat.show([spec(1), spec(2)]);
    boat.send(heavy(TAP_FORWARD_BYTES_MAX));
    boat.send(batch(1));
    boat.show([spec(2)]);
    boat.taken();
    expect(posted.at(-1)).toEqual([0, [[2, 1]]]);
  });
});
