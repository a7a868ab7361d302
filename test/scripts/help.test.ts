// Help of the scripts that take minutes: it is printed, and nothing is run.

import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BENCHES } from "../../scripts/bench/benches.ts";
import { openingOf } from "../../scripts/help.ts";

const SCRIPTS = join(import.meta.dir, "../../scripts");
const LONG = ["bench", "chaos", "fuzz", "mutate", "rolling", "soak", "torture"];

async function printed(...command: string[]): Promise<{ code: number; text: string }> {
  const script = Bun.spawn([process.execPath, ...command], { cwd: SCRIPTS, stdin: "ignore" });
  const text = await new Response(script.stdout).text();
  return { code: await script.exited, text };
}

test.each(LONG)("%s --help says how it is run, and ends", async (name) => {
  for (const flag of ["--help", "-h"]) {
    const { code, text } = await printed(`${name}.ts`, flag);
    expect(code).toBe(0);
    expect(text).toStartWith(openingOf(join(SCRIPTS, `${name}.ts`)));
    expect(text).toContain(`bun run ${name}`);
  }
});

test("help of bench names all benchmarks, each of which has help of its own", async () => {
  const { text } = await printed("bench.ts", "--help");
  for (const name of BENCHES) expect(text).toContain(name);
  const one = await printed("bench.ts", "engine", "--quick", "--help");
  expect(one).toEqual({ code: 0, text: `${openingOf(join(SCRIPTS, "bench/engine.ts"))}\n` });
  const files = readdirSync(join(SCRIPTS, "bench"));
  expect(BENCHES.filter((name) => !files.includes(`${name}.ts`))).toEqual([]);
});
