// Which signals are reported; what is said of them is tested in test/e2e/crashes.

import { expect, test } from "bun:test";
import { join } from "node:path";

test.if(process.platform === "linux")(
  "a thread that is ended in a loop is no crash, and a signal behind it is reported",
  async () => {
    const program = join(import.meta.dir, "ending-thread.ts");
    const run = Bun.spawn([process.execPath, program], { stdout: "pipe", stderr: "pipe" });
    const report = run.stderr.text();
    for await (const said of run.stdout) {
      expect(Buffer.from(said).toString()).toBe("ended\n");
      run.kill("SIGSEGV");
    }
    expect(await run.exited).not.toBe(0);
    const [before, behind = ""] = (await report).split("ended\n");
    expect(before).toBe("");
    expect(behind.split("edge crashed: SIGSEGV.")).toHaveLength(2);
  },
);
