// Following files: limits, ages, unfinished lines and what cannot be read.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { followedFilesMax } from "../../src/tail/follow/descriptor-limit.ts";
import { type RigOptions, TailRig, makeFolder, removeFolder } from "./tail-rig.ts";

let folder = "";
const rigs: TailRig[] = [];
beforeEach(() => {
  folder = makeFolder();
});
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
  removeFolder(folder);
});

async function follow(options: RigOptions = {}): Promise<TailRig> {
  const rig = new TailRig(folder, options);
  rigs.push(rig);
  await rig.start();
  return rig;
}

const write = (name: string, text: string): void => appendFileSync(join(folder, name), text);

describe("lines that are too long", () => {
  const long = "x".repeat(250);
  const CASES = [
    ["truncate", `a\n${long.slice(0, 100)}\nb\n`, 150 + 1, 0],
    ["drop", "a\nb\n", 251, 1],
    ["pass", `a\n${long}\nb\n`, 0, 0],
    ["split", `a\n${long.slice(0, 100)}\n${long.slice(0, 100)}\n${long.slice(0, 50)}\nb\n`, 0, 0],
  ] as const;
  test.each(CASES)("%s", async (longLines, expected, droppedBytes, droppedLines) => {
    write("a.log", `a\n${long}\nb\n`);
    const rig = await follow({ longLines, lineBytesMax: 100 });
    await rig.untilText(expected);
    await rig.settle();
    expect(rig.output.text).toBe(expected);
    const counts = [...rig.tracker.paths.values()][0]?.counts;
    expect(counts).toMatchObject({
      readBytes: 255,
      judgedBytes: 255,
      forwardedBytes: 255 - droppedBytes,
      droppedBytes,
      droppedLines,
    });
  });
});

test("a line that stays unfinished leaves after its time, and its rest is a line", async () => {
  write("a.log", "begun");
  const rig = await follow({ partialLineTimeoutMs: 5000 });
  await rig.settle();
  expect(rig.output.text).toBe("");
  rig.moveOn(5001);
  await rig.untilText("begun\n");
  write("a.log", " and ended\n");
  await rig.untilText("begun\n and ended\n");
  expect(rig.output.text).toBe("begun\n and ended\n");
});

test("what was destroyed before it was read is counted and told", async () => {
  write("a.log", "0123456789\n".repeat(20));
  const rig = new TailRig(folder);
  rigs.push(rig);
  const gate = Promise.withResolvers<void>();
  rig.output.gate = gate.promise;
  await rig.start();
  await rig.until(() => rig.output.text !== "");
  writeFileSync(join(folder, "a.log"), "new\n");
  rig.output.gate = undefined;
  gate.resolve();
  await rig.until(() => rig.output.text.endsWith("new\n"));
  const counts = [...rig.tracker.paths.values()][0]?.counts;
  expect(counts).toMatchObject({ readBytes: 64 + 4, unreadBytes: 220 - 64, forwardedBytes: 68 });
  expect(rig.output.text).toBe(`${"0123456789\n".repeat(5)}012345678\nnew\n`);
  expect(rig.events).toContain(`bytes_unread a.log ${220 - 64}`);
});

test("a file that is too old is not read until it changes", async () => {
  write("old.log", "1\n");
  write("new.log", "2\n");
  utimesSync(join(folder, "old.log"), 1_000_000, 1_000_000);
  const rig = await follow({ ignoreOlderMs: 60_000 });
  await rig.untilText("2\n");
  await rig.settle();
  expect(rig.output.text).toBe("2\n");
  write("old.log", "3\n");
  await rig.untilText("2\n1\n3\n");
  expect(rig.output.text).toBe("2\n1\n3\n");
});

test("at the start the oldest file is read first", async () => {
  for (const [name, age] of [
    ["c", 30],
    ["a", 20],
    ["b", 10],
  ] as const) {
    write(`${name}.log`, `${name}\n`);
    utimesSync(join(folder, `${name}.log`), Date.now() / 1000 - age, Date.now() / 1000 - age);
  }
  const rig = await follow();
  await rig.untilText("c\na\nb\n");
  expect(rig.output.text).toBe("c\na\nb\n");
});

test("at the end of all files it ends, when it is asked to, with what was begun", async () => {
  write("a.log", "1\n2");
  write("b.log", "3\n");
  const rig = await follow({ exitOnEof: true });
  await rig.ended();
  expect(rig.output.text.split("\n").sort()).toEqual(["", "1", "2", "3"]);
});

test("what cannot be read is told once, and does not hinder the others", async () => {
  mkdirSync(join(folder, "folder"));
  write("a.log", "1\n");
  const rig = await follow({ inputs: ["folder", "a.log"] });
  await rig.untilText("1\n");
  await rig.settle();
  expect(rig.events.filter((event) => event.startsWith("file_troubled"))).toEqual([
    "file_troubled folder a folder, not a file",
  ]);
});

test("a filter that throws lets its lines pass", async () => {
  write("a.log", "1\n2\n");
  const filter = {
    judge: () => {
      throw new Error("a fault");
    },
    finish: () => undefined,
    carry: () => false,
  };
  const rig = await follow({ filter });
  await rig.untilText("1\n2\n");
  expect(rig.output.text).toBe("1\n2\n");
  expect(rig.events).toContain(`judge_failed ${join(folder, "a.log")} Error: a fault`);
});

describe("what is no text in bytes", () => {
  const gzip = Bun.gzipSync("a line\n");
  const skipped = (rig: TailRig): readonly string[] =>
    rig.events.filter((event) => event.startsWith("file_skipped"));

  test.each([
    ["gzip", [...gzip]],
    ["zstd", [...Bun.zstdCompressSync("a line\n")]],
    ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x0a]],
    ["bzip2", [...Buffer.from("BZh91AY&SY\n")]],
    ["lz4", [0x04, 0x22, 0x4d, 0x18, 0x0a]],
    ["zip", [0x50, 0x4b, 0x03, 0x04, 0x0a]],
  ])("%s is not read, and told once", async (name, bytes) => {
    writeFileSync(join(folder, "a.log"), Uint8Array.from(bytes));
    const rig = await follow();
    await rig.settle();
    expect(rig.output.text).toBe("");
    expect(skipped(rig)).toEqual([`file_skipped a.log compressed with ${name}, which is not read`]);
  });

  test.each([
    ["the name of a coding", "BZh ello\n"],
    ["half of a mark", "\u001f\n"],
    ["the mark further on", "x\u001f\u008b\b\n"],
  ])("%s is text", async (_, text) => {
    writeFileSync(join(folder, "a.log"), Buffer.from(text, "latin1"));
    const rig = await follow();
    await rig.until(() => rig.output.text.length > 0);
    expect(skipped(rig)).toEqual([]);
  });

  test("a compressed file that was empty when it was found is not read either", async () => {
    write("a.log", "");
    const rig = await follow();
    await rig.settle();
    writeFileSync(join(folder, "a.log"), gzip);
    await rig.until(() => skipped(rig).length === 1);
    appendFileSync(join(folder, "a.log"), gzip);
    await rig.settle();
    expect(rig.output.text).toBe("");
    expect(skipped(rig)).toHaveLength(1);
  });

  test("text that takes its place is read", async () => {
    writeFileSync(join(folder, "a.log"), gzip);
    const rig = await follow();
    await rig.until(() => skipped(rig).length === 1);
    writeFileSync(join(folder, "a.log"), "text\n");
    await rig.untilText("text\n");
    expect(rig.output.text).toBe("text\n");
    expect(rig.events).toContain("file_recovered a.log");
  });

  test("UTF-16 leaves as the bytes that it is, and is told", async () => {
    const bytes = Buffer.from("\uFEFFone\ntwo\n", "utf16le");
    writeFileSync(join(folder, "a.log"), bytes);
    const rig = await follow({ exitOnEof: true });
    await rig.ended();
    expect(rig.events.filter((event) => event.startsWith("file_wide"))).toEqual([
      "file_wide a.log",
    ]);
    expect(rig.output.text.length).toBeGreaterThan(0);
  });
});

test("pipes are not opened, and nobody waits for who writes to them", async () => {
  expect(Bun.spawnSync(["mkfifo", join(folder, "a.log")]).success).toBe(true);
  write("b.log", "1\n");
  const rig = await follow();
  await rig.untilText("1\n");
  await rig.settle();
  expect(rig.output.text).toBe("1\n");
});

test("a file of the future is not old", async () => {
  write("a.log", "1\n");
  utimesSync(join(folder, "a.log"), 4_000_000_000, 4_000_000_000);
  const rig = await follow({ ignoreOlderMs: 1 });
  await rig.untilText("1\n");
  expect(rig.output.text).toBe("1\n");
});

describe("followed files leave descriptors to others", () => {
  const limits = (files: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units
Max processes             127                  127                  processes
Max open files            ${files}             1048576              files
Max locked memory         8388608              8388608              bytes
`;

  test.each([
    ["64", 24],
    ["1024", 896],
    ["1048576", 917_504],
    ["20", 1],
    ["unlimited", undefined],
  ])("of a limit of %s", (files, expected) => {
    expect(followedFilesMax(limits(files))).toBe(expected);
  });

  test("where no limit is told there is none", () => {
    expect(followedFilesMax("")).toBeUndefined();
  });
});
