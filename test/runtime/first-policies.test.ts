// The time until the first policies of every provider are in force, on a clock of the test's own.

import { describe, expect, test } from "bun:test";
import type { BeforePolicies } from "../../src/config/index.ts";
import { MISSING_POLICIES_REMINDER_MS } from "../../src/core/limits.ts";
import { FirstPolicies, type MissingProvider } from "../../src/runtime/first-policies.ts";
import { ManualClock } from "../o11y/manual-clock.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

const FILE: MissingProvider = { id: "local", kind: "file", lastError: "p.json: no such file" };
const HTTP: MissingProvider = { id: "plane", kind: "http", lastError: undefined };

function watched(beforePolicies: BeforePolicies, missing: MissingProvider[]) {
  const clock = new ManualClock();
  const bus = new RecordingBus();
  const shown: string[] = [];
  const first = new FirstPolicies({
    beforePolicies,
    readyTimeoutMs: 7,
    bus,
    show: (state) => void shown.push(state),
    schedule: clock.schedule,
  });
  const complete = Promise.withResolvers<void>();
  first.watch({ whenComplete: complete.promise, missing: () => missing });
  return { clock, bus, shown, first, complete };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("the gates", () => {
  test("are shut until every provider has given policies, and then the program is ready", async () => {
    const { shown, first, complete, clock, bus } = watched("wait", []);
    expect([shown, first.isReady]).toEqual([["shut"], false]);
    complete.resolve();
    await settled();
    expect([shown, first.isReady, clock.pendingMs]).toEqual([["shut", "open"], true, []]);
    expect(bus.of("policies.complete")).toEqual([{ late: false }]);
  });

  test("say so when the time is over, and open when the policies come after all", async () => {
    const { shown, first, complete, clock, bus } = watched("wait", [FILE]);
    clock.advance(6);
    expect(shown).toEqual(["shut"]);
    clock.advance(1);
    expect([shown, first.isReady]).toEqual([["shut", "overdue"], false]);
    complete.resolve();
    await settled();
    expect([shown.at(-1), first.isReady, clock.pendingMs]).toEqual(["open", true, []]);
    expect(bus.of("policies.complete")).toEqual([{ late: true }]);
  });
});

describe("when the time is over, the program is ready", () => {
  const cases: [BeforePolicies, string, MissingProvider[], boolean][] = [
    ["wait", "a control plane is missing", [HTTP], true],
    ["wait", "a file is missing", [FILE], false],
    ["wait", "both are missing", [HTTP, FILE], false],
    ["pass", "both are missing", [HTTP, FILE], true],
    ["refuse", "a control plane is missing", [HTTP], false],
  ];
  for (const [mode, what, missing, isReady] of cases) {
    test(`${isReady ? "" : "not "}with before_policies ${mode} when ${what}`, () => {
      const { first, clock } = watched(mode, missing);
      clock.advance(6);
      expect(first.isReady).toBe(false);
      clock.advance(1);
      expect(first.isReady).toBe(isReady);
    });
  }
});

test("what is missing is said again and again until it comes, and no longer", async () => {
  const missing = [FILE, HTTP];
  const { bus, clock, complete, first } = watched("wait", missing);
  clock.advance(7);
  const told = {
    providers: ["local", "plane"],
    reasons: ["p.json: no such file", "no answer yet"],
    effect: "telemetry passes without the policies of these providers",
    cure: "mend the providers, or choose another before_policies",
  };
  expect(bus.of("policies.missing")).toEqual([told]);
  missing.pop();
  clock.advance(MISSING_POLICIES_REMINDER_MS);
  expect(bus.of("policies.missing")).toEqual([
    told,
    { ...told, providers: ["local"], reasons: ["p.json: no such file"] },
  ]);
  complete.resolve();
  await settled();
  clock.advance(10 * MISSING_POLICIES_REMINDER_MS);
  expect(bus.of("policies.missing").length).toBe(2);
  first.stop();
});
