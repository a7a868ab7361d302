// Signals, draining, reload and crashes, with a process of the test's own.

import { describe, expect, test } from "bun:test";
import type { Listener } from "../../src/server/listener.ts";
import {
  type CrashContext,
  type LifecycleOptions,
  type ProcessPort,
  ProcessWatch,
  untilStopped,
} from "../../src/runtime/lifecycle.ts";
import { Readiness } from "../../src/runtime/readiness.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

class FakeProcess implements ProcessPort {
  readonly handlers = new Map<string, (value: unknown) => void>();
  readonly exits: number[] = [];
  errors = "";

  on(name: string, listener: (value: unknown) => void): void {
    this.handlers.set(name, listener);
  }
  off(name: string): void {
    this.handlers.delete(name);
  }
  exit(code: number): void {
    this.exits.push(code);
  }
  writeError(text: string): void {
    this.errors += text;
  }
  tell(name: string, value?: unknown): void {
    const handler = this.handlers.get(name);
    if (handler === undefined) throw new Error(`nobody listens to ${name}`);
    handler(value);
  }
}

const CRASH: CrashContext = {
  distribution: "otlp",
  secrets: ["hunter22"],
  recentRequests: () => ["POST v1_logs, 12 bytes, application/json: 3 ms ago, not answered"],
};

function running(
  options: Partial<LifecycleOptions> = {},
  crash: CrashContext = CRASH,
  before: (port: FakeProcess) => void = () => undefined,
) {
  const port = new FakeProcess();
  const watch = new ProcessWatch(port, crash);
  before(port);
  const bus = new RecordingBus();
  const steps: string[] = [];
  const drained = Promise.withResolvers<void>();
  const timers = new Map<number, () => void>();
  const readiness = new Readiness(() => true);
  readiness.bound();
  const listener: Listener = {
    url: "http://x",
    port: 1,
    pending: 2,
    drain: () => {
      steps.push(`drain, ready ${readiness.isReady}`);
      return drained.promise;
    },
    abort: async () => void steps.push("abort"),
  };
  const code = untilStopped({
    listeners: [listener],
    readiness,
    bus,
    shutdownTimeoutMs: 5000,
    lastCall: () => void steps.push("last call"),
    reload: async () => void steps.push("reload"),
    stop: async (deadlineMs) => void steps.push(`stop within ${Math.round(deadlineMs / 1000)} s`),
    watch,
    schedule: (delayMs, run) => {
      timers.set(delayMs, run);
      return () => undefined;
    },
    ...options,
  });
  return { port, bus, steps, drained, timers, readiness, code };
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal}: readiness flips, requests finish, the rest stops, exit code 0`, async () => {
    const { port, bus, steps, drained, timers, readiness, code } = running();
    expect(readiness.isReady).toBe(true);
    port.tell(signal);
    expect(steps.splice(0)).toEqual(["last call"]);
    timers.get(250)?.();
    await Promise.resolve();
    expect(steps).toEqual(["drain, ready false"]);
    drained.resolve();
    expect(await code).toBe(0);
    expect(steps).toEqual(["drain, ready false", "stop within 5 s"]);
    expect(bus.of("server.draining")).toEqual([{ signal, timeoutMs: 5000 }]);
    expect(bus.of("server.stopped")).toEqual([{ unfinished: 0 }]);
    expect([port.exits, [...port.handlers.keys()]]).toEqual([[], []]);
  });
}

test("requests that do not finish in time are cut and counted", async () => {
  const { port, bus, steps, timers, code } = running();
  port.tell("SIGTERM");
  timers.get(250)?.();
  await Promise.resolve();
  timers.get(5000)?.();
  expect(await code).toBe(0);
  expect(steps).toEqual(["last call", "drain, ready false", "abort", "stop within 5 s"]);
  expect(bus.of("server.stopped")).toEqual([{ unfinished: 2 }]);
});

test("the last call takes no more than a quarter of the time to stop", () => {
  const { port, timers } = running({ shutdownTimeoutMs: 100 });
  port.tell("SIGTERM");
  expect([...timers.keys()]).toEqual([100, 25]);
});

test("a second signal ends the process at once with code 1", () => {
  const { port } = running();
  port.tell("SIGTERM");
  port.tell("SIGINT");
  expect(port.exits).toEqual([1]);
});

describe("while the program starts", () => {
  test("a signal to stop waits, and is obeyed as soon as there is something to stop", async () => {
    const { steps, drained, timers, code } = running({}, CRASH, (port) => {
      port.tell("SIGTERM");
      expect(port.exits).toEqual([]);
    });
    expect(steps).toEqual(["last call"]);
    timers.get(250)?.();
    drained.resolve();
    expect(await code).toBe(0);
  });

  test("a second one ends the process at once with code 1", () => {
    const { port } = running({}, CRASH, (starting) => {
      starting.tell("SIGTERM");
      starting.tell("SIGTERM");
    });
    expect(port.exits).toEqual([1]);
  });

  test("SIGHUP does nothing: everything is about to be loaded", () => {
    const { port, steps } = running({}, CRASH, (starting) => starting.tell("SIGHUP"));
    expect([steps, port.exits]).toEqual([[], []]);
  });

  test("an error that is not caught is reported", () => {
    const { port } = running({}, CRASH, (starting) => {
      starting.tell("uncaughtException", new Error("too early"));
    });
    expect(port.exits).toEqual([70]);
    expect(port.errors).toContain("Error: too early");
  });
});

describe("SIGHUP", () => {
  test("reloads the policies and nothing else", () => {
    const { port, steps } = running();
    port.tell("SIGHUP");
    expect([steps, port.exits]).toEqual([["reload"], []]);
  });
  test("with a reload that fails is reported, and the program goes on", async () => {
    const reload = (): Promise<void> => Promise.reject(new Error("no file"));
    const { port, bus } = running({ reload });
    port.tell("SIGHUP");
    expect(await bus.first("program.failed")).toEqual({
      what: "no file",
      where: "reload",
      cure: "the policies in force stay",
    });
    expect(port.exits).toEqual([]);
  });
});

for (const name of ["uncaughtException", "unhandledRejection"]) {
  test(`${name}: a report and exit code 70`, () => {
    const { port } = running();
    port.tell(name, new TypeError("undefined is not a function"));
    expect(port.exits).toEqual([70]);
    const [first, event, build, runtime, uptime, memory, what, where] = port.errors.split("\n");
    expect(first).toStartWith("edge crashed: an error was not caught.");
    expect(event).toBe(`event ${name}`);
    expect(build).toBe("build otlp 0.0.0-dev (unknown)");
    expect(runtime).toStartWith(`runtime bun ${Bun.version} `);
    expect(uptime).toMatch(/^uptime \d+ s$/);
    expect(memory).toMatch(/^memory \d+ MiB resident$/);
    expect(what).toBe("TypeError: undefined is not a function");
    expect(where).toContain("lifecycle.test.ts");
    expect(port.errors).toEndWith(
      "last requests, the latest first:\n" +
        "  POST v1_logs, 12 bytes, application/json: 3 ms ago, not answered\n",
    );
  });
}

test("a report of a crash holds no secrets, and says when there were no requests", () => {
  const { port } = running({}, { ...CRASH, recentRequests: () => [] });
  port.tell("uncaughtException", new Error("no way to https://me:pass@host/?key=1 with hunter22"));
  expect(port.errors).toContain("Error: no way to https://***@host/?*** with ***\n");
  expect(port.errors).toEndWith("\nno requests yet\n");
});
