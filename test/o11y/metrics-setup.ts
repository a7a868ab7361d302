// Metrics of a bus that a test emits to, with a clock that the test moves, and their series as
// numbers.

import { EventBus, Metrics, type MetricsOptions } from "../../src/o11y/index.ts";
import { edge } from "../../src/distributions.ts";
import { protocolMetricsOf } from "../../src/protocols/index.ts";
import { ManualClock } from "./manual-clock.ts";

export function setUp(options: Partial<MetricsOptions> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const bus = new EventBus();
  const metrics = new Metrics(bus, {
    build: { version: "1.2.3", commit: "abc", distribution: "edge" },
    protocols: protocolMetricsOf(edge.modules),
    process: () => ({
      residentBytes: 1e8,
      heapBytes: 2e7,
      cpuSeconds: 1.5,
      startUnixSeconds: 17,
      openFiles: 12,
      openFilesMax: 1024,
    }),
    nowMs: clock.now,
    monotonicMs: clock.now,
    schedule: clock.schedule,
    ...options,
  });
  /** Values by series. */
  const read = (): Map<string, number> =>
    new Map(
      metrics
        .metricsText()
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => [
          line.slice(0, line.lastIndexOf(" ")),
          Number(line.slice(line.lastIndexOf(" "))),
        ]),
    );
  /** The series that `act` changes, with what they became. */
  const changes = (act: () => void): Record<string, number> => {
    const before = read();
    act();
    return Object.fromEntries(
      [...read()].filter(([series, value]) => before.get(series) !== value),
    );
  };
  return { clock, bus, metrics, read, changes };
}
