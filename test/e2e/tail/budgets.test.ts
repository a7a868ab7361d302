// The compiled tailer with a budget: frequent lines are cut, rare ones and errors stay, and its
// metrics tell of it.

import { afterAll, expect, test } from "bun:test";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTailFolder, TailProgram, tailFolder } from "./tail-program.ts";

const folder = tailFolder();
afterAll(() => removeTailFolder(folder));

test("cuts what exceeds it, and keeps errors", async () => {
  const match = [{ log_field: "body", regex: "." }];
  const settings = {
    input_format: "json",
    budgets: [{ name: "lines", match, bytes_per_day: 100 }],
  };
  writeFileSync(join(folder, "tail.json"), JSON.stringify(settings));
  const health = Array.from({ length: 50 }, (_, i) => `{"message":"GET /health ${i}"}\n`);
  const error = '{"message":"payment failed","level":"error"}\n';
  const input = new TextEncoder().encode([...health, error, ...health].join(""));
  const program = await TailProgram.start({ folder, args: ["-c", "tail.json", "-"], input });
  expect(await program.exited).toBe(0);
  expect(program.err).toBe("");
  expect(program.out).toContain(error);
  // A day has room for four of these, and a program that has just begun for one at the most.
  expect(program.out.length).toBeLessThan(error.length + 2 * (health[0] ?? "").length);
});

test("does not start with a budget that can match nothing", async () => {
  const match = [{ log_field: "body", regex: "(" }];
  const settings = { budgets: [{ name: "lines", match, bytes_per_day: 100 }] };
  writeFileSync(join(folder, "bad.json"), JSON.stringify(settings));
  const program = await TailProgram.start({ folder, args: ["-c", "bad.json", "-"] });
  expect(await program.exited).toBe(78);
  expect(program.err).toContain('budgets[0] "lines": log: match[0]: invalid regex "("');
});

test("goes on from what was spent before a restart, where it follows files", async () => {
  const match = [{ log_field: "body", regex: "." }];
  const budgets = [{ name: "lines", match, bytes_per_day: 1_000_000 }];
  const kept = { input_format: "raw", read_from: "checkpoint", state_dir: "state" };
  writeFileSync(join(folder, "kept.json"), JSON.stringify({ ...kept, budgets }));
  writeFileSync(join(folder, "in.log"), "a line\n");
  const spent = async (): Promise<number> => {
    const args = ["-c", "kept.json", "--exit-on-eof", "in.log"];
    const program = await TailProgram.start({ folder, args });
    expect(await program.exited).toBe(0);
    const text = readFileSync(join(folder, "state", "budgets.json"), "utf8");
    // As it is written.
    return (JSON.parse(text) as { budgets: [{ spent: number }] }).budgets[0].spent;
  };
  expect(await spent()).toBe("a line".length);
  appendFileSync(join(folder, "in.log"), "another\n");
  expect(await spent()).toBe("a line".length + "another".length);
});
