// The layer's zip: what other programs read of it.

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLayer } from "../../scripts/lambda-layer.ts";

const folder = mkdtempSync(join(tmpdir(), "edge-layer-"));
afterAll(() => rmSync(folder, { recursive: true }));
const source = join(folder, "program");
const zip = join(folder, "layer.zip");
writeFileSync(source, `#!/bin/sh\necho ${"x".repeat(10_000)}\n`);

describe("a layer", () => {
  test("is the same for the same executable, and smaller", () => {
    const size = writeLayer(source, zip);
    const first = readFileSync(zip);
    writeLayer(source, zip);
    expect([first.length, readFileSync(zip).equals(first)]).toEqual([size, true]);
    expect(size).toBeLessThan(1000);
  });

  test.skipIf(Bun.which("unzip") === null)("unpacks to a file that can be run", () => {
    writeLayer(source, zip);
    const unpacked = Bun.spawnSync(["unzip", "-q", zip, "-d", join(folder, "opt")]);
    expect([unpacked.exitCode, unpacked.stderr.toString()]).toEqual([0, ""]);
    const run = Bun.spawnSync([join(folder, "opt/extensions/tero-edge")]);
    expect([run.exitCode, run.stdout.length]).toEqual([0, 10_001]);
  });
});
