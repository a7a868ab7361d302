// Events through shared memory: whole, in order, bounded, and there when the writer is not.

import { describe, expect, test } from "bun:test";
import {
  array,
  assert,
  constantFrom,
  double,
  nat,
  oneof,
  property,
  record,
  string,
  tuple,
} from "fast-check";
import type { EventName, Events } from "../../../src/o11y/index.ts";
import {
  createEventRing,
  EventRingReader,
  EventRingWriter,
} from "../../../src/runtime/workers/event-ring.ts";
import { EVENT_RING_BYTES, EVENT_STRINGS_BYTES, EVENTS_AT_ONCE } from "../../../src/core/limits.ts";
import { type Recorded, RecordingBus } from "../../support/proxy-fakes.ts";

interface Ring {
  readonly writer: EventRingWriter;
  readonly reader: EventRingReader;
  readonly bus: RecordingBus;
  asked: number;
}

function ring(): Ring {
  const memory = createEventRing();
  const own: Ring = {
    writer: new EventRingWriter(memory, () => void own.asked++),
    reader: new EventRingReader(memory),
    bus: new RecordingBus(),
    asked: 0,
  };
  return own;
}

const completed = (status: number, knownPath = "v1_logs"): Events["request.completed"] => ({
  method: "POST",
  knownPath,
  status,
  durationMs: 0.25,
  bytesIn: 1e12,
  bytesOut: 0,
});
const failed = (reason: string): Events["request.failed"] => ({
  knownPath: "other",
  class: "module",
  reason,
});

describe("the event ring", () => {
  test("gives every kind of event as it was", () => {
    const { writer, reader, bus } = ring();
    const events = {
      "prefilter.decided": { routeKind: "otlp_logs", decision: "policy_path" },
      "request.completed": completed(200),
      "records.evaluated": {
        telemetry: "otlp_logs",
        records: 3,
        dropped: 2,
        edited: 1,
        bytesIn: 100,
        bytesOut: 50.5,
      },
      "upstream.completed": { upstream: "default", status: 503, durationMs: 1.5 },
      "request.failed": failed('a "reason" in UTF-8: ä 日本 😀'),
      "policies.replaced": { version: 1, counts: { log: 1, metric: 0, trace: 0 }, durationMs: 2 },
    } satisfies Partial<Events>;
    for (const [name, event] of Object.entries(events)) writer.write(name as EventName, event);
    expect(reader.drain(bus)).toBe(0);
    expect(Object.fromEntries(bus.seen.map(({ name, event }) => [name, event]))).toEqual(events);
  });

  test("gives each event once", () => {
    const { writer, reader, bus } = ring();
    writer.write("request.completed", completed(200));
    reader.drain(bus);
    reader.drain(bus);
    expect(bus.seen).toHaveLength(1);
  });

  test("goes round many times without mixing anything up", () => {
    const text = oneof(string({ maxLength: 40 }), constantFrom("x".repeat(3000), "ä".repeat(700)));
    const hot = record({
      upstream: text,
      status: nat(),
      durationMs: double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
    });
    const event = oneof(
      tuple(constantFrom("upstream.completed"), hot),
      tuple(constantFrom("request.failed"), text.map(failed)),
    );
    const { writer, reader, bus } = ring();
    let bytes = 0;
    assert(
      property(array(event, { minLength: 20, maxLength: 60 }), (events) => {
        bus.seen.length = 0;
        for (let round = 0; round < 20; round++) {
          for (const [name, one] of events) writer.write(name, one);
          expect(reader.drain(bus)).toBe(0);
        }
        const wanted: unknown[] = Array.from({ length: 20 }, () => events).flat();
        expect(bus.seen.map((one: Recorded) => [one.name, one.event])).toEqual(wanted as never);
        bytes += JSON.stringify(wanted).length;
      }),
      { numRuns: 60 },
    );
    expect(bytes).toBeGreaterThan(2 * EVENT_RING_BYTES);
  });

  test("loses what does not fit, counts it, and goes on", () => {
    const { writer, reader, bus } = ring();
    const reason = "x".repeat(EVENT_RING_BYTES / 16);
    for (let i = 0; i < 20; i++) writer.write("request.failed", failed(reason));
    const lost = reader.drain(bus);
    expect([lost > 0, bus.seen.length + lost]).toEqual([true, 20]);
    writer.write("request.completed", completed(201));
    expect([reader.drain(bus), bus.of("request.completed")]).toEqual([0, [completed(201)]]);
  });

  test("what is counted of records arrives all the same, as soon as there is room", () => {
    const { writer, reader, bus } = ring();
    const sizes = { edited: 1, bytesIn: 100, bytesOut: 50 };
    const evaluated = { telemetry: "otlp_logs", records: 5, dropped: 3, ...sizes } as const;
    const refused = { telemetry: "otlp_logs", reason: "refused" } as const;
    const opened = { telemetry: "otlp_logs", reason: "undecodable" } as const;
    const rounds = Math.ceil(EVENT_RING_BYTES / 100);
    for (let i = 0; i < rounds; i++) {
      writer.write("records.evaluated", { ...evaluated, ...(i % 2 === 0 ? { limited: 2 } : {}) });
      writer.write("records.lost", { ...refused, records: i % 2 === 0 ? 0 : 3 });
      writer.write("fail_open", { ...opened, records: 0, detail: "x" });
    }
    expect(reader.drain(bus)).toBe(0);
    expect(bus.of("records.evaluated").length).toBeLessThan(rounds);
    writer.flush();
    writer.write("upstream.completed", { upstream: "a", status: 200, durationMs: 1 });
    expect([reader.drain(bus), bus.of("upstream.completed").length]).toEqual([0, 1]);
    const sum = <T>(events: readonly T[], of: (event: T) => number): number =>
      events.reduce((total, event) => total + of(event), 0);
    const records = bus.of("records.evaluated");
    expect(sum(records, (one) => one.records)).toBe(5 * rounds);
    expect(sum(records, (one) => one.limited ?? 0)).toBe(2 * Math.ceil(rounds / 2));
    expect(sum(records, (one) => one.bytesIn)).toBe(100 * rounds);
    const bodies = ({ records: n }: { readonly records: number }): number => Math.max(1, n);
    expect(sum(bus.of("records.lost"), bodies)).toBe(
      Math.ceil(rounds / 2) + 3 * Math.floor(rounds / 2),
    );
    expect(sum(bus.of("fail_open"), bodies)).toBe(rounds);
  });

  test("loses an event that is larger than itself, and no other", () => {
    const { writer, reader, bus } = ring();
    writer.write("request.failed", failed("x".repeat(EVENT_RING_BYTES)));
    writer.write("request.completed", completed(200));
    expect([reader.drain(bus), bus.seen.map(({ name }) => name)]).toEqual([
      1,
      ["request.completed"],
    ]);
  });

  test("asks once for a look when it is half full, and again after it", () => {
    const own = ring();
    const large = completed(200, "x".repeat(EVENT_RING_BYTES / 16));
    for (let i = 0; i < 6; i++) own.writer.write("request.completed", large);
    expect(own.asked).toBe(0);
    for (let i = 0; i < 5; i++) own.writer.write("request.completed", large);
    expect(own.asked).toBe(1);
    own.reader.drain(own.bus);
    for (let i = 0; i < 10; i++) own.writer.write("request.completed", large);
    expect(own.asked).toBe(2);
  });

  test("asks for the first event of any kind while the reader looks seldom, and once only", () => {
    const own = ring();
    const { writer, reader, bus } = own;
    reader.rest(true);
    writer.write("request.completed", completed(200));
    writer.write("request.completed", completed(200));
    expect(own.asked).toBe(1);
    reader.drain(bus);
    writer.write("request.completed", completed(200));
    expect(own.asked).toBe(2);
    reader.rest(false);
    reader.drain(bus);
    writer.write("request.completed", completed(200));
    expect(own.asked).toBe(2);
  });

  test("asks at once for what the log would miss, as long as there is little of it", () => {
    const own = ring();
    const write = (): void => {
      own.writer.write("request.failed", failed("a"));
      own.reader.drain(own.bus);
    };
    write();
    expect(own.asked).toBe(1);
    for (let i = 1; i < EVENTS_AT_ONCE + 10; i++) write();
    expect(own.asked).toBe(EVENTS_AT_ONCE);
    own.writer.flush();
    write();
    expect(own.asked).toBe(EVENTS_AT_ONCE + 1);
  });

  test("writes labels in full when there are too many to number", () => {
    const { writer, reader, bus } = ring();
    const paths = Array.from({ length: EVENT_STRINGS_BYTES / 8 }, (_, i) => `path-number-${i}`);
    for (const path of paths) writer.write("request.completed", completed(200, path));
    reader.drain(bus);
    expect(bus.of("request.completed")).toEqual(paths.map((path) => completed(200, path)));
  });

  test("is read whole after its writer has gone, also by a new reader of the labels", () => {
    const memory = createEventRing();
    const write = (): void => {
      const writer = new EventRingWriter(memory, () => undefined);
      for (let i = 0; i < 100; i++) writer.write("request.completed", completed(i, `p${i % 7}`));
    };
    write();
    const bus = new RecordingBus();
    new EventRingReader(memory).drain(bus);
    const wanted = Array.from({ length: 100 }, (_, i) => completed(i, `p${i % 7}`));
    expect(bus.of("request.completed")).toEqual(wanted);
  });

  test("survives a subscriber that throws", () => {
    const { writer, reader, bus } = ring();
    bus.on("request.completed", () => {
      throw new Error("a subscriber's");
    });
    for (let i = 0; i < 3; i++) writer.write("request.completed", completed(i));
    reader.drain(bus);
    expect(bus.of("request.completed")).toHaveLength(3);
  });
});
