// Assembles the file tree of a container image, which is all that the image has: the executable,
// what it is linked against, authorities for TLS, a user, a configuration. The Dockerfile runs this
// and copies the result; tests run programs in it.
// Usage: bun scripts/rootfs.ts DISTRIBUTION OUT [--arch=amd64|arm64] [--libraries=ROOT]
// ROOT is the root of a system of that architecture that has the C library: / by default.

import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync } from "node:fs";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { buildExecutable } from "./build.ts";

const ROOT = resolve(import.meta.dir, "..");
/** Distributions that are run in containers; AWS Lambda has layers instead. */
export const IMAGES = ["edge", "datadog", "otlp", "prometheus", "tail"] as const;
export type ImageName = (typeof IMAGES)[number];

/** Where Debian has the C library of an architecture, and where programs look for their loader. */
const PLACES = {
  amd64: { folder: "lib/x86_64-linux-gnu", loader: "lib64/ld-linux-x86-64.so.2" },
  arm64: { folder: "lib/aarch64-linux-gnu", loader: "lib/ld-linux-aarch64.so.1" },
} as const;
/** The parts of the C library that executables are linked against. */
const LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
/** Numbers, so that Kubernetes can see that it is not root. */
const USER = "edge:x:65534:65534:edge:/app:/sbin/nologin\n";
const GROUP = "edge:x:65534:\n";

export interface RootfsOptions {
  readonly image: ImageName;
  /** A folder that is empty, or not there. */
  readonly outdir: string;
  readonly executable: string;
  readonly arch: "amd64" | "arm64";
  /** Root of a system with the C library. */
  readonly libraries: string;
}

/** `edge-otlp` and `otlp` are the same; throws for what no image is made of. */
export function imageOf(distribution: string): ImageName {
  const bare = distribution.replace(/^edge-/, "");
  const image = IMAGES.find((name) => name === bare);
  if (image !== undefined) return image;
  const all = IMAGES.join(", ");
  throw new Error(`"${distribution}" is no distribution of images; there are ${all}.`);
}

/** The entry point of an image. */
export function programOf(image: ImageName): string {
  return image === "edge" ? "edge" : `edge-${image}`;
}

/** Writes the tree. */
export function assembleRootfs(options: RootfsOptions): void {
  const { image, outdir, executable, arch, libraries } = options;
  const put = (path: string): string => {
    const target = join(outdir, path);
    mkdirSync(dirname(target), { recursive: true });
    return target;
  };
  linkOrCopy(executable, put("/edge"));
  chmodSync(put("/edge"), 0o755);
  const { folder, loader } = PLACES[arch];
  const parts = LIBRARIES.map((name) => [name, join(folder, name)] as const);
  for (const [name, path] of [[basename(loader), loader] as const, ...parts]) {
    const source = join(libraries, "usr", folder, name);
    if (!existsSync(source)) throw new Error(`${source} is missing: the C library for ${arch}.`);
    copyFileSync(source, put(path));
  }
  if (!existsSync(AUTHORITIES)) {
    throw new Error(`${AUTHORITIES} is missing; install ca-certificates.`);
  }
  copyFileSync(AUTHORITIES, put(AUTHORITIES));
  writeFileSync(put("/etc/passwd"), USER);
  writeFileSync(put("/etc/group"), GROUP);
  writeFileSync(put("/app/config.json"), readFileSync(join(ROOT, `deploy/image/${image}.json`)));
  mkdirSync(join(outdir, "tmp"));
  chmodSync(join(outdir, "tmp"), 0o1777);
}

/** Another name for the same file where that can be: executables are large. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const options = new Map(
    argv
      .filter((word) => word.startsWith("--"))
      .map((word) => word.split(/=(.*)/s, 2) as [string, string]),
  );
  const [distribution, outdir, ...rest] = argv.filter((word) => !word.startsWith("--"));
  const unknown = [...options.keys()].find((name) => !/^--(?:arch|libraries)$/.test(name));
  if (distribution === undefined || outdir === undefined || rest.length > 0 || unknown) {
    throw new Error("usage: rootfs.ts DISTRIBUTION OUT [--arch=amd64|arm64] [--libraries=ROOT]");
  }
  const arch = archOf(options.get("--arch") ?? process.arch);
  const image = imageOf(distribution);
  mkdirSync(resolve(outdir, ".."), { recursive: true });
  const folder = mkdtempSync(join(resolve(outdir, ".."), "building-"));
  try {
    const target = `linux-${arch}`;
    const { path } = await buildExecutable({ name: programOf(image), outdir: folder, target });
    const libraries = options.get("--libraries") ?? "/";
    assembleRootfs({ image, outdir: resolve(outdir), executable: path, arch, libraries });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function archOf(word: string): "amd64" | "arm64" {
  if (word === "amd64" || word === "x64") return "amd64";
  if (word === "arm64") return "arm64";
  throw new Error(`"${word}" is no architecture of images; there are amd64 and arm64.`);
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`rootfs: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
