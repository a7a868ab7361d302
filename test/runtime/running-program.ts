// A program of a test's own parts.

import type { Components } from "../../src/runtime/component.ts";
import {
  type ProgramContext,
  type ProgramOptions,
  startProgram,
} from "../../src/runtime/program.ts";
import { ManualClock } from "../o11y/manual-clock.ts";
import { FakeProcess } from "./fake-process.ts";

export const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A program of such parts, with a process and a clock that the test moves. */
export function running(
  components: (steps: string[], context: ProgramContext) => Components | Promise<Components>,
  options: Partial<ProgramOptions> = {},
  before: (port: FakeProcess) => void = () => undefined,
) {
  const port = new FakeProcess();
  const clock = new ManualClock();
  const steps: string[] = [];
  const events: unknown[] = [];
  let log = "";
  const code = startProgram(
    {
      distribution: "otlp",
      logLevel: "info",
      logFormat: "text",
      secrets: ["hunter22"],
      shutdownTimeoutMs: 5000,
      process: port,
      logSink: (bytes) => {
        log += new TextDecoder().decode(bytes);
        return bytes.length;
      },
      schedule: clock.schedule,
      nowMs: () => clock.nowMs,
      ...options,
    },
    (context) => {
      context.bus.onAny((name, event) => void events.push([name, event]));
      before(port);
      return components(steps, context);
    },
  );
  return { port, clock, steps, events, code, log: () => log };
}

/** Two parts that tell what is done to them. */
export function twoParts(steps: string[]): Components {
  const part = (name: string) => ({
    start: () => void steps.push(`${name} starts`),
    reload: () => void steps.push(`${name} reloads`),
    drain: (deadlineMs: number) => void steps.push(`${name} drains within ${deadlineMs}`),
    stop: (deadlineMs: number) => void steps.push(`${name} stops within ${deadlineMs}`),
  });
  return { sink: part("sink"), absent: undefined, source: part("source") };
}
