// The bounds of what is told of policies that are wrong.

import { describe, expect, test } from "bun:test";
import {
  FAULT_CHARS_MAX,
  FAULTS_PER_POLICY_MAX,
  FAULTS_PER_SET_MAX,
  SYNC_ERROR_CHARS_MAX,
} from "../../src/core/limits.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  FaultList,
  policyErrors,
} from "../../src/policy/index.ts";
import { FaultBudget } from "../../src/policy/fault-list.ts";
import { buildSyncRequest } from "../../src/policy/wire/index.ts";
import { status } from "../providers/fake-host.ts";

const times = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));

function listOf(faults: readonly string[]): readonly string[] {
  const list = new FaultList();
  list.addAll(faults);
  return list.all();
}

describe("a list of faults", () => {
  test("holds them all up to the bound, and counts the others", () => {
    const full = times(FAULTS_PER_POLICY_MAX, (i) => `fault ${i}`);
    expect(listOf(full)).toEqual(full);
    expect(listOf([...full, "one more"])).toEqual([...full, "policy: and 1 more"]);
  });

  test("cuts long ones", () => {
    const long = "x".repeat(FAULT_CHARS_MAX);
    expect(listOf([long, `${long}y`])).toEqual([long, `${long}…`]);
  });
});

test("policies beyond what a set may say only have errors", () => {
  const budget = new FaultBudget();
  const some = times(FAULTS_PER_SET_MAX, () => "bad");
  expect([budget.take([]), budget.take(some), budget.take([])]).toEqual([[], some, []]);
  expect(budget.take(["bad"])).toEqual([expect.stringContaining("errors that are not told")]);
});

const POLICY = { name: "n", log: { match: [{ log_field: "body", regex: "a" }], keep: "none" } };
const validateRegex = (pattern: string) => (pattern.startsWith("(") ? "missing )" : undefined);

test("a policy of many broken matchers has the first errors, in order, and their number", () => {
  const match = times(100, (i) => ({ log_feild: "body", log_body: `x${i}` }));
  const [policy] = decodePolicySet(
    { ...POLICY, id: "x", log: { match, keep: "none" } },
    AUTHORING,
  ).policies;
  const errors = policyErrors(policy!, validateRegex);
  expect([errors.length, errors[0], errors.at(-1)]).toEqual([
    FAULTS_PER_POLICY_MAX + 1,
    expect.stringContaining("log: match[0]: unknown key"),
    expect.stringMatching(/^policy: and \d+ more$/),
  ]);
});

test("a policy of many broken regexes has the first errors and their number, which comes last", () => {
  const match = times(FAULTS_PER_POLICY_MAX + 3, () => ({ log_field: "body", regex: "(" }));
  const [policy] = decodePolicySet(
    { policies: [{ ...POLICY, id: "x", log: { match } }] },
    AUTHORING,
  ).policies;
  const errors = policyErrors(policy!, validateRegex);
  expect([errors.length, errors.at(-1)]).toEqual([FAULTS_PER_POLICY_MAX + 1, "policy: and 3 more"]);
});

test("many policies of one id have one row, with the first errors and their number", () => {
  const policies = times(FAULTS_PER_POLICY_MAX + 6, () => ({ ...POLICY, id: "x" }));
  const engine = createEngine({ validateRegex, nowMs: () => 0, random: () => 0 });
  const steps = engine.replace(decodePolicySet({ policies }, AUTHORING).policies);
  while (steps.next().done !== true);
  const [row, ...others] = engine.totals();
  expect([row?.id, row?.errors.length, row?.errors.at(-1), others]).toEqual([
    "x",
    FAULTS_PER_POLICY_MAX + 1,
    "policy: and 5 more",
    [],
  ]);
});

test("a sync request holds errors up to a bound, and then only says which policies have some", () => {
  const errors = times(20, () => "e".repeat(1000));
  const count = Math.floor(SYNC_ERROR_CHARS_MAX / 20_000) + 2;
  const statuses = [...times(count, (i) => status(`p${i}`, 0, { errors })), status("fine")];
  const bytes = buildSyncRequest(
    {
      stages: [],
      resourceAttributes: {},
      labels: {},
      supportedExtensions: [],
      fullSync: true,
      lastTimestamp: 0n,
      lastHash: "",
      statuses,
    },
    "json",
  );
  const sent = JSON.parse(new TextDecoder().decode(bytes)) as {
    policyStatuses: { errors?: string[] }[];
  };
  expect(sent.policyStatuses.slice(-4).map((one) => one.errors?.length)).toEqual([
    20,
    1,
    1,
    undefined,
  ]);
  expect(sent.policyStatuses.at(-2)?.errors).toEqual([
    "has errors; those of other policies fill the request",
  ]);
});

test("the regexes of one policy are validated in steps, however many there are", () => {
  const match = times(1000, (i) => ({ log_field: "body", regex: `a${i}` }));
  const { policies } = decodePolicySet(
    { policies: [{ ...POLICY, id: "x", log: { match, keep: "none" } }] },
    AUTHORING,
  );
  let validated = 0;
  const counting = () => void validated++;
  const engine = createEngine({ validateRegex: counting, nowMs: () => 0, random: () => 0 });
  const steps = engine.replace(policies);
  let most = 0;
  for (let before = 0; steps.next().done !== true; before = validated) {
    most = Math.max(most, validated - before);
  }
  expect([validated, most]).toEqual([1000, 100]);
});
