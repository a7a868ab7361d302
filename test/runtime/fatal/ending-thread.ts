// A program that ends a thread in the middle of a loop, says so, and waits for its own end.

import { Worker, isMainThread } from "node:worker_threads";
import { installFatalHandlers } from "../../../src/runtime/fatal/fatal-signals.ts";
import { ThreadReports } from "../../../src/runtime/fatal/thread-reports.ts";
import { endThread } from "../../../src/system/end-thread.ts";

if (isMainThread) {
  installFatalHandlers(new ThreadReports(), "test");
  const thread = new Worker(import.meta.filename);
  const [inLoop] = await new Promise<[Int32Array]>((resolve) => {
    thread.on("message", (memory: SharedArrayBuffer) => resolve([new Int32Array(memory)]));
  });
  // Long enough in the loop that it runs as machine code.
  while (Atomics.load(inLoop, 0) < 50_000_000) await Bun.sleep(1);
  await endThread(thread);
  process.stderr.write("ended\n");
  process.stdout.write("ended\n");
  setInterval(() => undefined, 1000);
} else {
  const { parentPort } = await import("node:worker_threads");
  const memory = new SharedArrayBuffer(4);
  const loops = new Int32Array(memory);
  parentPort?.postMessage(memory, []);
  for (;;) Atomics.add(loops, 0, 1);
}
