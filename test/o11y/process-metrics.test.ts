// Metrics of the process: build, memory, event loops, and the threads that serve.

import { expect, test } from "bun:test";
import { setUp } from "./metrics-setup.ts";

test("the process, the event loop and the build", () => {
  const { clock, bus, read } = setUp();
  clock.nowMs += 120;
  clock.advance(0);
  bus.on("config.loaded", () => {
    throw new Error("x");
  });
  bus.emit("config.loaded", { path: "c" });
  const series = read();
  expect(series.get('edge_build_info{version="1.2.3",commit="abc",distribution="edge"}')).toBe(1);
  expect(series.get("process_resident_memory_bytes")).toBe(1e8);
  expect(series.get("process_cpu_seconds_total")).toBe(1.5);
  expect(series.get('edge_event_loop_delay_max_seconds{thread="main"}')).toBe(0.1);
  expect(series.get('edge_event_loop_delay_seconds_count{thread="main"}')).toBe(5);
  expect(series.get('edge_event_loop_delay_seconds_count{thread="worker"}')).toBe(0);
  expect(series.get("edge_event_subscriber_failures_total")).toBe(1);
});

test("failures of workers and new certificates are counted", () => {
  const { bus, read } = setUp();
  const at = { fingerprint: "AA", expires: "2030-01-01T00:00:00.000Z" };
  bus.emit("worker.failed", { worker: 1, reason: "r", restartMs: 100, cure: "c" });
  bus.emit("worker.events_lost", { worker: 1, events: 7, reason: "r" });
  bus.emit("tls.reloaded", at);
  bus.emit("tls.expires_soon", { ...at, cure: "c" });
  bus.emit("tls.reload_failed", { reason: "r", cure: "c" });
  const series = read();
  expect(series.get("edge_worker_failures_total")).toBe(1);
  expect(series.get("edge_worker_events_lost_total")).toBe(7);
  expect(series.get('edge_tls_reloads_total{outcome="ok"}')).toBe(1);
  expect(series.get('edge_tls_reloads_total{outcome="failed"}')).toBe(1);
});

test("event loops of workers are apart from the main thread's, their heaps are added to its own", () => {
  const { clock, bus, read } = setUp({ workers: { serving: () => 2, heapBytes: () => 3e6 } });
  const before = read().get("process_heap_bytes")!;
  bus.emit("loop.delayed", { delayMs: 250 });
  bus.emit("loop.delayed", { delayMs: 0 });
  const series = read();
  expect(series.get('edge_event_loop_delay_max_seconds{thread="worker"}')).toBe(0.25);
  expect(series.get('edge_event_loop_delay_seconds_count{thread="worker"}')).toBe(2);
  expect(series.get('edge_event_loop_delay_max_seconds{thread="main"}')).toBe(0);
  const { read: readAlone } = setUp();
  expect(before - readAlone().get("process_heap_bytes")!).toBe(3e6);
  expect([read().get("edge_workers"), readAlone().get("edge_workers")]).toEqual([2, 0]);
  clock.nowMs += 60_000;
  expect(read().get('edge_event_loop_delay_max_seconds{thread="worker"}')).toBe(0);
});
