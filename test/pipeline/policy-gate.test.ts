// What becomes of telemetry while the first policies are missing, request by request.

import { describe, expect, test } from "bun:test";
import { PolicyGate } from "../../src/pipeline/policy-gate.ts";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** The outcome of `enter`, or "waits" while there is none. */
function entering(gate: PolicyGate, client = never): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: "waits" };
  gate.enter(client).then(
    (hasPolicies) => (seen.outcome = hasPolicies),
    (error: { code: string }) => (seen.outcome = error.code),
  );
  return seen;
}

async function outcomes(gate: PolicyGate, steps: readonly (() => void)[]): Promise<unknown[]> {
  const seen = entering(gate);
  await turn();
  const all = [seen.outcome];
  for (const step of steps) {
    step();
    await turn();
    all.push(seen.outcome);
  }
  return all;
}

function shutGate(mode: "wait" | "pass" | "refuse"): PolicyGate {
  const gate = new PolicyGate(mode);
  gate.show("shut");
  return gate;
}

test("a gate that nobody has shut is open", () => {
  expect(new PolicyGate("refuse").isOpen).toBe(true);
});

describe("wait", () => {
  test("holds requests until the first policies are in force", async () => {
    const gate = shutGate("wait");
    expect(await outcomes(gate, [() => gate.show("open")])).toEqual(["waits", true]);
    expect([gate.isOpen, await outcomes(gate, [])]).toEqual([true, [true]]);
  });

  test("lets them pass without policies when the time is over", async () => {
    const gate = shutGate("wait");
    expect(await outcomes(gate, [() => gate.show("overdue")])).toEqual(["waits", false]);
    expect([gate.isOpen, await outcomes(gate, [])]).toEqual([false, [false]]);
  });

  test("has clients come again when the program stops", async () => {
    const gate = shutGate("wait");
    expect(await outcomes(gate, [() => gate.stop()])).toEqual(["waits", "policies_not_ready"]);
    expect(await outcomes(gate, [])).toEqual(["policies_not_ready"]);
  });

  test("forgets a client that went away, and no other", async () => {
    const gate = shutGate("wait");
    const client = new AbortController();
    const [gone, other] = [entering(gate, client.signal), entering(gate)];
    client.abort();
    await turn();
    expect([gone.outcome, other.outcome]).toEqual(["client_gone", "waits"]);
    expect(entering(gate, client.signal).outcome).toBe("waits");
    gate.show("open");
    await turn();
    expect(other.outcome).toBe(true);
  });
});

test("pass lets requests pass at once, and tells those with policies from those without", async () => {
  const gate = shutGate("pass");
  expect(await outcomes(gate, [])).toEqual([false]);
  gate.show("open");
  expect(await outcomes(gate, [])).toEqual([true]);
});

test("refuse refuses until the first policies are in force, however long it takes", async () => {
  const gate = shutGate("refuse");
  expect(await outcomes(gate, [])).toEqual(["policies_not_ready"]);
  gate.show("overdue");
  expect(await outcomes(gate, [])).toEqual(["policies_not_ready"]);
  gate.show("open");
  expect(await outcomes(gate, [])).toEqual([true]);
});
