// The registry over time: failures, readiness, counts, reload and stop.

import { beforeEach, describe, expect, test } from "bun:test";
import { COUNTED_SETS_MAX } from "../../src/core/limits.ts";
import type { PolicyStatus } from "../../src/policy/index.ts";
import { status } from "./fake-host.ts";
import { FakeProvider, policy, RegistrySetup, setOf, turn } from "./registry-setup.ts";

let at: RegistrySetup;
beforeEach(() => {
  at = new RegistrySetup();
});

describe("failures", () => {
  test("a provider that fails keeps its last good set, and others are not concerned", async () => {
    at.registry.start();
    await at.a.give("x");
    at.a.host.failed("gone");
    await at.b.give("y");
    expect(at.engine.replaced.at(-1)).toEqual(["x", "y"]);
    expect(at.eventsOf("provider.failed")).toEqual([{ provider: "a", reason: "gone", keeping: 1 }]);
  });

  test("a set that the engine refuses is told to its provider and forgotten", async () => {
    at.registry.start();
    await at.a.give("good");
    at.engine.fail = "out of memory";
    const refused = await at.a.give("bad").catch((error: Error) => error.message);
    expect(refused).toBe("out of memory");
    expect(at.eventsOf("policies.replace_failed")).toEqual([
      { reason: "out of memory", keepingVersion: 1 },
    ]);
    at.engine.fail = undefined;
    await at.b.give("y");
    expect(at.engine.replaced.at(-1)).toEqual(["good", "y"]);
  });

  test("a provider that throws when it starts has failed, and the others start", async () => {
    at.a.start = () => {
      throw new Error("cannot start");
    };
    at.registry.start();
    await at.b.give("y");
    expect(at.eventsOf("provider.failed")).toEqual([
      { provider: "a", reason: "cannot start", keeping: 0 },
    ]);
    expect(at.registry.ready).toBe(true);
  });
});

describe("readiness", () => {
  test("comes when every provider has answered once, well or not", async () => {
    at.registry.start();
    expect(at.registry.ready).toBe(false);
    at.a.host.failed("gone");
    expect(at.registry.ready).toBe(false);
    at.engine.steps = 2;
    const given = at.b.give("y");
    await turn();
    expect(at.registry.ready).toBe(false);
    await given;
    expect(at.registry.ready).toBe(true);
    await at.registry.whenReady;
  });

  test("is complete only when the first policies of every provider are in force", async () => {
    let isComplete = false;
    void at.registry.whenComplete.then(() => (isComplete = true));
    const missing = () => at.registry.missing().map(({ id, lastError }) => [id, lastError]);
    at.registry.start();
    at.a.host.failed("gone");
    at.b.host.unchanged();
    await turn();
    expect([isComplete, missing()]).toEqual([
      false,
      [
        ["a", "gone"],
        ["b", undefined],
      ],
    ]);
    await at.a.give("x");
    expect([isComplete, missing()]).toEqual([false, [["b", undefined]]]);
    at.engine.steps = 2;
    const given = at.b.give();
    await turn();
    expect(isComplete).toBe(false);
    await given;
    await turn();
    expect([isComplete, missing()]).toEqual([true, []]);
  });

  test("without providers it is there at once", () => {
    const empty = at.registryOf([]);
    expect(empty.ready).toBe(false);
    empty.start();
    expect(empty.ready).toBe(true);
  });

  test("a provider that never answers holds up no other", async () => {
    at.registry.start();
    await at.b.give("y");
    expect(at.engine.replaced).toEqual([["y"]]);
    expect(at.registry.ready).toBe(false);
  });
});

describe("counts", () => {
  test("each provider is handed the counts of its own policies until it acknowledges", async () => {
    at.registry.start();
    await Promise.all([at.a.give("x", "y"), at.b.give("z")]);
    at.engine.pending = [status("x", 1), status("y"), status("z", 5)];
    expect(at.a.host.takeDelta().statuses).toEqual([status("x", 1), status("y")]);
    at.engine.pending = [status("x", 2), status("y"), status("z", 1)];
    const again = at.a.host.takeDelta();
    expect(again.statuses).toEqual([status("x", 3), status("y")]);
    again.acknowledge();
    expect(at.a.host.takeDelta().statuses).toEqual([status("x"), status("y")]);
    expect(at.b.host.takeDelta().statuses).toEqual([status("z", 6)]);
  });

  test("each provider is told all that came since it was told last", async () => {
    at.registry.start();
    await Promise.all([at.a.give("x"), at.b.give("z")]);
    const came = (telemetry: string, records: number, bytesIn: number, points?: number): void =>
      at.bus.emit("records.evaluated", {
        telemetry,
        records,
        ...(points === undefined ? {} : { points }),
        dropped: 0,
        edited: 0,
        bytesIn,
        bytesOut: 0,
      });
    const none = { items: 0, bytes: 0 };
    came("otlp_logs", 2, 20);
    came("datadog_metrics", 1, 7, 3);
    const first = { log: { items: 2, bytes: 20 }, metric: { items: 3, bytes: 7 } };
    expect(at.a.host.takeVolume()).toEqual({ ...first, trace: none });
    came("otlp_traces", 1, 4);
    const trace = { items: 1, bytes: 4 };
    expect(at.a.host.takeVolume()).toEqual({ log: none, metric: none, trace });
    expect(at.b.host.takeVolume()).toEqual({ ...first, trace });
    expect(at.b.host.takeVolume()).toEqual({ log: none, metric: none, trace: none });
  });

  test("counts of a policy that has just left go to the provider that had it", async () => {
    at.registry.start();
    await Promise.all([at.a.give("x", "y"), at.b.give("z")]);
    at.engine.pending = [status("x", 4)];
    await at.a.give("y");
    expect(at.a.host.takeDelta().statuses).toEqual([status("x", 4), status("y")]);
  });

  test("counts of a policy that changes hands stay with the provider that had it", async () => {
    const quiet = new FakeProvider("quiet");
    at.registryOf([quiet, at.a, at.b]).start();
    await Promise.all([quiet.give("q"), at.a.give("q", "x"), at.b.give("x")]);
    at.engine.pending = [status("q", 9), status("x", 4)];
    await Promise.all([quiet.give(), at.a.give("q")]);
    at.engine.pending = [status("q", 2), status("x", 1)];
    expect(at.a.host.takeDelta().statuses).toEqual([status("q", 2), status("x", 4)]);
    expect(at.b.host.takeDelta().statuses).toEqual([status("x", 1)]);
  });

  test("counts that a request brings after its policy left go to the provider that had it", async () => {
    at.registry.start();
    await Promise.all([at.a.give("x"), at.b.give("z")]);
    for (let i = 1; i < COUNTED_SETS_MAX; i++) {
      await at.a.give(`other ${i}`);
      at.a.host.takeDelta().acknowledge();
    }
    at.engine.pending = [status("x", 4)];
    const late = at.a.host.takeDelta();
    expect(late.statuses.filter(({ id }) => id === "x")).toEqual([status("x", 4)]);
    late.acknowledge();
    await at.a.give("one set more");
    at.engine.pending = [status("x", 1)];
    expect(at.a.host.takeDelta().statuses).toEqual([status("one set more")]);
  });

  test("counts of a policy that comes into force are kept for its provider meanwhile", async () => {
    at.registry.start();
    await at.b.give("z");
    at.engine.steps = 3;
    const given = at.a.give("new");
    await turn();
    await turn();
    at.engine.pending = [status("new", 2), status("z", 1)];
    expect(at.b.host.takeDelta().statuses).toEqual([status("z", 1)]);
    await given;
    expect(at.a.host.takeDelta().statuses).toEqual([status("new", 2)]);
  });

  test("a policy that was left out is reported to its provider as an error", async () => {
    at.registry.start();
    await Promise.all([at.a.give("x"), at.b.give("x")]);
    const [lost] = at.b.host.takeDelta().statuses;
    expect(lost?.errors).toEqual([expect.stringContaining('duplicate id "x"; provider "a"')]);
    expect(at.a.host.takeDelta().statuses).toEqual([status("x")]);
  });

  test("counts of a provider that reports none are taken off the engine and not kept", async () => {
    const quiet = new FakeProvider("quiet");
    at.registryOf([quiet]).start();
    await quiet.give("x");
    at.engine.pending = [status("x", 3)];
    await quiet.give("y");
    expect(at.engine.pending).toEqual([]);
    expect(quiet.host.takeDelta().statuses).toEqual([]);
  });
});

describe("reload, stop, status", () => {
  test("a reload asks all providers side by side and waits until their sets are in force", async () => {
    at.registry.start();
    at.engine.steps = 5;
    at.a.reloads = async () => void at.a.give("new").catch(() => undefined);
    at.b.reloads = () => Promise.reject(new Error("no"));
    await at.registry.reload();
    expect(at.engine.replaced).toEqual([["new"]]);
  });

  test("a stop gives every provider the deadline, and does not wait longer than that", async () => {
    at.registry.start();
    const told: number[] = [];
    at.a.stops = async (deadlineMs) => void told.push(deadlineMs);
    at.b.stops = () => new Promise(() => undefined);
    const stopped = at.registry.stop(500);
    await turn();
    at.clock.advance(500);
    await stopped;
    expect(told).toEqual([500]);
  });

  test("a stop does not wait for the deadline when all providers are done, and leaves no timer", async () => {
    at.registry.start();
    at.a.stops = () => Promise.reject(new Error("no"));
    await at.registry.stop(500);
    expect(at.clock.pendingMs).toEqual([]);
    expect(await at.a.give("late").catch((error: Error) => error.message)).toBe(
      "the policy registry has stopped",
    );
    expect(at.engine.replaced).toEqual([]);
  });

  test("counts can be taken during a stop", async () => {
    at.registry.start();
    await at.a.give("x");
    at.engine.pending = [status("x", 7)];
    let delivered: readonly PolicyStatus[] = [];
    at.a.stops = async () => {
      const delta = at.a.host.takeDelta();
      delivered = delta.statuses;
      delta.acknowledge();
    };
    await at.registry.stop(500);
    expect(delivered).toEqual([status("x", 7)]);
  });

  test("the status tells what is in force, where it came from and what keeps a newer set out", async () => {
    at.registry.start();
    await at.a.host.offer(setOf([policy("x"), policy("y", ["bad"])]));
    at.clock.advance(60);
    at.a.host.failed("p.json:3:1: expected a value");
    at.b.host.unchanged();
    expect(at.registry.status()).toEqual({
      version: 1,
      counts: { log: 1, metric: 0, trace: 0 },
      policies: 2,
      invalid: 1,
      modes: { shadow: 0, rollout: 0 },
      ready: true,
      missing: ["b"],
      providers: [
        {
          id: "a",
          kind: "fake",
          source: "memory",
          policies: 2,
          hash: "hash of x,y",
          answered: true,
          lastLoadedMs: 1_000_000,
          lastSuccessMs: 1_000_000,
          lastError: "p.json:3:1: expected a value",
          lastErrorMs: 1_000_060,
        },
        {
          id: "b",
          kind: "fake",
          source: "memory",
          policies: 0,
          hash: "",
          answered: true,
          lastLoadedMs: undefined,
          lastSuccessMs: 1_000_060,
          lastError: undefined,
          lastErrorMs: undefined,
        },
      ],
    });
  });
});
