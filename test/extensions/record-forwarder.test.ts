// Records on their way from one thread to the extensions in another.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  OFFER_SETTLE_LOOK_MS,
  RECORD_FORWARD_BYTES_MAX,
  RECORD_LOSS_MS_MAX,
  RECORD_RING_BYTES,
} from "../../src/core/limits.ts";
import { type RecordCall, RecordForwarder } from "../../src/extensions/record-forwarder.ts";
import { RingReader } from "../../src/extensions/record-ring.ts";
import { EventBus } from "../../src/o11y/index.ts";
import type { OfferedRecord } from "../../src/policy/index.ts";
import { ManualClock } from "../o11y/manual-clock.ts";
import { packed, readRing } from "./packed-records.ts";

const TYPE = "com.example/copy";
const OTHER = "com.example/other";
const use = { type: TYPE, version: "1.0.0", config: new Uint8Array([1]), mode: "all" } as const;
const source = { policy: "p", use, signal: "log" } as const;

function recordOf(text: string, more: Partial<OfferedRecord> = {}): OfferedRecord {
  const bytes = new TextEncoder().encode(text);
  return {
    source,
    matched: true,
    kept: false,
    encoding: "line",
    bytes,
    frame: undefined,
    ...more,
  };
}

function forwarderOf() {
  const calls: RecordCall[] = [];
  const lost: unknown[] = [];
  const bus = new EventBus();
  const clock = new ManualClock();
  bus.on("extension.records_lost", (event) => void lost.push(event));
  const forwarder = new RecordForwarder({
    kinds: [{ type: TYPE }, { type: OTHER }],
    bus,
    ring: 7,
    call: (call) => void calls.push(structuredClone(call)),
    schedule: clock.schedule,
  });
  const offer = (...records: OfferedRecord[]): void =>
    forwarder.handlers.get(TYPE)!.offer(packed(records));
  const memoryOf = (type = TYPE): SharedArrayBuffer =>
    calls.find((call) => call.type === type && call.memory !== undefined)!.memory!;
  const read = (): OfferedRecord[][] => readRing(memoryOf());
  return { forwarder, offer, calls, memoryOf, read, lost, clock };
}

describe("records that are offered in another thread", () => {
  test("are there at once as they were, those of each request together", () => {
    const { offer, read, clock } = forwarderOf();
    const frame = { resource: new Uint8Array([7]), scope: new Uint8Array([8, 9]) };
    const redactions = {
      remove: [],
      redact: [{ field: { kind: "field", field: "body" }, replacement: "x" }],
    } as const;
    const others = { ...source, policy: "q", signal: "trace", redactions } as const;
    const first = [
      recordOf("a", { frame, encoding: "otlp_json" }),
      recordOf("", { source: others, matched: false, kept: true }),
      recordOf("cc", { frame, encoding: "prometheus_protobuf", kept: true }),
    ];
    offer(...first);
    offer(recordOf("d", { encoding: "otlp_json" }));
    expect(read()).toEqual([first, [recordOf("d", { encoding: "otlp_json" })]]);
    offer(recordOf("e"));
    expect(read()).toEqual([[recordOf("e")]]);
    expect(clock.pendingMs).toEqual([]);
  });

  test("arrive whatever they are", () => {
    const record = fc.record({
      matched: fc.boolean(),
      kept: fc.boolean(),
      encoding: fc.constantFrom("otlp_json", "otlp_protobuf", "line", "of_tomorrow"),
      bytes: fc.uint8Array({ maxLength: 40 }),
      frame: fc.option(
        fc.record({ resource: fc.uint8Array(), scope: fc.uint8Array({ maxLength: 3 }) }),
        { nil: undefined },
      ),
    });
    const request = fc.array(record, { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 5 }), (requests) => {
        const { offer, read } = forwarderOf();
        const records = requests.map((parts) => parts.map((part) => ({ source, ...part })));
        for (const one of records) offer(...one);
        expect(read()).toEqual(records);
      }),
    );
  });

  test("are called for once, and again when the other side has stopped looking", () => {
    const { offer, calls, memoryOf, read } = forwarderOf();
    offer(recordOf("a"));
    offer(recordOf("b"));
    expect(calls).toEqual([{ type: TYPE, ring: 7, memory: memoryOf() }]);
    const reader = new RingReader(memoryOf());
    expect(reader.sleep()).toBe(false);
    read();
    expect(reader.sleep()).toBe(true);
    offer(recordOf("c"));
    offer(recordOf("d"));
    expect(calls.slice(1)).toEqual([{ type: TYPE, ring: 7 }]);
  });

  test("of several extensions go apart", () => {
    const { forwarder, offer, memoryOf } = forwarderOf();
    offer(recordOf("a"));
    forwarder.handlers.get(OTHER)!.offer(packed([recordOf("b"), recordOf("c")]));
    expect(readRing(memoryOf(TYPE))).toEqual([[recordOf("a")]]);
    expect(readRing(memoryOf(OTHER))).toEqual([[recordOf("b"), recordOf("c")]]);
  });

  test("are lost and counted together while too many bytes are on their way", () => {
    const { offer, read, lost, clock } = forwarderOf();
    offer(recordOf("", { bytes: new Uint8Array(RECORD_FORWARD_BYTES_MAX) }));
    offer(recordOf("a"));
    offer(recordOf("b"), recordOf("c"));
    clock.advance(RECORD_LOSS_MS_MAX - 1);
    expect(lost).toEqual([]);
    clock.advance(1);
    expect(lost).toEqual([{ extension: TYPE, reason: "channel_full", records: 3 }]);
    expect(read().length).toBe(1);
    offer(recordOf("d"));
    expect(read()).toEqual([[recordOf("d")]]);
    expect([lost.length, clock.pendingMs]).toEqual([1, []]);
  });

  test("are lost when they would never fit, and those that follow are not", () => {
    const { offer, read, lost, clock } = forwarderOf();
    offer(recordOf("", { bytes: new Uint8Array(RECORD_RING_BYTES) }));
    offer(recordOf("a"));
    clock.advance(RECORD_LOSS_MS_MAX);
    expect(lost).toEqual([{ extension: TYPE, reason: "channel_full", records: 1 }]);
    expect(read()).toEqual([[recordOf("a")]]);
  });

  test("are waited for until all are taken, and who takes them is called if it must be", async () => {
    const { forwarder, offer, read, calls, memoryOf, clock } = forwarderOf();
    offer(recordOf("a"));
    const reader = new RingReader(memoryOf());
    reader.next();
    reader.sleep();
    offer(recordOf("b"));
    let isSettled = false;
    const settled = forwarder.settled().then(() => (isSettled = true));
    expect(calls.length).toBe(2);
    clock.advance(OFFER_SETTLE_LOOK_MS);
    await Promise.resolve();
    expect(isSettled).toBe(false);
    read();
    clock.advance(OFFER_SETTLE_LOOK_MS);
    await settled;
    await forwarder.settled();
  });
});
