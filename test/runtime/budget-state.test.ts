// What budgets have spent, from one start of the program to the next, by way of a file.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Budget, Budgets } from "../../src/policy/index.ts";
import { BudgetState } from "../../src/runtime/budget-state.ts";
import { HOUR_MS, MIDNIGHT_MS, utcDay } from "../policy/budget/simulated-day.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "edge-budgets-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const budget = (name: string): Budget => ({
  name,
  match: [],
  signals: [],
  bytesPerDay: 24_000,
  timeZone: "UTC",
  keepsErrors: true,
  keepsRare: false,
});

function program(nowMs = MIDNIGHT_MS, path = join(folder, "state")) {
  const deps = { nowMs: () => nowMs, dayAt: utcDay };
  const budgets = new Budgets([budget("shop"), budget("cart")], deps);
  const bus = new RecordingBus();
  return { budgets, bus, path, state: new BudgetState({ path, budgets, bus }) };
}

const spentOf = ({ budgets }: ReturnType<typeof program>): unknown =>
  Object.fromEntries(budgets.statuses().map(([name, { spent, cut }]) => [name, [spent, cut]]));

/** What was told is wrong with the file. */
const faultsOf = ({ bus }: ReturnType<typeof program>): unknown =>
  bus.of("budgets.state_failed").map(({ reason, effect }) => [reason, effect]);

test("a program that starts anew goes on from what the one before wrote when it ended", async () => {
  const first = program();
  await first.state.start();
  first.budgets.of("shop")?.exempts(700);
  first.budgets.of("cart")?.keeps(5000, 0, 0.5);
  await first.state.stop();
  expect(readdirSync(folder)).toEqual(["state"]);
  const second = program(MIDNIGHT_MS + HOUR_MS);
  await second.state.start();
  expect(spentOf(second)).toEqual({ shop: [700, 0], cart: [0, 5000] });
  second.budgets.of("shop")?.exempts(1);
  await second.state.stop();
  const third = program(MIDNIGHT_MS + 2 * HOUR_MS);
  await third.state.start();
  expect(spentOf(third)).toEqual({ shop: [701, 0], cart: [0, 5000] });
  await third.state.stop();
  const nextDay = program(MIDNIGHT_MS + 25 * HOUR_MS);
  await nextDay.state.start();
  expect(spentOf(nextDay)).toEqual({ shop: [0, 0], cart: [0, 0] });
  await nextDay.state.stop();
  for (const one of [first, second, third, nextDay]) expect(faultsOf(one)).toEqual([]);
});

const DAY = `"dayStartMs":${MIDNIGHT_MS},"dayEndMs":${MIDNIGHT_MS + 24 * HOUR_MS}`;
const SPENT = `"bytesPerDay":24000,"limit":24000,"exempt":0,"cut":0`;
const entry = (spent: string): string => `{"name":"shop",${DAY},${SPENT},"spent":${spent}}`;

test("budgets that are not there any more, and members nobody knows, are passed over", async () => {
  const own = program();
  const gone = entry("5").replace("shop", "gone");
  writeFileSync(own.path, `{"format":1,"later":1,"budgets":[${gone},${entry('7,"more":[]')}]}`);
  await own.state.start();
  expect(spentOf(own)).toEqual({ shop: [7, 0], cart: [0, 0] });
  expect(faultsOf(own)).toEqual([]);
  await own.state.stop();
});

const damaged = "is damaged; remove it";
test.each([
  ["", "is not a state of budgets; remove it"],
  ["{", "is not a state of budgets; remove it"],
  ["null", "is not a state of budgets of this version; remove it"],
  ["[]", "is not a state of budgets of this version; remove it"],
  ['{"format":2,"budgets":[]}', "is not a state of budgets of this version; remove it"],
  ['{"format":1,"budgets":{}}', "is not a state of budgets of this version; remove it"],
  ['{"format":1,"budgets":[null]}', damaged],
  ['{"format":1,"budgets":[{"name":"shop"}]}', damaged],
  ...['"7"', "-1", "0.5", "1e300", "null"].map((spent) => [
    `{"format":1,"budgets":[${entry("7").replace("shop", "cart")},${entry(spent)}]}`,
    damaged,
  ]),
])("%s is told to be none, has no effect, and is replaced at the end", async (text, reason) => {
  const own = program();
  writeFileSync(own.path, text);
  await own.state.start();
  expect(spentOf(own)).toEqual({ shop: [0, 0], cart: [0, 0] });
  expect(faultsOf(own)).toEqual([[reason, "budgets begin as without it"]]);
  await own.state.stop();
  expect(JSON.parse(readFileSync(own.path, "utf8"))).toMatchObject({ format: 1 });
});

test("a file that cannot be written is told, and nothing else", async () => {
  const own = program(MIDNIGHT_MS, "/proc/no-such-folder/state");
  await own.state.start();
  await own.state.stop();
  const cure = "check its folder, the rights and the space";
  expect(faultsOf(own)).toEqual([
    [`cannot be written (ENOENT); ${cure}`, "the next start knows less of this day"],
  ]);
});

test("what has not begun writes nothing", async () => {
  const own = program();
  await own.state.stop();
  expect(readdirSync(folder)).toEqual([]);
});
