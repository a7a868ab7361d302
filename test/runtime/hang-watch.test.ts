// A single thread that hangs is told of while it hangs, and counted afterwards.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { MACHINE_CODE } from "../../src/runtime/fatal/machine-code.ts";

const SRC = join(import.meta.dir, "../../src");
const isWatched = process.platform === "linux" && MACHINE_CODE[process.arch] !== undefined;

/** What a program with a watch, `bus` and `told()` of hangs says. */
async function run(program: string): Promise<{ stdout: string; stderr: string }> {
  const source = `
    import { HangWatch } from "${SRC}/runtime/hang-watch.ts";
    import { EventBus } from "${SRC}/o11y/index.ts";
    const bus = new EventBus();
    let counted = 0;
    let told = Promise.withResolvers();
    bus.on("thread.hung", () => {
      counted++;
      told.resolve();
    });
    const options = { bus, format: "text", hangMs: 100, beatMs: 20, delayMs: 0 };
    const watch = new HangWatch(options);
    watch.start();
    if (!(await watch.whenWatching)) throw new Error("it cannot be watched");
    ${program}`;
  const command = [process.execPath, "-e", source];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { stdout, stderr };
}

const LINE = /^20\d\d-\S+Z \[ERROR\] thread\.hangs silent_ms=100 cure=".*"$/gm;
const why = isWatched ? "" : " (skipped: no machine code for this machine)";

test.skipIf(!isWatched)(`each hang is told of once, and counted${why}`, async () => {
  const { stdout, stderr } = await run(`
    for (let hang = 0; hang < 2; hang++) {
      while (!watch.isHung);
      await told.promise;
      told = Promise.withResolvers();
    }
    watch.stop();
    console.log(counted);`);
  expect({ stdout: stdout.trim(), lines: stderr.match(LINE)?.length }).toEqual({
    stdout: "2",
    lines: 2,
  });
});

test.skipIf(!isWatched)(
  `a watch that has been stopped ends nothing and says nothing${why}`,
  async () => {
    const { stdout, stderr } = await run(`
    watch.stop();
    const before = process.hrtime.bigint();
    while (process.hrtime.bigint() - before < 200_000_000n);
    console.log(counted, watch.isHung);`);
    expect({ stdout, stderr }).toEqual({ stdout: "0 false\n", stderr: "" });
  },
);
