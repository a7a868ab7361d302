// The compiled executable that end-to-end tests start: built once and kept by the content of what
// it is built from, so that repeated runs begin at once.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { buildExecutable, entryPoints } from "../../scripts/build.ts";

const ROOT = resolve(import.meta.dir, "../..");
const BUILD_INPUTS = [
  "src",
  "package.json",
  "bun.lock",
  "scripts/build.ts",
  "scripts/build-info.ts",
];
/** Longer than a test run takes. */
const UNUSED_S_MAX = 900;
const CACHE = join(tmpdir(), `edge-e2e-${userInfo().uid}`);

const running = new Map<string, Promise<string>>();

/** Whether there is an entry point of this name to compile. */
export function hasEntryPoint(name: string): boolean {
  return entryPoints().includes(name);
}

/** Path of the compiled entry point; builds it when the sources have changed since the last run. */
export function executable(name: string): Promise<string> {
  let path = running.get(name);
  if (path === undefined) {
    path = build(name);
    running.set(name, path);
  }
  return path;
}

async function build(name: string): Promise<string> {
  const folder = join(CACHE, contentHash());
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const nowS = Date.now() / 1000;
  utimesSync(folder, nowS, nowS);
  forgetUnused(nowS - UNUSED_S_MAX);
  if (existsSync(path)) return path;
  // Built aside and moved, so that a run that is cut off leaves no half of a file.
  const outdir = join(folder, `building-${process.pid}`);
  const built = await buildExecutable({ name, outdir });
  renameSync(built.path, path);
  rmSync(outdir, { recursive: true });
  return path;
}

/** Removes what no run has asked for since `sinceS`; other runs may be using the rest. */
function forgetUnused(sinceS: number): void {
  for (const entry of readdirSync(CACHE)) {
    const folder = join(CACHE, entry);
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && stats.mtimeMs / 1000 < sinceS) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function contentHash(): string {
  const hash = createHash("sha256").update(Bun.version);
  const add = (path: string): void => {
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(join(ROOT, path)));
  };
  for (const input of BUILD_INPUTS) {
    const glob = new Bun.Glob(input === "src" ? "src/**/*" : input);
    for (const path of [...glob.scanSync({ cwd: ROOT, onlyFiles: true })].sort()) add(path);
  }
  return hash.digest("hex").slice(0, 16);
}
