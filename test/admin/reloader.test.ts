// What a reload looks at, and what those get who ask for one while it runs.

import { expect, test } from "bun:test";
import { type ReloadOutcome, Reloader } from "../../src/admin/reloader.ts";

/** Policies whose version grows by one with each look, which ends when the test says so. */
function lookingPolicies() {
  const ends: (() => void)[] = [];
  let version = 1;
  return {
    ends,
    reload: () =>
      new Promise<void>((resolve) => {
        ends.push(() => {
          version += 1;
          resolve();
        });
      }),
    status: () => ({
      version,
      ready: true,
      counts: { log: 0, metric: 0, trace: 0 },
      policies: 0,
      modes: { shadow: 0, rollout: 0 },
      invalid: 0,
      missing: [],
      providers: [],
    }),
  };
}

const versions = ({ versionBefore, status }: ReloadOutcome): number[] => [
  versionBefore,
  status.version,
];

test("tells the versions before and after", async () => {
  const policies = lookingPolicies();
  const outcome = new Reloader(policies).reload();
  policies.ends[0]!();
  expect(versions(await outcome)).toEqual([1, 2]);
  expect((await outcome).tls).toBeUndefined();
});

test("those who ask while it runs wait for one more, together", async () => {
  const policies = lookingPolicies();
  const reloader = new Reloader(policies);
  const first = reloader.reload();
  const others = [reloader.reload(), reloader.reload(), reloader.reload()];
  expect(policies.ends.length).toBe(1);
  policies.ends[0]!();
  expect(versions(await first)).toEqual([1, 2]);
  await Promise.resolve();
  expect(policies.ends.length).toBe(2);
  policies.ends[1]!();
  expect((await Promise.all(others)).map(versions)).toEqual([
    [2, 3],
    [2, 3],
    [2, 3],
  ]);
  expect(policies.ends.length).toBe(2);
});

test("certificates are looked at at the same time as policies", async () => {
  const policies = lookingPolicies();
  const reloader = new Reloader(policies);
  let looks = 0;
  reloader.tlsFiles = {
    reload: () => {
      looks += 1;
      return Promise.resolve({ changed: true });
    },
  };
  const outcome = reloader.reload();
  expect([looks, policies.ends.length]).toEqual([1, 1]);
  policies.ends[0]!();
  expect((await outcome).tls).toEqual({ changed: true });
});
