// The commands that measure, in short: that they run, what they report, and that nothing is lost
// on the way. What they measure then is no figure.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Figures } from "../../scripts/bench/report/figures.ts";
import { runOne } from "../../scripts/bench/report/run-one.ts";
import { buildEdge } from "../../scripts/doors/edge-under-test.ts";
import { datadogBody, exposition, otlpBody, policyFile } from "../../scripts/payloads/index.ts";

const ROOT = resolve(import.meta.dir, "../..");
const LIMIT_SECONDS = 100;
const folder = mkdtempSync(join(tmpdir(), "edge-runs-"));
let executable = "";

beforeAll(async () => {
  executable = await buildEdge(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(script: string, ...args: string[]) {
  const command = [script, ...args, "--quick"];
  return runOne({ name: "run", command, limitSeconds: LIMIT_SECONDS });
}

function column(tables: readonly Figures[], title: string, name: string): unknown[] {
  const table = tables.find((one) => one.title === title);
  return table?.rows.map(({ cells }) => cells[name]) ?? [];
}

test("a benchmark reports its tables", async () => {
  const { faults, tables } = await run("scripts/bench.ts", "engine", "baselines");
  expect(faults).toEqual([]);
  expect(column(tables, "yardsticks of the engine", "throughput")).toHaveLength(3);
});

test("a benchmark that fails leaves what it had, and says so", async () => {
  const { faults, tables } = await run("scripts/bench.ts", "no-such-benchmark");
  expect([faults, tables]).toEqual([["it ended with exit code 64"], []]);
});

test("a benchmark that does not end is ended, and says so", async () => {
  const command = ["-e", "setInterval(() => undefined, 1000)"];
  const { faults } = await runOne({ name: "run", command, limitSeconds: 0.1 });
  expect(faults).toEqual(["it did not end within 0.1 s"]);
});

test("faults at every door lose nothing in silence", async () => {
  const args = [`--executable=${executable}`, "--only=unanswered", "faults"];
  const { faults, tables } = await run("scripts/chaos/run.ts", ...args);
  expect(faults).toEqual([]);
  const lost = column(tables, "faults at every door", "lost");
  expect(lost).toEqual(Array.from({ length: 6 }, () => 0));
}, 120_000);

test("what clients send amiss goes on as it came, or is refused, at every door", async () => {
  const { faults, tables } = await run(
    "scripts/chaos/run.ts",
    `--executable=${executable}`,
    "clients",
  );
  expect(faults).toEqual([]);
  const arrived = column(tables, "faults of clients", "requests at the backend");
  const [all, none] = [Array<number>(4).fill(2), Array<number>(4).fill(0)];
  expect(arrived).toEqual([...all, ...none, ...all, ...all, ...none]);
}, 120_000);

test("a soak adds up, to the record and the byte", async () => {
  const { faults, tables } = await run("scripts/soak/run.ts", `--executable=${executable}`);
  expect(faults).toEqual([]);
  const rows = tables.find(({ title }) => title === "what the soak came to")?.rows ?? [];
  const measured = Object.fromEntries(rows.map(({ name, cells }) => [name, cells["measured"]]));
  expect(measured).toMatchObject({
    "records sent, but for what is counted": 0,
    "records lost that were told to be taken": 0,
    "bytes judged, but for what is counted": 0,
  });
}, 120_000);

test("payloads have their size, are the same each time, and match as much as they say", () => {
  for (const bytes of [5000, 64_000]) {
    const bodies = [
      otlpBody("log", { bytes, encoding: "json" }),
      otlpBody("trace", { bytes, encoding: "json" }),
      datadogBody({ bytes }),
      exposition({ bytes }),
    ];
    expect(bodies.map(({ body }) => body.length)).toEqual(bodies.map(() => bytes));
    expect(datadogBody({ bytes }).body.equals(datadogBody({ bytes }).body)).toBe(true);
  }
  const { records, matching } = otlpBody("log", { bytes: 1_000_000, encoding: "json" });
  expect(Math.round((matching / records) * 10)).toBe(3);
  const { policies } = JSON.parse(policyFile(100).toString()) as { policies: { id: string }[] };
  expect(policies.filter(({ id }) => id.startsWith("live"))).toHaveLength(10);
});

test("the commands are those of package.json", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  expect([scripts["bench"], scripts["chaos"], scripts["soak"]]).toEqual([
    "bun scripts/bench.ts",
    "bun scripts/chaos.ts",
    "bun scripts/soak.ts",
  ]);
});
