// A single thread that hangs is noticed by another one, while it hangs and afterwards.

import { expect, test } from "bun:test";
import { join } from "node:path";

const SRC = join(import.meta.dir, "../../src");

test("a hang is said on standard error once, while it lasts, and counted afterwards", async () => {
  const program = `
    import { HangWatch } from "${SRC}/runtime/hang-watch.ts";
    import { EventBus } from "${SRC}/o11y/index.ts";
    const bus = new EventBus();
    let counted = 0;
    const told = new Promise((resolve) => bus.on("thread.hung", () => resolve(++counted)));
    const watch = new HangWatch({ bus, format: "text", hangMs: 300, beatMs: 20 });
    watch.start();
    while (watch.hangs === 0);
    await told;
    watch.stop();
    console.log(counted, watch.hangs);
  `;
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(stderr.match(/^20\S+ \[ERROR\] thread\.hangs silent_ms=300 cure=".*"$/gm)?.length).toBe(1);
  expect(stdout.trim()).toBe("1 1");
});
