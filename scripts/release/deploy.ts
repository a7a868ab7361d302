// Checks of what else stands in deploy and in the workflows, each by the program that reads it.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formula } from "../homebrew.ts";
import { type Check, type CheckContext, output, SkipError, tool } from "./tools.ts";

/** Of ten, as systemd-analyze counts; lower is more closed. */
const EXPOSURE_MAX = 2;

export const DEPLOY_CHECKS: readonly Check[] = [
  { name: "workflows: actionlint", run: workflows },
  { name: "alert rules and their tests: promtool", run: alerts },
  { name: "systemd unit: systemd-analyze", run: unit },
  { name: "Homebrew formula: ruby -c", run: homebrew },
  { name: "docker-compose file: docker compose config", run: compose },
  { name: "Dockerfile: docker build, or buildah", run: image },
];

function workflows({ root }: CheckContext): undefined {
  output([tool("actionlint")], { cwd: root });
}

function alerts({ root }: CheckContext): undefined {
  const promtool = tool("promtool");
  const cwd = join(root, "deploy/prometheus");
  output([promtool, "check", "rules", "alerts.yaml"], { cwd });
  output([promtool, "test", "rules", "alerts.test.yaml"], { cwd });
}

function unit({ root, folder }: CheckContext): string {
  const analyze = tool("systemd-analyze");
  const path = join(folder, "edge.service");
  const text = readFileSync(join(root, "deploy/systemd/edge.service"), "utf8");
  // The program need not be installed on the machine that looks at its unit.
  writeFileSync(path, text.replaceAll("/usr/bin/edge", "/bin/true"));
  output([analyze, "verify", "--man=no", path]);
  const threshold = `--threshold=${EXPOSURE_MAX * 10}`;
  const said = output([analyze, "security", "--offline=yes", "--no-pager", threshold, path]);
  return /exposure level for \S+: ([\d.]+)/.exec(said)?.[1] ?? "";
}

function homebrew({ folder }: CheckContext): undefined {
  const ruby = tool("ruby");
  const path = join(folder, "edge.rb");
  const files = ["edge-darwin-arm64", "edge-linux-arm64", "edge-linux-amd64-baseline"];
  const sums = files.map((file) => `${"0".repeat(64)}  ${file}\n`).join("");
  writeFileSync(path, formula(sums, "1.2.3", "https://downloads.example.com"));
  output([ruby, "-c", path]);
}

function compose({ root }: CheckContext): undefined {
  const docker = tool("docker");
  const hasPlugin = Bun.spawnSync([docker, "compose", "version"], { stderr: "ignore" }).success;
  if (!hasPlugin) throw new SkipError("docker has no compose here");
  output([docker, "compose", "-f", "deploy/compose/docker-compose.yaml", "config"], { cwd: root });
}

/** By Docker's engine, else by Buildah, which needs none. */
function image({ root }: CheckContext): string {
  const build = imageBuilder();
  for (const distribution of ["edge", "datadog", "edge-otlp", "prometheus", "edge-tail"]) {
    const options = ["--build-arg", `DISTRIBUTION=${distribution}`];
    output([...build, ...options, "--tag", `edge-check-${distribution}`, "."], { cwd: root });
  }
  return `five distributions, by ${build[0]?.split("/").at(-1)}`;
}

function imageBuilder(): readonly string[] {
  const succeeds = (command: readonly string[]): boolean =>
    Bun.spawnSync([...command], { stdout: "ignore", stderr: "ignore" }).success;
  const docker = Bun.which("docker");
  if (docker !== null && succeeds([docker, "info"])) return [docker, "build"];
  const buildah = Bun.which("buildah");
  const instead = "test/e2e/image runs the file trees instead";
  if (buildah === null) throw new SkipError(`no container engine answers, no buildah; ${instead}`);
  const bases = ["debian:bookworm-slim", "node:22-bookworm-slim"];
  const isThere = (base: string): boolean =>
    succeeds([buildah, "pull", "--policy", "missing", `docker.io/library/${base}`]);
  if (!bases.every(isThere)) {
    throw new SkipError(`buildah gets no base images (${bases.join(", ")}); ${instead}`);
  }
  return [buildah, "build", "--isolation", "chroot", "--pull-never", "--layers"];
}
