// The registry: merging, order, what is reported and when, and that nothing waits for it.

import { beforeEach, describe, expect, test } from "bun:test";
import { EventBus, type EventName } from "../../src/o11y/index.ts";
import {
  createEngine,
  type PolicySummary,
  type Policy,
  type PolicyEngine,
  type PolicyStatus,
  type SnapshotSummary,
} from "../../src/policy/index.ts";
import {
  type PolicyProvider,
  PolicyRegistry,
  type PolicySet,
  type ProviderHost,
} from "../../src/providers/index.ts";
import { createJudge } from "../../src/re2/index.ts";
import { ManualClock } from "../o11y/manual-clock.ts";
import { status } from "./fake-host.ts";

/** Gives what the test tells it to. */
class FakeProvider implements PolicyProvider {
  readonly kind = "fake";
  readonly source = "memory";
  readonly id: string;
  readonly reportsStatus: boolean;
  host!: ProviderHost;
  reloads: () => Promise<void> = () => Promise.resolve();
  stops: (deadlineMs: number) => Promise<void> = () => Promise.resolve();
  constructor(id: string, reportsStatus = false) {
    this.id = id;
    this.reportsStatus = reportsStatus;
  }
  start(host: ProviderHost): void {
    this.host = host;
  }
  reload(): Promise<void> {
    return this.reloads();
  }
  stop(deadlineMs: number): Promise<void> {
    return this.stops(deadlineMs);
  }
  give(...ids: string[]): Promise<void> {
    return this.host.offer(setOf(ids.map((id) => policy(id))));
  }
}

/** Notes the sets that it was given; takes `steps` steps for each. */
class FakeEngine implements PolicyEngine {
  snapshot: SnapshotSummary = { version: 0, policies: [], counts: { log: 0, metric: 0, trace: 0 } };
  readonly replaced: string[][] = [];
  steps = 0;
  fail: string | undefined;
  pending: PolicyStatus[] = [];
  *replace(policies: readonly Policy[]): Generator<undefined, SnapshotSummary> {
    for (let i = 0; i < this.steps; i++) yield;
    if (this.fail !== undefined) throw new Error(this.fail);
    this.replaced.push(policies.map(({ id, name }) => (id === name ? id : `${id}:${name}`)));
    const summaries: PolicySummary[] = policies.map(({ id, name, enabled, errors }) => ({
      id,
      name,
      enabled,
      errors,
      warnings: id === "warned" ? ["no handler"] : [],
      signal: "log" as const,
    }));
    const log = policies.filter(({ errors }) => errors.length === 0).length;
    const version = this.snapshot.version + 1;
    this.snapshot = { version, policies: summaries, counts: { log, metric: 0, trace: 0 } };
    return this.snapshot;
  }
  evaluation(): undefined {
    return undefined;
  }
  takeDelta() {
    return { statuses: [...this.pending], acknowledge: () => void (this.pending = []) };
  }
  totals(): readonly PolicyStatus[] {
    return [];
  }
}

function policy(id: string, errors: readonly string[] = [], name = id): Policy {
  return { id, name, enabled: true, extensions: [], errors };
}
function setOf(policies: readonly Policy[], more: Partial<PolicySet> = {}): PolicySet {
  return { policies, hash: `hash of ${policies.map(({ id }) => id).join(",")}`, ...more };
}

let a: FakeProvider;
let b: FakeProvider;
let engine: FakeEngine;
let clock: ManualClock;
let events: [EventName, unknown][];
let registry: PolicyRegistry;

beforeEach(() => {
  a = new FakeProvider("a", true);
  b = new FakeProvider("b", true);
  engine = new FakeEngine();
  clock = new ManualClock(1_000_000);
  events = [];
  registry = registryOf([a, b]);
});

function registryOf(providers: readonly PolicyProvider[]): PolicyRegistry {
  const bus = new EventBus();
  bus.onAny((name, event) => void events.push([name, event]));
  return new PolicyRegistry({
    engine,
    bus,
    providers,
    nowMs: clock.now,
    monotonicMs: clock.now,
    schedule: clock.schedule,
  });
}
const eventsOf = (name: EventName): unknown[] =>
  events.flatMap(([of, event]) => (of === name ? [event] : []));
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("merging", () => {
  test("the order is that of the configuration, not that of the answers", async () => {
    registry.start();
    await b.give("x", "z");
    await a.give("y", "x");
    expect(engine.replaced).toEqual([
      ["x", "z"],
      ["y", "x", "z"],
    ]);
    expect(eventsOf("policy.invalid")).toEqual([
      {
        provider: "b",
        policy: "x",
        errors: [
          'policy: duplicate id "x"; provider "a" comes first and has it already; rename or remove one of the two',
        ],
      },
    ]);
  });

  test("when the first provider gives an id up, the other's policy comes into force", async () => {
    registry.start();
    await Promise.all([
      a.host.offer(setOf([policy("x", [], "of a")])),
      b.host.offer(setOf([policy("x", [], "of b")])),
    ]);
    await a.host.offer(setOf([]));
    expect(engine.replaced).toEqual([["x:of a"], ["x:of b"]]);
  });

  test("answers of one moment are one replacement; those during one are the next", async () => {
    engine.steps = 3;
    registry.start();
    const first = Promise.all([a.give("a1"), b.give("b1")]);
    await turn();
    await turn();
    const during = Promise.all([a.give("a2"), b.give("b2")]);
    await first;
    expect(engine.replaced).toEqual([["a1", "b1"]]);
    await during;
    expect(engine.replaced).toEqual([
      ["a1", "b1"],
      ["a2", "b2"],
    ]);
  });

  test("between two steps of compiling, others have their turn", async () => {
    engine.steps = 50;
    registry.start();
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await a.give("x");
    done = true;
    expect(turns).toBeGreaterThanOrEqual(50);
  });
});

describe("events", () => {
  test("providers are named before they are asked; a set in force is told with its numbers", async () => {
    registry.start();
    await a.host.offer(setOf([policy("x"), policy("y", ["bad"])]));
    expect(events).toEqual([
      ["provider.added", { provider: "a", kind: "fake", source: "memory" }],
      ["provider.added", { provider: "b", kind: "fake", source: "memory" }],
      ["provider.loaded", { provider: "a", policies: 2, hash: "hash of x,y" }],
      [
        "policies.replaced",
        { version: 1, counts: { log: 1, metric: 0, trace: 0 }, durationMs: 0, invalid: 1 },
      ],
      ["policy.invalid", { provider: "a", policy: "y", errors: ["bad"] }],
    ]);
  });

  test("a broken policy is told once per set of errors, with its place", async () => {
    registry.start();
    const places: string[] = [];
    const offer = (...errors: string[]): Promise<void> =>
      a.host.offer(
        setOf([policy("ok"), policy("x", errors)], {
          locate: (index, error) => {
            places.push(`${index} ${error}`);
            return `p.json:${index}:1`;
          },
        }),
      );
    await offer("one");
    await offer("one");
    await b.give("unrelated");
    await offer("one", "two");
    await offer();
    await offer("one");
    expect(eventsOf("policy.invalid")).toEqual([
      { provider: "a", policy: "x", errors: ["p.json:1:1 one"] },
      { provider: "a", policy: "x", errors: ["p.json:1:1 one", "p.json:1:1 two"] },
      { provider: "a", policy: "x", errors: ["p.json:1:1 one"] },
    ]);
    expect(places).toEqual(["1 one", "1 one", "1 two", "1 one"]);
  });

  test("of several policies of one id, the place is that of the one with the error", async () => {
    registry.start();
    const policies = [policy("x"), policy("x", ["duplicate"])];
    await a.host.offer(setOf(policies, { locate: (index) => `p.json:${index + 1}:1` }));
    expect(eventsOf("policy.invalid")).toEqual([
      { provider: "a", policy: "x", errors: ["p.json:2:1 duplicate"] },
    ]);
  });

  test("what does not work of a working policy is told once, and reported with its counts", async () => {
    registry.start();
    await a.give("warned");
    await b.give("unrelated");
    expect(eventsOf("policy.warned")).toEqual([
      { provider: "a", policy: "warned", warnings: ["no handler"] },
    ]);
    expect(eventsOf("policy.invalid")).toEqual([]);
    expect(a.host.takeDelta().statuses).toEqual([status("warned", 0, { errors: ["no handler"] })]);
  });

  test("problems of the document outside its policies are told under no policy", async () => {
    registry.start();
    await a.host.offer(setOf([policy("x")], { problems: ["p.json: unknown key"] }));
    expect(eventsOf("policy.invalid")).toEqual([
      { provider: "a", policy: "", errors: ["p.json: unknown key"] },
    ]);
  });
});

describe("failures", () => {
  test("a provider that fails keeps its last good set, and others are not concerned", async () => {
    registry.start();
    await a.give("x");
    a.host.failed("gone");
    await b.give("y");
    expect(engine.replaced.at(-1)).toEqual(["x", "y"]);
    expect(eventsOf("provider.failed")).toEqual([{ provider: "a", reason: "gone", keeping: 1 }]);
  });

  test("a set that the engine refuses is told to its provider and forgotten", async () => {
    registry.start();
    await a.give("good");
    engine.fail = "out of memory";
    const refused = await a.give("bad").catch((error: Error) => error.message);
    expect(refused).toBe("out of memory");
    expect(eventsOf("policies.replace_failed")).toEqual([
      { reason: "out of memory", keepingVersion: 1 },
    ]);
    engine.fail = undefined;
    await b.give("y");
    expect(engine.replaced.at(-1)).toEqual(["good", "y"]);
  });

  test("a provider that throws when it starts has failed, and the others start", async () => {
    a.start = () => {
      throw new Error("cannot start");
    };
    registry.start();
    await b.give("y");
    expect(eventsOf("provider.failed")).toEqual([
      { provider: "a", reason: "cannot start", keeping: 0 },
    ]);
    expect(registry.ready).toBe(true);
  });
});

describe("readiness", () => {
  test("comes when every provider has answered once, well or not", async () => {
    registry.start();
    expect(registry.ready).toBe(false);
    a.host.failed("gone");
    expect(registry.ready).toBe(false);
    engine.steps = 2;
    const given = b.give("y");
    await turn();
    expect(registry.ready).toBe(false);
    await given;
    expect(registry.ready).toBe(true);
    await registry.whenReady;
  });

  test("without providers it is there at once", () => {
    const empty = registryOf([]);
    expect(empty.ready).toBe(false);
    empty.start();
    expect(empty.ready).toBe(true);
  });

  test("a provider that never answers holds up no other", async () => {
    registry.start();
    await b.give("y");
    expect(engine.replaced).toEqual([["y"]]);
    expect(registry.ready).toBe(false);
  });
});

describe("counts", () => {
  test("each provider is handed the counts of its own policies until it acknowledges", async () => {
    registry.start();
    await Promise.all([a.give("x", "y"), b.give("z")]);
    engine.pending = [status("x", 1), status("y"), status("z", 5)];
    expect(a.host.takeDelta().statuses).toEqual([status("x", 1), status("y")]);
    engine.pending = [status("x", 2), status("y"), status("z", 1)];
    const again = a.host.takeDelta();
    expect(again.statuses).toEqual([status("x", 3), status("y")]);
    again.acknowledge();
    expect(a.host.takeDelta().statuses).toEqual([status("x"), status("y")]);
    expect(b.host.takeDelta().statuses).toEqual([status("z", 6)]);
  });

  test("counts of a policy that has just left go to the provider that had it", async () => {
    registry.start();
    await Promise.all([a.give("x", "y"), b.give("z")]);
    engine.pending = [status("x", 4)];
    await a.give("y");
    expect(a.host.takeDelta().statuses).toEqual([status("x", 4), status("y")]);
  });

  test("a policy that was left out is reported to its provider as an error", async () => {
    registry.start();
    await Promise.all([a.give("x"), b.give("x")]);
    const [lost] = b.host.takeDelta().statuses;
    expect(lost?.errors).toEqual([expect.stringContaining('duplicate id "x"; provider "a"')]);
    expect(a.host.takeDelta().statuses).toEqual([status("x")]);
  });

  test("counts of a provider that reports none are taken off the engine and not kept", async () => {
    const quiet = new FakeProvider("quiet");
    registry = registryOf([quiet]);
    registry.start();
    await quiet.give("x");
    engine.pending = [status("x", 3)];
    await quiet.give("y");
    expect(engine.pending).toEqual([]);
    expect(quiet.host.takeDelta().statuses).toEqual([]);
  });
});

describe("reload, stop, status", () => {
  test("a reload asks all providers side by side and waits until their sets are in force", async () => {
    registry.start();
    engine.steps = 5;
    a.reloads = async () => void a.give("new").catch(() => undefined);
    b.reloads = () => Promise.reject(new Error("no"));
    await registry.reload();
    expect(engine.replaced).toEqual([["new"]]);
  });

  test("a stop gives every provider the deadline, and does not wait longer than that", async () => {
    registry.start();
    const told: number[] = [];
    a.stops = async (deadlineMs) => void told.push(deadlineMs);
    b.stops = () => new Promise(() => undefined);
    const stopped = registry.stop(500);
    await turn();
    clock.advance(500);
    await stopped;
    expect(told).toEqual([500]);
  });

  test("a stop does not wait for the deadline when all providers are done, and leaves no timer", async () => {
    registry.start();
    a.stops = () => Promise.reject(new Error("no"));
    await registry.stop(500);
    expect(clock.pendingMs).toEqual([]);
    expect(await a.give("late").catch((error: Error) => error.message)).toBe(
      "the policy registry has stopped",
    );
    expect(engine.replaced).toEqual([]);
  });

  test("counts can be taken during a stop", async () => {
    registry.start();
    await a.give("x");
    engine.pending = [status("x", 7)];
    let delivered: readonly PolicyStatus[] = [];
    a.stops = async () => {
      const delta = a.host.takeDelta();
      delivered = delta.statuses;
      delta.acknowledge();
    };
    await registry.stop(500);
    expect(delivered).toEqual([status("x", 7)]);
  });

  test("the status tells what is in force, where it came from and what keeps a newer set out", async () => {
    registry.start();
    await a.host.offer(setOf([policy("x"), policy("y", ["bad"])]));
    clock.advance(60);
    a.host.failed("p.json:3:1: expected a value");
    b.host.unchanged();
    expect(registry.status()).toEqual({
      version: 1,
      counts: { log: 1, metric: 0, trace: 0 },
      policies: 2,
      invalid: 1,
      ready: true,
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

test("with the real engine: policies work, and what it finds wrong with them is reported", async () => {
  const real = createEngine({ judge: createJudge(), nowMs: () => 0, random: () => 0 });
  const invalid: unknown[] = [];
  const bus = new EventBus();
  bus.on("policy.invalid", (event) => invalid.push(event));
  const own = new PolicyRegistry({ engine: real, bus, providers: [a] });
  const target = (pattern: string): Pick<Policy, "target"> => ({
    target: {
      signal: "log",
      keep: { kind: "none" },
      matchers: [
        {
          field: { kind: "field", field: "body" },
          condition: { op: "regex", pattern },
          negate: false,
          caseInsensitive: false,
        },
      ],
    },
  });
  own.start();
  await a.host.offer(
    setOf([
      { ...policy("good"), ...target("a+") },
      { ...policy("bad"), ...target("a(") },
    ]),
  );
  expect(real.snapshot.counts).toEqual({ log: 1, metric: 0, trace: 0 });
  expect(invalid).toEqual([
    { provider: "a", policy: "bad", errors: [expect.stringContaining("invalid regex")] },
  ]);
  const statuses = a.host.takeDelta().statuses;
  expect(statuses.map(({ id, errors }) => [id, errors.length])).toEqual([
    ["bad", 1],
    ["good", 0],
  ]);
});
