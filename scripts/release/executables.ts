// Checks of the executables of a release: sums, the same bytes twice, packages, and a program for
// ARM that serves a request under an emulator.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildExecutable } from "../build.ts";
import { writeSums } from "../release-files.ts";
import { type Check, type CheckContext, output, SkipError, tool } from "./tools.ts";

const ARM_LIBRARIES = "/usr/aarch64-linux-gnu";
const START_MS_MAX = 120_000;

export const EXECUTABLE_CHECKS: readonly Check[] = [
  { name: "linux-amd64: builds, and twice to the same bytes", run: twice },
  { name: "sums: sha256sum --check", run: sums },
  { name: "packages: nfpm", run: packages },
  { name: "linux-arm64: serves a request under qemu", run: emulated },
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

async function emulated(context: CheckContext): Promise<string> {
  const emulator = Bun.which("qemu-aarch64-static") ?? tool("qemu-aarch64");
  if (!(await Bun.file(join(ARM_LIBRARIES, "lib/libc.so.6")).exists())) {
    throw new SkipError(`no C library for ARM in ${ARM_LIBRARIES}; Debian: libc6-arm64-cross`);
  }
  const target = "linux-arm64";
  const { path } = await buildExecutable({ name: "edge", outdir: dist(context), target });
  const config = join(context.folder, "arm.json");
  const keys = { listen_port: 0, worker_count: 1, log_format: "json", upstream_url: "stdout:" };
  writeFileSync(config, JSON.stringify(keys));
  const child = Bun.spawn([emulator, "-L", ARM_LIBRARIES, path, config], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MS_MAX);
  const printed = new Response(child.stdout).text();
  try {
    const url = await addressIn(child.stderr);
    const body =
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"arm"}}]}]}]}';
    const headers = { "content-type": "application/json" };
    const { status } = await fetch(`${url}/v1/logs`, { method: "POST", headers, body });
    child.kill("SIGTERM");
    const text = await printed;
    if (status !== 200 || !text.includes('{"body":{"stringValue":"arm"}}')) {
      throw new Error(`status ${status}, and it printed:\n${text}`);
    }
    return "one record through";
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
    await child.exited;
  }
}

async function addressIn(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stderr) {
    text += decoder.decode(chunk, { stream: true });
    const url = /"server\.ready".*"url":"([^"]+)"/.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`it ended before it was ready:\n${text}`);
}

async function darwin(context: CheckContext): Promise<string> {
  const target = "darwin-arm64";
  const { bytes } = await buildExecutable({ name: "edge", outdir: dist(context), target });
  return `${(bytes / 1_000_000).toFixed(1)} MB; not run here`;
}
