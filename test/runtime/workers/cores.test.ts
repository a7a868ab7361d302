// How many cores a process may use, from affinity and the files of control groups.

import { describe, expect, test } from "bun:test";
import { availableCores, type CoresDeps, workersFor } from "../../../src/runtime/workers/cores.ts";

const V2 = "0::/kubepods/pod1/c1\n";
const V1 = "12:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n0::/docker/1\n";

function cores(
  parallelism: number,
  files: Readonly<Record<string, string>>,
  platform = "linux",
): number {
  const readText = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error(`no ${path}`);
    return text;
  };
  return availableCores({ platform, parallelism: () => parallelism, readText });
}

describe("availableCores", () => {
  test("are those of the affinity without control groups", () => {
    expect([cores(1, {}), cores(3, {})]).toEqual([1, 3]);
  });

  test.each([
    ["max 100000\n", 4],
    ["100000 100000\n", 1],
    ["150000 100000\n", 2],
    ["200000 100000\n", 2],
    ["201000 100000\n", 3],
    ["50000 100000\n", 1],
    ["1000 100000\n", 1],
    ["400000 50000\n", 8],
    ["1600000 100000\n", 8],
    ["\n", 4],
    ["garbage 5\n", 4],
    ["0 100000\n", 4],
  ])("of 8 with cpu.max %j are %d", (max, wanted) => {
    const files = { "/proc/self/cgroup": V2, "/sys/fs/cgroup/kubepods/pod1/c1/cpu.max": max };
    expect(cores(8, files)).toBe(wanted);
  });

  test("are no more than any group around this one may use", () => {
    const files = {
      "/proc/self/cgroup": V2,
      "/sys/fs/cgroup/kubepods/pod1/c1/cpu.max": "400000 100000",
      "/sys/fs/cgroup/kubepods/pod1/cpu.max": "250000 100000",
      "/sys/fs/cgroup/kubepods/cpu.max": "max 100000",
    };
    expect(cores(8, files)).toBe(3);
  });

  test("are read at the root when the group's path is the host's", () => {
    const files = { "/proc/self/cgroup": V2, "/sys/fs/cgroup/cpu.max": "200000 100000" };
    expect(cores(8, files)).toBe(2);
  });

  test("are read from the files of the first version as well", () => {
    const folder = "/sys/fs/cgroup/cpu/docker/1";
    const files = (quota: string): Record<string, string> => ({
      "/proc/self/cgroup": V1,
      [`${folder}/cpu.cfs_quota_us`]: `${quota}\n`,
      [`${folder}/cpu.cfs_period_us`]: "100000\n",
    });
    expect([cores(8, files("300000")), cores(8, files("-1"))]).toEqual([3, 4]);
  });

  test("are at most four without a quota, and what the quota says with one", () => {
    expect([cores(3, {}), cores(4, {}), cores(128, {})]).toEqual([3, 4, 4]);
    const quota = { "/proc/self/cgroup": V2, "/sys/fs/cgroup/cpu.max": "3200000 100000" };
    expect([cores(128, quota), cores(24, quota)]).toEqual([32, 24]);
  });

  test("are one where ports cannot be shared", () => {
    expect([cores(8, {}, "darwin"), cores(8, {}, "win32")]).toEqual([1, 1]);
  });

  test("of this machine are at least one", () => {
    expect(availableCores()).toBeGreaterThanOrEqual(1);
  });
});

describe("workersFor", () => {
  const tcp = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const unix = { kind: "unix", path: "/run/edge.sock" } as const;

  const machine = (platform: string): CoresDeps => ({
    platform,
    parallelism: () => 3,
    readText: () => {
      throw new Error("no such file");
    },
  });
  const [linux, darwin] = [machine("linux"), machine("darwin")];

  test("are as many as were asked for on a TCP port on Linux", () => {
    expect(workersFor(4, tcp, linux)).toEqual({ workers: 4, why: undefined });
    expect(workersFor(1, tcp, linux)).toEqual({ workers: 1, why: undefined });
  });

  test("are one a core when nobody asked", () => {
    expect(workersFor(undefined, tcp, linux)).toEqual({ workers: 3, why: undefined });
  });

  test("are one without a word when nobody asked and there cannot be more", () => {
    expect(workersFor(undefined, tcp, darwin)).toEqual({ workers: 1, why: undefined });
    expect(workersFor(undefined, unix, linux)).toEqual({ workers: 1, why: undefined });
  });

  test("are one where there cannot be more, with the reason", () => {
    expect(workersFor(4, unix, linux)).toEqual({
      workers: 1,
      why: "a unix socket cannot be shared",
    });
    expect(workersFor(4, tcp, darwin)).toEqual({
      workers: 1,
      why: "only Linux lets threads share a port",
    });
  });

  test("are one without a word when one was asked for", () => {
    expect(workersFor(1, unix, darwin)).toEqual({ workers: 1, why: undefined });
  });
});
