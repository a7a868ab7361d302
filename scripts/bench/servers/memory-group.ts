// A control group of Linux with a limit of memory, as a container has one. Where groups cannot be
// made (it takes root, and a mounted controller) it must throw, not measure without.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";
const CLOSE_MS_MAX = 5000;

export class MemoryGroup {
  readonly #folder: string;

  /** Throws where no group can be made. */
  constructor(bytes: number) {
    // Version 1 has a hierarchy for each controller.
    const isV1 = existsSync(join(ROOT, "memory"));
    this.#folder = join(ROOT, isV1 ? "memory" : "", `edge-bench-${process.pid}`);
    mkdirSync(this.#folder);
    try {
      const limit = isV1 ? "memory.limit_in_bytes" : "memory.max";
      writeFileSync(join(this.#folder, limit), String(bytes));
    } catch (error) {
      rmdirSync(this.#folder);
      throw error;
    }
  }

  /** Starts a command within it; the process stays the same. */
  get command(): readonly string[] {
    return ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', this.#folder];
  }

  /** When all processes in it have ended. */
  async close(): Promise<void> {
    const untilMs = performance.now() + CLOSE_MS_MAX;
    const processes = join(this.#folder, "cgroup.procs");
    while (readFileSync(processes, "latin1") !== "" && performance.now() < untilMs) {
      await Bun.sleep(20);
    }
    rmdirSync(this.#folder);
  }
}
