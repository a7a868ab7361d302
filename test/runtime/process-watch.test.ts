// What the process tells a program: signals, and errors that nobody caught.

import { describe, expect, test } from "bun:test";
import type { Components } from "../../src/runtime/component.ts";
import { running, settled, twoParts } from "./running-program.ts";

test("a second signal ends the process at once with code 1", async () => {
  const { port } = running(twoParts);
  await settled();
  port.tell("SIGTERM");
  port.tell("SIGINT");
  expect(port.exits).toEqual([1]);
});

describe("while the program starts", () => {
  test("a signal to stop waits, and is obeyed as soon as there is something to stop", async () => {
    const { steps, port, code } = running(twoParts, {}, (starting) => starting.tell("SIGTERM"));
    expect(await code).toBe(0);
    expect([port.exits, steps.length]).toEqual([[], 6]);
  });

  test("a second one ends the process at once with code 1", () => {
    const { port } = running(twoParts, {}, (starting) => {
      starting.tell("SIGTERM");
      starting.tell("SIGTERM");
    });
    expect(port.exits).toEqual([1]);
  });

  test("SIGHUP and SIGUSR1 do nothing: everything is about to be loaded", async () => {
    const { port, steps } = running(twoParts, {}, (starting) => {
      starting.tell("SIGHUP");
      starting.tell("SIGUSR1");
    });
    await settled();
    expect([steps.slice(2), port.exits, port.errors]).toEqual([[], [], ""]);
  });

  test("an error that is not caught is reported", () => {
    const { port } = running(twoParts, {}, (starting) => {
      starting.tell("uncaughtException", new Error("too early"));
    });
    expect(port.exits).toEqual([70]);
    expect(port.errors).toContain("Error: too early");
  });
});

describe("SIGUSR1", () => {
  test("tells the build and how the parts stand, whatever the log's level, without secrets", async () => {
    const parts: Components = {
      policies: { status: () => ({ version: 3, missing: ["plane"] }) },
      silent: {},
      output: { status: () => ({ waitingBytes: 12, last: "of hunter22" }) },
    };
    const { port, steps } = running(() => parts, { logLevel: "err", logFormat: "json" });
    await settled();
    port.tell("SIGUSR1");
    const lines = port.errors.trimEnd().split("\n");
    const [build, ...rest] = lines.map((line) => {
      const { time: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
      return fields;
    });
    expect(build).toMatchObject({
      event: "program.status",
      distribution: "otlp",
      version: "0.0.0-dev",
      commit: "unknown",
    });
    expect(Object.keys(build!).join(" ")).toBe(
      "level event distribution version commit fatal_signals recent",
    );
    const event = { level: "info", event: "program.status" };
    expect(rest).toEqual([
      { ...event, part: "policies", version: 3, missing: ["plane"] },
      { ...event, part: "output", waiting_bytes: 12, last: "of ***" },
    ]);
    expect([steps, port.exits]).toEqual([[], []]);
  });

  test("a part that cannot tell does not keep the others from it", async () => {
    const broken = (): never => {
      throw new Error("no idea");
    };
    const parts = { broken: { status: broken }, sound: { status: () => ({ ok: true }) } };
    const { port, events } = running(() => parts);
    await settled();
    port.tell("SIGUSR1");
    expect(port.errors).toEndWith('program.status part="sound" ok=true\n');
    expect(events).toEqual([
      ["program.failed", { what: "no idea", where: "status of broken", cure: "report it" }],
    ]);
  });
});

describe("an error that nobody caught", () => {
  const recent = (): readonly string[] => ["last requests:", "  POST v1_logs: not answered"];

  for (const name of ["uncaughtException", "unhandledRejection"]) {
    test(`${name}: a report and exit code 70`, async () => {
      const { port } = running(() => ({ server: { recent } }));
      await settled();
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
      expect(where).toContain("process-watch.test.ts");
      expect(port.errors).toEndWith("last requests:\n  POST v1_logs: not answered\n");
    });
  }

  test("leaves no secrets", async () => {
    const { port } = running(() => ({}));
    await settled();
    const error = new Error("no way to https://me:pass@host/?key=1 with hunter22");
    port.tell("uncaughtException", error);
    expect(port.errors).toContain("Error: no way to https://***@host/?*** with ***\n");
  });
});
