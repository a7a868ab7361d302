// Records on their way from one thread to the extensions in another.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { RECORD_FORWARD_BYTES_MAX } from "../../src/core/limits.ts";
import {
  type ForwardedRecords,
  RecordForwarder,
  recordsOf,
} from "../../src/extensions/record-forwarder.ts";
import { EventBus } from "../../src/o11y/index.ts";
import type { OfferedRecord } from "../../src/policy/index.ts";

const TYPE = "com.example/copy";
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
  const turns: (() => void)[] = [];
  const lost: unknown[] = [];
  const bus = new EventBus();
  bus.on("extension.records_lost", (event) => void lost.push(event));
  const forwarder = new RecordForwarder({
    kinds: [{ type: TYPE, minVersion: "1.0.0", create: () => expect.unreachable() }],
    bus,
    post: (batch) => void batches.push(structuredClone(batch)),
    soon: (run) => void turns.push(run),
  });
  const offer = (record: OfferedRecord): void => forwarder.handlers.get(TYPE)!.offer(record);
  const turn = (): void => turns.splice(0).forEach((run) => run());
  return { forwarder, offer, turn, batches, lost };
}

describe("records that are offered in another thread", () => {
  test("arrive as they were, those of one turn together", () => {
    const { offer, turn, batches } = forwarderOf();
    const frame = { resource: new Uint8Array([7]), scope: new Uint8Array([8, 9]) };
    const others = { ...source, policy: "q", signal: "trace" } as const;
    const first = [
      recordOf("a", { frame, encoding: "otlp_json" }),
      recordOf("", { source: others, matched: false, kept: true }),
      recordOf("cc", { frame, encoding: "prometheus_protobuf", kept: true }),
    ];
    for (const record of first) offer(record);
    expect(batches).toEqual([]);
    turn();
    offer(recordOf("d"));
    turn();
    expect(batches.map(recordsOf)).toEqual([first, [recordOf("d")]]);
    expect(batches.map(({ frames, sources }) => [frames.length, sources.length])).toEqual([
      [1, 2],
      [0, 1],
    ]);
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
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (parts) => {
        const { offer, turn, batches } = forwarderOf();
        const records = parts.map((part) => ({ source, ...part }));
        for (const one of records) offer(one);
        turn();
        expect(batches.flatMap(recordsOf)).toEqual(records);
      }),
    );
  });

  test("are lost and counted once a turn while too many bytes are on their way", () => {
    const { forwarder, offer, turn, batches, lost } = forwarderOf();
    const large = { bytes: new Uint8Array(RECORD_FORWARD_BYTES_MAX) };
    offer(recordOf("", large));
    turn();
    offer(recordOf("a"));
    offer(recordOf("b"));
    expect(lost).toEqual([]);
    turn();
    expect(lost).toEqual([{ extension: TYPE, reason: "channel_full", records: 2 }]);
    expect(batches.length).toBe(1);
    forwarder.taken();
    offer(recordOf("c"));
    turn();
    expect(recordsOf(batches[1]!)).toEqual([recordOf("c")]);
    expect(lost.length).toBe(1);
  });

  test("are waited for until all are taken, those that have not left yet as well", async () => {
    const { forwarder, offer, turn, batches } = forwarderOf();
    offer(recordOf("a"));
    turn();
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
