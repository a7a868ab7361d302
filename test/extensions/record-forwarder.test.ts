// Records on their way from one thread to the extensions in another.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  RECORD_FORWARD_BATCH_BYTES,
  RECORD_FORWARD_BYTES_MAX,
  RECORD_FORWARD_MS_MAX,
} from "../../src/core/limits.ts";
import { type ForwardedRecords, ForwardedReader } from "../../src/extensions/forwarded-records.ts";
import { RecordForwarder } from "../../src/extensions/record-forwarder.ts";
import { EventBus } from "../../src/o11y/index.ts";
import type { OfferedRecord } from "../../src/policy/index.ts";
import { ManualClock } from "../o11y/manual-clock.ts";
import { packed } from "./packed-records.ts";

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
  const batches: ForwardedRecords[] = [];
  const lost: unknown[] = [];
  const bus = new EventBus();
  const clock = new ManualClock();
  bus.on("extension.records_lost", (event) => void lost.push(event));
  const forwarder = new RecordForwarder({
    kinds: [{ type: TYPE }, { type: OTHER }],
    bus,
    post: (batch) => {
      batches.push(structuredClone(batch, { transfer: [batch.rows.buffer, batch.bytes.buffer] }));
    },
    schedule: clock.schedule,
  });
  const offer = (...records: OfferedRecord[]): void =>
    forwarder.handlers.get(TYPE)!.offer(packed(records));
  const pass = (): void => clock.advance(RECORD_FORWARD_MS_MAX);
  const read = (): OfferedRecord[][] => {
    const reader = new ForwardedReader();
    return batches.map((batch) => reader.read(batch));
  };
  return { forwarder, offer, pass, batches, read, lost, clock };
}

describe("records that are offered in another thread", () => {
  test("arrive as they were, those of several requests together", () => {
    const { offer, pass, read, clock } = forwarderOf();
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
    clock.advance(RECORD_FORWARD_MS_MAX - 1);
    expect(read()).toEqual([]);
    clock.advance(1);
    offer(recordOf("e"));
    pass();
    expect(read()).toEqual([[...first, recordOf("d", { encoding: "otlp_json" })], [recordOf("e")]]);
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
        const { offer, pass, read } = forwarderOf();
        const records = requests.map((parts) => parts.map((part) => ({ source, ...part })));
        for (const one of records) offer(...one);
        pass();
        expect(read().flat()).toEqual(records.flat());
      }),
    );
  });

  test("leave at once when a buffer is full, and one that fits into none by itself", () => {
    const { offer, pass, read, batches } = forwarderOf();
    const half = { bytes: new Uint8Array(RECORD_FORWARD_BATCH_BYTES / 2) };
    const huge = { bytes: new Uint8Array(RECORD_FORWARD_BATCH_BYTES * 3) };
    offer(recordOf("a"), recordOf("", half));
    expect(batches.length).toBe(0);
    offer(recordOf("", half));
    expect(batches.length).toBe(1);
    offer(recordOf("", huge));
    pass();
    expect(read().map((all) => all.map(({ bytes }) => bytes.length))).toEqual([
      [1, half.bytes.length],
      [half.bytes.length],
      [huge.bytes.length],
    ]);
  });

  test("of several extensions go apart", () => {
    const { forwarder, offer, pass, batches } = forwarderOf();
    offer(recordOf("a"));
    forwarder.handlers.get(OTHER)!.offer(packed([recordOf("b"), recordOf("c")]));
    pass();
    expect(batches.map(({ type, records }) => [type, records])).toEqual([
      [TYPE, 1],
      [OTHER, 2],
    ]);
  });

  test("are lost and counted together while too many bytes are on their way", () => {
    const { forwarder, offer, pass, read, lost } = forwarderOf();
    offer(recordOf("", { bytes: new Uint8Array(RECORD_FORWARD_BYTES_MAX) }));
    pass();
    offer(recordOf("a"));
    offer(recordOf("b"), recordOf("c"));
    expect(lost).toEqual([]);
    pass();
    expect(lost).toEqual([{ extension: TYPE, reason: "channel_full", records: 3 }]);
    expect(read().length).toBe(1);
    forwarder.taken();
    offer(recordOf("d"));
    pass();
    expect(read()[1]).toEqual([recordOf("d")]);
    expect(lost.length).toBe(1);
  });

  test("are waited for until all are taken, those that have not left yet as well", async () => {
    const { forwarder, offer, pass, batches } = forwarderOf();
    offer(recordOf("a"));
    pass();
    offer(recordOf("b"));
    let isSettled = false;
    const settled = forwarder.settled().then(() => (isSettled = true));
    expect(batches.length).toBe(2);
    forwarder.taken();
    await Promise.resolve();
    expect(isSettled).toBe(false);
    forwarder.taken();
    await settled;
    await forwarder.settled();
  });
});
