// The files of a release: every distribution for every platform under the names that downloads go
// by, the layers of AWS Lambda, the bill of materials, and SHA256SUMS over all of them.

import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * Platforms by the names that downloads have, which are those of containers, and what Bun calls
 * them. The first one needs a processor with AVX2; the baseline runs on any of x86-64.
 */
export const PLATFORMS: Readonly<Record<string, string>> = {
  "linux-amd64": "linux-x64",
  "linux-amd64-baseline": "linux-x64-baseline",
  "linux-arm64": "linux-arm64",
  "darwin-arm64": "darwin-arm64",
};

export const SBOM_NAME = "edge.cdx.json";
export const SUMS_NAME = "SHA256SUMS";

/** Writes SHA256SUMS for `paths`, as `sha256sum --check` reads it; answers its path. */
export async function writeSums(paths: readonly string[], outdir: string): Promise<string> {
  const lines: string[] = [];
  for (const path of paths.toSorted()) lines.push(`${await sha256(path)}  ${basename(path)}\n`);
  const sums = join(outdir, SUMS_NAME);
  writeFileSync(sums, lines.join(""));
  return sums;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
