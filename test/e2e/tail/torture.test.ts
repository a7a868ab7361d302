// Writers that rotate, truncate and rewrite their files, while the compiled tailer is stopped,
// killed and started again. `bun run torture` does it for longer.

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { torture } from "../../../scripts/torture/torture.ts";
import { executable } from "../../support/e2e-executable.ts";

const folder = mkdtempSync(join(tmpdir(), "torture-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECONDS = Number(process.env["EDGE_TORTURE_SECONDS"] ?? 4);
const TIMEOUT_MS = 60_000 + SECONDS * 1000;

const SEED = 20_260_101;

const FLAWLESS = { missing: [], disordered: [], strange: [], failures: [], said: "" };

describe("whatever is done to the files", () => {
  test.each(["--io-engine=inotify", "--io-engine=poll"])(
    "after clean stops every line arrives exactly once, in order (%s)",
    async (engine) => {
      const report = await torture({
        executable: await executable("edge-tail"),
        folder: join(folder, engine),
        seconds: SECONDS / 2,
        seed: SEED,
        ends: "term",
        args: [engine, "--poll-ms=20"],
      });
      expect(report).toMatchObject({ ...FLAWLESS, duplicates: 0 });
      expect(report.finished).toBeGreaterThan(1000);
      expect(report.restarts).toBeGreaterThan(1);
    },
    TIMEOUT_MS,
  );

  test(
    "after kills every line arrives, in order",
    async () => {
      const report = await torture({
        executable: await executable("edge-tail"),
        folder: join(folder, "kill"),
        seconds: SECONDS,
        seed: SEED + 1,
        ends: "both",
      });
      const { strange, ...rest } = report;
      // A kill may cut the line that is being written.
      expect({ ...rest, strange: strange.slice(report.restarts) }).toMatchObject(FLAWLESS);
      expect(report.rotations + report.truncations).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );
});
