// A rolling update of two compiled instances behind nginx, under load: what `bun run rolling` does,
// a few times.

import { expect, test } from "bun:test";
import { NGINX, rolling } from "../../../scripts/rolling/rolling.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";

const WHY = NGINX === null ? " (skipped: nginx is not installed)" : "";

test.skipIf(NGINX === null || !hasEntryPoint("edge-otlp"))(
  `replacing instances behind nginx loses no record and sends none twice${WHY}`,
  async () => {
    const report = await rolling({
      executable: await executable("edge-otlp"),
      replacements: 4,
      clients: 8,
      pauseMs: 2,
    });
    const { sent, arrived, cut: _cut, ...rest } = report;
    expect(rest).toEqual({ replacements: 4, failed: {}, missing: [], twice: [], exits: [] });
    expect(arrived).toBe(sent);
    expect(sent).toBeGreaterThan(100);
  },
  180_000,
);
