// Checks of the executables of a release: sums, the same bytes twice, packages, and whether those
// for other machines are built and run.

import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildExecutable } from "../build.ts";
import { writeSums } from "../release-files.ts";
import { emulated } from "./emulated.ts";
import { type Check, type CheckContext, output, tool } from "./tools.ts";

export const EXECUTABLE_CHECKS: readonly Check[] = [
  { name: "linux-amd64: builds, and twice to the same bytes", run: twice },
  { name: "sums: sha256sum --check", run: sums },
  { name: "packages: nfpm", run: packages },
  { name: "linux-arm64: each serves a request under qemu", run: emulated },
  { name: "darwin-arm64: builds", run: darwin },
];

const dist = ({ folder }: CheckContext): string => join(folder, "dist");

async function twice(context: CheckContext): Promise<string> {
  const target = "linux-amd64";
  const first = await buildExecutable({ name: "edge", outdir: dist(context), target });
  const outdir = join(context.folder, "again");
  const second = await buildExecutable({ name: "edge", outdir, target });
  if (!readFileSync(first.path).equals(readFileSync(second.path))) {
    throw new Error("two builds differ");
  }
  return `${(first.bytes / 1_000_000).toFixed(1)} MB`;
}

async function sums(context: CheckContext): Promise<undefined> {
  const checker = tool("sha256sum");
  await writeSums([join(dist(context), "edge-linux-amd64")], dist(context));
  output([checker, "--check", "--strict", "SHA256SUMS"], { cwd: dist(context) });
}

function packages(context: CheckContext): string {
  const nfpm = tool("nfpm");
  const { root, folder } = context;
  // Paths of the description begin where it is run.
  const place = join(folder, "package");
  for (const name of ["deploy/systemd", "deploy/packages", "dist"]) {
    mkdirSync(join(place, name), { recursive: true });
  }
  for (const file of ["LICENSE", "deploy/systemd/edge.service", "deploy/systemd/config.json"]) {
    copyFileSync(join(root, file), join(place, file));
  }
  copyFileSync(join(dist(context), "edge-linux-amd64"), join(place, "dist/edge-linux-amd64"));
  const config = join(root, "deploy/packages/nfpm.yaml");
  const env = { VERSION: "1.2.3", ARCH: "amd64" };
  for (const packager of ["deb", "rpm"]) {
    const command = [nfpm, "package", "--config", config, "--packager", packager];
    output([...command, "--target", join(place, `edge.${packager}`)], { cwd: place, env });
  }
  const listing = output([tool("dpkg-deb"), "--contents", join(place, "edge.deb")]);
  for (const path of [
    "/usr/bin/edge",
    "/lib/systemd/system/edge.service",
    "/etc/edge/config.json",
  ]) {
    if (!listing.includes(` .${path}\n`)) throw new Error(`the deb has no ${path}:\n${listing}`);
  }
  return "deb and rpm; the contents of the deb were looked at";
}

async function darwin(context: CheckContext): Promise<string> {
  const target = "darwin-arm64";
  const { bytes } = await buildExecutable({ name: "edge", outdir: dist(context), target });
  return `${(bytes / 1_000_000).toFixed(1)} MB; not run here`;
}
