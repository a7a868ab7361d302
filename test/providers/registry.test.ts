// The registry: merging, order, what is reported and when, and that nothing waits for it.

import { beforeEach, describe, expect, test } from "bun:test";
import {
  FAULT_PLACES_MAX,
  FAULTS_PER_POLICY_MAX,
  FAULTY_POLICIES_TOLD_MAX,
} from "../../src/core/limits.ts";
import { EventBus } from "../../src/o11y/index.ts";
import { createEngine, type Policy } from "../../src/policy/index.ts";
import { PolicyRegistry } from "../../src/providers/index.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { status } from "./fake-host.ts";
import { policy, RegistrySetup, setOf, turn } from "./registry-setup.ts";

let at: RegistrySetup;
beforeEach(() => {
  at = new RegistrySetup();
});

describe("merging", () => {
  test("the order is that of the configuration, not that of the answers", async () => {
    at.registry.start();
    await at.b.give("x", "z");
    await at.a.give("y", "x");
    expect(at.engine.replaced).toEqual([
      ["x", "z"],
      ["y", "x", "z"],
    ]);
    expect(at.eventsOf("policy.invalid")).toEqual([
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
    at.registry.start();
    await Promise.all([
      at.a.host.offer(setOf([policy("x", [], "of a")])),
      at.b.host.offer(setOf([policy("x", [], "of b")])),
    ]);
    await at.a.host.offer(setOf([]));
    expect(at.engine.replaced).toEqual([["x:of a"], ["x:of b"]]);
  });

  test("answers of one moment are one replacement; those during one are the next", async () => {
    at.engine.steps = 3;
    at.registry.start();
    const first = Promise.all([at.a.give("a1"), at.b.give("b1")]);
    await turn();
    await turn();
    const during = Promise.all([at.a.give("a2"), at.b.give("b2")]);
    await first;
    expect(at.engine.replaced).toEqual([["a1", "b1"]]);
    await during;
    expect(at.engine.replaced).toEqual([
      ["a1", "b1"],
      ["a2", "b2"],
    ]);
  });

  test("a refresh puts the sets in force again, and one without any does nothing", async () => {
    const { a, b, engine, registry } = new RegistrySetup();
    registry.start();
    a.host.refresh();
    await turn();
    expect(engine.replaced).toEqual([]);
    await Promise.all([a.give("one"), b.give("two")]);
    a.host.refresh();
    b.host.refresh();
    await turn();
    await turn();
    expect(engine.replaced).toEqual([
      ["one", "two"],
      ["one", "two"],
    ]);
  });

  test("between two steps of compiling, others have their turn", async () => {
    at.engine.steps = 50;
    at.registry.start();
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await at.a.give("x");
    done = true;
    expect(turns).toBeGreaterThanOrEqual(50);
  });
});

describe("events", () => {
  test("providers are named before they are asked; a set in force is told with its numbers", async () => {
    at.registry.start();
    await at.a.host.offer(setOf([policy("x"), policy("y", ["bad"])]));
    expect(at.events).toEqual([
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
    at.registry.start();
    const places: string[] = [];
    const offer = (...errors: string[]): Promise<void> =>
      at.a.host.offer(
        setOf([policy("ok"), policy("x", errors)], {
          locate: (wanted) => {
            for (const { index, error } of wanted) places.push(`${index} ${error}`);
            return Promise.resolve(wanted.map(({ index }) => `p.json:${index}:1`));
          },
        }),
      );
    await offer("one");
    await offer("one");
    await at.b.give("unrelated");
    await offer("one", "two");
    await offer();
    await offer("one");
    await turn();
    expect(at.eventsOf("policy.invalid")).toEqual([
      { provider: "a", policy: "x", errors: ["p.json:1:1 one"] },
      { provider: "a", policy: "x", errors: ["p.json:1:1 one", "p.json:1:1 two"] },
      { provider: "a", policy: "x", errors: ["p.json:1:1 one"] },
    ]);
    expect(places).toEqual(["1 one", "1 one", "1 two", "1 one"]);
  });

  test("a duplicate of what a provider brings that answers later has its place", async () => {
    at.registry.start();
    const locate = async (wanted: readonly unknown[]) => wanted.map(() => "p.json:1:1");
    await at.b.host.offer(setOf([policy("x")], { locate }));
    await at.a.give("x");
    await turn();
    const error = 'policy: duplicate id "x"; provider "a" comes first and has it already';
    expect(at.eventsOf("policy.invalid")).toEqual([
      {
        provider: "b",
        policy: "x",
        errors: [`p.json:1:1 ${error}; rename or remove one of the two`],
      },
    ]);
  });

  test("of several policies of one id, the place is that of the one with the error", async () => {
    at.registry.start();
    const policies = [policy("x"), policy("x", ["duplicate"])];
    const locate = async (wanted: readonly { readonly index: number }[]) =>
      wanted.map(({ index }) => `p.json:${index + 1}:1`);
    await at.a.host.offer(setOf(policies, { locate }));
    await turn();
    expect(at.eventsOf("policy.invalid")).toEqual([
      { provider: "a", policy: "x", errors: ["p.json:2:1 duplicate"] },
    ]);
  });

  test("what does not work of a working policy is told once, and reported with its counts", async () => {
    at.registry.start();
    await at.a.give("warned");
    await at.b.give("unrelated");
    expect(at.eventsOf("policy.warned")).toEqual([
      { provider: "a", policy: "warned", warnings: ["no handler"] },
    ]);
    expect(at.eventsOf("policy.invalid")).toEqual([]);
    expect(at.a.host.takeDelta().statuses).toEqual([
      status("warned", 0, { errors: ["no handler"] }),
    ]);
  });

  test("problems of the document outside its policies are told under no policy", async () => {
    at.registry.start();
    await at.a.host.offer(setOf([policy("x")], { problems: ["p.json: unknown key"] }));
    expect(at.eventsOf("policy.invalid")).toEqual([
      { provider: "a", policy: "", errors: ["p.json: unknown key"] },
    ]);
  });
});

test("with the real engine: policies work, and what it finds wrong with them is reported", async () => {
  const real = createEngine({
    validateRegex: createRegexValidator(),
    nowMs: () => 0,
    random: () => 0,
  });
  const invalid: unknown[] = [];
  const bus = new EventBus();
  bus.on("policy.invalid", (event) => invalid.push(event));
  const own = new PolicyRegistry({ engine: real, bus, providers: [at.a] });
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
  await at.a.host.offer(
    setOf([
      { ...policy("good"), ...target("a+") },
      { ...policy("bad"), ...target("a(") },
    ]),
  );
  expect(real.snapshot.counts).toEqual({ log: 1, metric: 0, trace: 0 });
  expect(invalid).toEqual([
    { provider: "a", policy: "bad", errors: [expect.stringContaining("invalid regex")] },
  ]);
  const statuses = at.a.host.takeDelta().statuses;
  expect(statuses.map(({ id, errors }) => [id, errors.length])).toEqual([
    ["bad", 1],
    ["good", 0],
  ]);
});

describe("many faults", () => {
  const MANY = FAULTS_PER_POLICY_MAX + 5;

  test("of one id are told up to a bound, and the rest is counted", async () => {
    at.registry.start();
    const policies = Array.from({ length: MANY }, (_, i) => policy("x", [`fault ${i}`]));
    await at.a.host.offer(setOf(policies));
    const errors = [
      ...Array.from({ length: FAULTS_PER_POLICY_MAX }, (_, i) => `fault ${i}`),
      "policy: and 5 more",
    ];
    expect(at.eventsOf("policy.invalid")).toEqual([{ provider: "a", policy: "x", errors }]);
    expect(at.a.host.takeDelta().statuses).toEqual([status("x", 0, { errors })]);
  });

  test("of many policies are told up to a bound, and the rest is counted", async () => {
    at.registry.start();
    const count = FAULTY_POLICIES_TOLD_MAX + 2;
    const policies = Array.from({ length: count }, (_, i) => policy(`p${i}`, ["bad"]));
    await at.a.host.offer(setOf(policies));
    await at.b.give("unrelated");
    const told = at.eventsOf("policy.invalid");
    expect([told.length, told.at(-1)]).toEqual([
      FAULTY_POLICIES_TOLD_MAX + 1,
      {
        provider: "a",
        policy: "",
        errors: ["and 2 more policies have errors; /_edge/policies shows them"],
      },
    ]);
  });

  test("places are asked for up to a bound", async () => {
    at.registry.start();
    let asked = 0;
    const locate = async (wanted: readonly unknown[]) => {
      asked += wanted.length;
      return wanted.map(() => "p.json:1:1");
    };
    const count = FAULT_PLACES_MAX + 1;
    const policies = Array.from({ length: count }, (_, i) => policy(`p${i}`, ["bad"]));
    await at.a.host.offer(setOf(policies, { locate }));
    await turn();
    const told = at.eventsOf("policy.invalid").slice(-2);
    expect([asked, told]).toEqual([
      FAULT_PLACES_MAX,
      [
        { provider: "a", policy: `p${count - 2}`, errors: ["p.json:1:1 bad"] },
        { provider: "a", policy: `p${count - 1}`, errors: ["bad"] },
      ],
    ]);
  });
});
