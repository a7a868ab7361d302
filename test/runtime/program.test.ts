// The life of a program made of parts, with a process and a clock of the test's own.

import { describe, expect, test } from "bun:test";
import { StartError } from "../../src/runtime/component.ts";
import { running, settled, twoParts } from "./running-program.ts";

describe("parts", () => {
  test("start in their order", async () => {
    const { steps } = running(twoParts);
    await settled();
    expect(steps).toEqual(["sink starts", "source starts"]);
  });

  for (const signal of ["SIGTERM", "SIGINT"]) {
    test(`${signal}: all drain the other way round, then all stop; exit code 0`, async () => {
      const { port, steps, events, code } = running(twoParts);
      await settled();
      steps.length = 0;
      port.tell(signal);
      expect(await code).toBe(0);
      expect(steps).toEqual([
        "source drains within 4000",
        "sink drains within 4000",
        "source stops within 5000",
        "sink stops within 5000",
      ]);
      expect(events).toEqual([
        ["server.draining", { signal, timeoutMs: 5000 }],
        ["server.stopped", { unfinished: 0 }],
      ]);
      expect([port.exits, [...port.handlers.keys()]]).toEqual([[], []]);
    });
  }

  test("that one after the other starts waits for the one before it", async () => {
    const first = Promise.withResolvers<void>();
    const { steps } = running((said) => ({
      slow: { start: () => first.promise.then(() => said.push("slow")) },
      next: { start: () => said.push("next") },
    }));
    await settled();
    expect(steps).toEqual([]);
    first.resolve();
    await settled();
    expect(steps).toEqual(["slow", "next"]);
  });

  test("are all reloaded by SIGHUP, whatever one of them throws", async () => {
    const { port, steps, events } = running((said) => ({
      broken: { reload: () => Promise.reject(new Error("no file")) },
      ...twoParts(said),
    }));
    await settled();
    steps.length = 0;
    port.tell("SIGHUP");
    await settled();
    expect(steps).toEqual(["sink reloads", "source reloads"]);
    expect(events).toEqual([
      [
        "program.failed",
        { what: "no file", where: "reload of broken", cure: "what was in force stays" },
      ],
    ]);
    expect(port.exits).toEqual([]);
  });
});

describe("one deadline holds for all steps of stopping", () => {
  test("what one takes the others do not have", async () => {
    const { port, clock, steps, code } = running((said) => {
      const part = (name: string, drainMs: number, stopMs: number) => ({
        drain: (leftMs: number) => {
          said.push(`${name} drains within ${leftMs}`);
          clock.advance(drainMs);
        },
        stop: (leftMs: number) => {
          said.push(`${name} stops within ${leftMs}`);
          clock.advance(stopMs);
        },
      });
      return { first: part("first", 500, 0), second: part("second", 3000, 400) };
    });
    await settled();
    port.tell("SIGTERM");
    expect(await code).toBe(0);
    expect(steps).toEqual([
      "second drains within 4000",
      "first drains within 1000",
      "second stops within 1500",
      "first stops within 1100",
    ]);
  });

  test("a part that never drains or stops does not keep the others from it", async () => {
    const never = (): Promise<never> => new Promise<never>(() => undefined);
    const { port, clock, steps, events, code } = running((said) => ({
      ...twoParts(said),
      hung: { drain: never, stop: never },
    }));
    await settled();
    steps.length = 0;
    port.tell("SIGTERM");
    await settled();
    clock.advance(4500);
    await settled();
    clock.advance(500);
    expect(await code).toBe(0);
    expect(steps).toEqual([
      "source drains within 0",
      "sink drains within 0",
      "source stops within 0",
      "sink stops within 0",
    ]);
    expect(events.at(-1)).toEqual(["server.stopped", { unfinished: 1 }]);
  });

  test("work that parts give up is counted, and so is a drain that fails", async () => {
    const { port, events, code } = running(() => ({
      two: { drain: async () => 2 },
      three: { drain: () => 3 },
      broken: { drain: () => Promise.reject(new Error("oh")) },
      sound: { drain: async () => undefined },
    }));
    await settled();
    port.tell("SIGTERM");
    expect(await code).toBe(0);
    expect(events.slice(1)).toEqual([
      [
        "program.failed",
        {
          what: "oh",
          where: "drain of broken",
          cure: "the program stops all the same; report it",
        },
      ],
      ["server.stopped", { unfinished: 6 }],
    ]);
  });

  test("a quarter of a short one is kept for stopping", async () => {
    const { port, steps, code } = running(twoParts, { shutdownTimeoutMs: 100 });
    await settled();
    port.tell("SIGTERM");
    await code;
    expect(steps.slice(2)).toEqual([
      "source drains within 75",
      "sink drains within 75",
      "source stops within 100",
      "sink stops within 100",
    ]);
  });
});

describe("a program that ends by itself", () => {
  test("does so with the exit code and within the time that it says", async () => {
    const { events, code } = running((_steps, { stop }) => ({
      input: { start: () => stop("end of input", { exitCode: 3, timeoutMs: 800 }) },
    }));
    expect(await code).toBe(3);
    expect(events).toEqual([
      ["server.draining", { signal: "end of input", timeoutMs: 800 }],
      ["server.stopped", { unfinished: 0 }],
    ]);
  });

  test("starts all of its parts before", async () => {
    const { steps, code } = running((said, { stop }) => {
      stop("nothing to do");
      stop("a second call does not count", { exitCode: 1 });
      return twoParts(said);
    });
    expect(await code).toBe(0);
    expect(steps.slice(0, 2)).toEqual(["sink starts", "source starts"]);
  });
});

describe("a part that cannot start", () => {
  test("ends the program with code 1 when it says why; those before it are stopped", async () => {
    const { steps, events, code, port } = running((said) => ({
      ...twoParts(said),
      door: {
        start: () => {
          throw new StartError("it is locked", "the door", "unlock it");
        },
        stop: () => void said.push("door stops"),
      },
      later: { start: () => void said.push("later starts"), stop: () => void said.push("oh") },
    }));
    expect(await code).toBe(1);
    expect(steps).toEqual([
      "sink starts",
      "source starts",
      "door stops",
      "source stops within 1000",
      "sink stops within 1000",
    ]);
    expect(events).toEqual([
      ["program.failed", { what: "it is locked", where: "the door", cure: "unlock it" }],
    ]);
    expect([...port.handlers.keys()]).toEqual([]);
  });

  test("of any other error, that is passed on", async () => {
    const { code, steps } = running((said) => ({
      ...twoParts(said),
      broken: { start: () => Promise.reject(new TypeError("a bug")) },
    }));
    expect(await code.catch((error: unknown) => error)).toEqual(new TypeError("a bug"));
    expect(steps.slice(2)).toEqual(["source stops within 1000", "sink stops within 1000"]);
  });
});

test("the log holds the program's start and end, and is closed behind them", async () => {
  const source = { kind: "file", path: "c.json" } as const;
  const { port, code, log } = running(() => ({}), { source, distribution: "tail" });
  await settled();
  port.tell("SIGTERM");
  await code;
  const events = log()
    .trimEnd()
    .split("\n")
    .map((line) => line.split("] ")[1]);
  expect(events).toEqual([
    'server.starting distribution="tail" version="0.0.0-dev"',
    'config.loaded path="c.json"',
    'server.draining signal="SIGTERM" timeout_ms=5000',
    "server.stopped unfinished=0",
  ]);
});
