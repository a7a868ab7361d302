// Which paths the system tells of, and which are to be polled.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { TrackedPath } from "../../src/tail/follow/tracked-path.ts";
import { Watching } from "../../src/tail/watch/watching.ts";
import { makeFolder, removeFolder } from "./tail-rig.ts";

let folder = "";
let watching: Watching;
const unwatched: string[] = [];
beforeEach(() => {
  folder = makeFolder();
  unwatched.length = 0;
  watching = new Watching({
    engine: "events",
    onUnwatched: (path, reason) => unwatched.push(`${path} ${reason}`),
  });
});
afterEach(() => {
  watching.close();
  removeFolder(folder);
});

function watch(...paths: readonly TrackedPath[]): ReadonlyMap<string, TrackedPath> {
  const byPath = new Map(paths.map((tracked) => [tracked.path, tracked]));
  watching.watch(byPath, [], paths.length);
  // The beginning of a watch is told as a change of all.
  void [...watching.takeChanged(byPath)];
  void watching.takeHint();
  return byPath;
}

async function changed(paths: ReadonlyMap<string, TrackedPath>): Promise<string[]> {
  while (!watching.hasNews) await Bun.sleep(1);
  return [...watching.takeChanged(paths)].map(({ path }) => path.slice(folder.length + 1));
}

test("a change of a file is told, and of no other one", async () => {
  const paths = watch(new TrackedPath(`${folder}/a`, true), new TrackedPath(`${folder}/b`, true));
  appendFileSync(join(folder, "b"), "1\n");
  expect(await changed(paths)).toEqual(["b"]);
});

test("a new name is a hint", async () => {
  const paths = watch(new TrackedPath(`${folder}/a`, true));
  appendFileSync(join(folder, "new"), "1\n");
  while (!watching.hasNews) await Bun.sleep(1);
  expect([...watching.takeChanged(paths)].map(({ path }) => path)).toEqual([]);
  expect([watching.takeHint(), watching.takeHint()]).toEqual([true, false]);
});

test("a change of the file behind a link is told", async () => {
  mkdirSync(join(folder, "real"));
  appendFileSync(join(folder, "real/a"), "");
  mkdirSync(join(folder, "links"));
  symlinkSync("../real/a", join(folder, "links/a"));
  const tracked = new TrackedPath(`${folder}/links/a`, true);
  tracked.realPath = `${folder}/real/a`;
  tracked.realFolder = `${folder}/real`;
  const paths = watch(tracked);
  appendFileSync(join(folder, "real/a"), "1\n");
  expect(await changed(paths)).toEqual(["links/a"]);
});

describe("a path is polled", () => {
  test("when its folder is not there", () => {
    const tracked = new TrackedPath(`${folder}/none/a`, true);
    watch(tracked);
    expect(watching.covers(tracked)).toBe(false);
  });

  test("after five changes in its folder that nothing told of, until something is told", async () => {
    const tracked = new TrackedPath(`${folder}/a`, true);
    const paths = watch(tracked);
    const covered: boolean[] = [];
    for (let i = 0; i < 6; i++) {
      covered.push(watching.covers(tracked));
      watching.missed(tracked);
    }
    expect(covered).toEqual([true, true, true, true, true, false]);
    appendFileSync(join(folder, "a"), "1\n");
    await changed(paths);
    expect(watching.covers(tracked)).toBe(true);
  });

  test("with the engine that does so", () => {
    const polling = new Watching({ engine: "poll", onUnwatched: () => undefined });
    const tracked = new TrackedPath(`${folder}/a`, true);
    polling.watch(new Map([[tracked.path, tracked]]), [], 1);
    expect([polling.isWatching, polling.covers(tracked)]).toEqual([false, false]);
  });
});

test("a folder that another one has taken the place of is watched anew", async () => {
  mkdirSync(join(folder, "d"));
  const tracked = new TrackedPath(`${folder}/d/a`, true);
  const paths = watch(tracked);
  rmSync(join(folder, "d"), { recursive: true });
  mkdirSync(join(folder, "d"));
  watch(tracked);
  appendFileSync(join(folder, "d/a"), "1\n");
  // What happened to the folder itself is told as well.
  let told: string[] = [];
  while (!told.includes("d/a")) told = await changed(paths);
  expect(told).toEqual(["d/a"]);
});
