// What benchmarks start lives as long as they do, and no longer.

import { expect, test } from "bun:test";
import { join } from "node:path";

const SINK = join(import.meta.dir, "../../scripts/bench/servers/sink.ts");
/** A benchmark that starts an upstream, waits for a line, and is gone. */
const BENCH = `
Bun.spawn([process.execPath, ${JSON.stringify(SINK)}], { stdout: "inherit", stdin: "ignore" });
process.stdin.once("data", () => process.exit(0));
`;

test("the upstream of a benchmark ends with the benchmark, not before it", async () => {
  const bench = Bun.spawn([process.execPath, "-e", BENCH], { stdin: "pipe", stdout: "pipe" });
  const lines = bench.stdout.getReader();
  const { value } = await lines.read();
  const url = `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`;
  expect(await (await fetch(url, { method: "POST", body: "x" })).text()).toBe("{}");
  await bench.stdin.write("end\n");
  await bench.stdin.end();
  await bench.exited;
  // It shares the output with the benchmark, which ends when both have.
  expect(await lines.read()).toEqual({ value: undefined, done: true });
  expect(fetch(url)).rejects.toThrow();
});
