// How many cores this process uses by default: the CPU quota of its container, or of the group
// around that, rounded up; without a quota, the machine's cores up to a small number.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ListenTarget } from "../../config/index.ts";

/** Without a quota the machine is shared: more workers than this must be asked for. */
const UNLIMITED_WORKERS_MAX = 4;

export interface CoresDeps {
  readonly platform: string;
  /** Cores that the scheduler may use (affinity). */
  readonly parallelism: () => number;
  /** Text of a file; throws when there is none. */
  readonly readText: (path: string) => string;
}

const REAL: CoresDeps = {
  platform: process.platform,
  parallelism: availableParallelism,
  readText: (path) => readFileSync(path, "utf8"),
};

/** At least 1. 1 where ports cannot be shared, which is everywhere but on Linux. */
export function availableCores(deps: CoresDeps = REAL): number {
  if (deps.platform !== "linux") return 1;
  const quota = quotaCores(deps);
  const most = Number.isFinite(quota) ? Math.ceil(quota) : UNLIMITED_WORKERS_MAX;
  return Math.max(1, Math.min(deps.parallelism(), most));
}

/** The smallest quota that holds for this process, in cores; infinite when there is none. */
function quotaCores({ readText }: CoresDeps): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const { isV2, path } of controlGroups(readText)) {
    // In a container the path may be the host's, which is not there: then the root is the group.
    for (const folder of foldersUpFrom(path)) {
      const quota = isV2
        ? readV2(readText, `/sys/fs/cgroup${folder}`)
        : readV1(readText, `/sys/fs/cgroup/cpu${folder}`);
      smallest = Math.min(smallest, quota);
    }
  }
  return smallest;
}

interface ControlGroup {
  readonly isV2: boolean;
  readonly path: string;
}

function controlGroups(readText: CoresDeps["readText"]): ControlGroup[] {
  // Lines as `0::/kubepods/pod1` (v2) or `4:cpu,cpuacct:/docker/1` (v1), cgroups(7).
  const lines = textOr(readText, "/proc/self/cgroup", "").split("\n");
  return lines.flatMap((line): ControlGroup[] => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    if (controllers === "") return [{ isV2: true, path }];
    return controllers.split(",").includes("cpu") ? [{ isV2: false, path }] : [];
  });
}

/** `/a/b` is in `/a`, which is in the root: quotas of all of them hold. */
function foldersUpFrom(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  return Array.from({ length: names.length + 1 }, (_, i) =>
    names
      .slice(0, names.length - i)
      .map((name) => `/${name}`)
      .join(""),
  );
}

/** `cpu.max` holds `max 100000` or `150000 100000`: microseconds, and the period. */
function readV2(readText: CoresDeps["readText"], folder: string): number {
  const [quota, period] = textOr(readText, `${folder}/cpu.max`, "max").trim().split(" ");
  return quotient(quota, period);
}

function readV1(readText: CoresDeps["readText"], folder: string): number {
  const quota = textOr(readText, `${folder}/cpu.cfs_quota_us`, "-1").trim();
  return quotient(quota, textOr(readText, `${folder}/cpu.cfs_period_us`, "").trim());
}

function quotient(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}

function textOr(readText: CoresDeps["readText"], path: string, fallback: string): string {
  try {
    return readText(path);
  } catch {
    return fallback;
  }
}

export interface WorkersDecision {
  readonly workers: number;
  /** Why it is not what was asked for; undefined: it is. */
  readonly why: string | undefined;
}

/** How many workers there can be of those that were asked for; when nobody asked, one a core. */
export function workersFor(
  asked: number | undefined,
  target: ListenTarget,
  deps: CoresDeps = REAL,
): WorkersDecision {
  const obstacle = obstacleTo(target, deps.platform);
  if (obstacle === undefined) return { workers: asked ?? availableCores(deps), why: undefined };
  // Nobody is disappointed who has not asked for more.
  return { workers: 1, why: (asked ?? 1) > 1 ? obstacle : undefined };
}

function obstacleTo(target: ListenTarget, platform: string): string | undefined {
  if (target.kind === "unix") return "a unix socket cannot be shared";
  return platform === "linux" ? undefined : "only Linux lets threads share a port";
}
