// Going on after a restart: where the last run's output had accepted, and in the same file only.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { LineFilter } from "../../src/tail/ports.ts";
import { type RigOptions, TailRig, keepAll, makeFolder, removeFolder } from "./tail-rig.ts";

let folder = "";
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => removeFolder(folder));

const write = (name: string, text: string): void => appendFileSync(join(folder, name), text);

/** Follows until so much has left, stops, and answers what left. */
async function run(
  expected: string,
  options: RigOptions & { readonly accepts?: boolean } = {},
): Promise<string> {
  const stateFolder = join(folder, "state");
  const rig = new TailRig(folder, { stateFolder, readFrom: "checkpoint", ...options });
  rig.output.accepts = options.accepts ?? true;
  await rig.start();
  await rig.untilText(expected);
  await rig.settle();
  await rig.stop();
  return rig.output.text;
}

test("a clean stop and a start lose nothing and double nothing", async () => {
  write("a.log", "1\n2\nbeg");
  expect(await run("1\n2\n")).toBe("1\n2\n");
  write("a.log", "un\n4\n");
  expect(await run("begun\n4\n")).toBe("begun\n4\n");
  expect(await run("")).toBe("");
});

test("what the output has not accepted leaves again", async () => {
  write("a.log", "1\n");
  expect(await run("1\n")).toBe("1\n");
  write("a.log", "2\n");
  expect(await run("2\n", { accepts: false })).toBe("2\n");
  write("a.log", "3\n");
  expect(await run("2\n3\n")).toBe("2\n3\n");
});

test("what is accepted behind something that is not leaves again, too", async () => {
  write("a.log", "1\n");
  const rig = new TailRig(folder, { stateFolder: join(folder, "state"), readFrom: "checkpoint" });
  rig.output.accepts = false;
  await rig.start();
  await rig.untilText("1\n");
  write("a.log", "2\n");
  await rig.untilText("1\n2\n");
  const [file] = rig.tracker.paths.values().next().value?.files() ?? [];
  expect([file?.readOffset, file?.accepted.offset]).toEqual([4, 0]);
  rig.output.accepted(rig.output.waiting[0] ?? 0);
  expect([file?.readOffset, file?.accepted.offset]).toEqual([4, 2]);
  await rig.committer?.commit();
  expect(file?.committedOffset).toBe(2);
  expect(rig.output.syncs).toBe(1);
  await rig.stop();
  expect(await run("2\n")).toBe("2\n");
});

test("a renamed file goes on, and the one in its place begins", async () => {
  write("a.log", "1\n");
  const inputs = ["a.log*"];
  expect(await run("1\n", { inputs })).toBe("1\n");
  write("a.log", "2\n");
  renameSync(join(folder, "a.log"), join(folder, "a.log.1"));
  write("a.log", "3\n");
  const text = await run("2\n3\n", { inputs });
  expect(text.split("\n").sort()).toEqual(["", "2", "3"]);
});

describe("a file that became another one meanwhile is read from its beginning", () => {
  const first = "the same beginning\nand the rest\n";
  const CASES: readonly [string, string][] = [
    ["shorter", "new\n"],
    ["as long", first.toUpperCase()],
    ["longer", "something else that is longer than before\nand more\n"],
    ["longer with the same beginning", `the same beginning\nAND THE REST\nand more\n`],
    ["longer with the same first KiB", `${"x".repeat(2000)}\nY${"x".repeat(200)}\n`],
  ];
  test.each(CASES)("%s", async (name, text) => {
    const before = name.endsWith("KiB") ? `${"x".repeat(2000)}\nZ\n` : first;
    writeFileSync(join(folder, "a.log"), before);
    const options = { lineBytesMax: 5000 };
    expect(await run(before, options)).toBe(before);
    // The inode stays.
    truncateSync(join(folder, "a.log"));
    write("a.log", text);
    expect(await run(text, options)).toBe(text);
  });
});

test("the rest of a line that was too long is not taken for a line", async () => {
  const options = { lineBytesMax: 10 };
  write("a.log", "x".repeat(50));
  expect(await run("xxxxxxxxxx\n", options)).toBe("xxxxxxxxxx\n");
  write("a.log", `${"y".repeat(50)}\nnext\n`);
  expect(await run("next\n", options)).toBe("next\n");
});

test("lines that the filter holds are read again", async () => {
  const filter: LineFilter = {
    judge: (batch) => {
      const text = Buffer.from(batch.bytes).toString();
      const held = text.endsWith("part\n") ? "part\n".length : 0;
      const bytes = batch.bytes.subarray(0, batch.bytes.length - held);
      const judged = keepAll.judge({ ...batch, bytes, end: batch.end - held });
      return { ...judged, heldBytes: held };
    },
    finish: () => undefined,
    carry: () => false,
  };
  write("a.log", "1\npart\n");
  expect(await run("1\n", { filter })).toBe("1\n");
  expect(await run("part\n")).toBe("part\n");
});

test("in the mode head a checkpoint is written, and not read", async () => {
  write("a.log", "1\n");
  expect(await run("1\n", { readFrom: "head" })).toBe("1\n");
  expect(await run("1\n", { readFrom: "head" })).toBe("1\n");
  expect(await run("")).toBe("");
});

test("in the mode tail only what comes is read", async () => {
  write("a.log", "1\n");
  const rig = new TailRig(folder, { readFrom: "tail" });
  await rig.start();
  write("a.log", "2\n");
  await rig.untilText("2\n");
  expect(rig.output.text).toBe("2\n");
  await rig.stop();
});

test("a state folder that is removed while it runs comes back", async () => {
  const rig = new TailRig(folder, { stateFolder: join(folder, "state"), readFrom: "checkpoint" });
  await rig.start();
  write("a.log", "1\n");
  await rig.untilText("1\n");
  await rig.committer?.commit();
  rmSync(join(folder, "state"), { recursive: true });
  write("a.log", "2\n");
  await rig.untilText("1\n2\n");
  await rig.stop();
  expect(await run("")).toBe("");
});

describe("a file that was renamed while nobody followed it", () => {
  const rename = (from: string, to: string): void =>
    renameSync(join(folder, from), join(folder, to));
  const only = { inputs: ["a.log"] };

  test("is read to its end before the one in its place", async () => {
    write("a.log", "1\nbeg");
    expect(await run("1\n", only)).toBe("1\n");
    write("a.log", "un\n2\n");
    rename("a.log", "a.log.1");
    write("a.log", "3\n");
    expect(await run("begun\n2\n3\n", only)).toBe("begun\n2\n3\n");
    expect(await run("", only)).toBe("");
  });

  test("also when there is none in its place", async () => {
    write("a.log", "1\n");
    await run("1\n", only);
    write("a.log", "2\n");
    rename("a.log", "a.log-20260102");
    expect(await run("2\n", only)).toBe("2\n");
  });

  test("is not read when it was read, is another one, was not followed, or has changed", async () => {
    write("a.log.0", "never followed\n");
    write("a.log", "1\n");
    write("b.log", "b\n");
    await run("1\nb\n", { inputs: ["a.log", "b.log"] });
    rename("a.log", "a.log.1");
    copyFileSync(join(folder, "a.log.1"), join(folder, "a.log.2"));
    write("a.log.2", "of a copy\n");
    // Followed before, and not under a name that is asked for now.
    write("b.log", "more\n");
    write("a.log", "2\n");
    expect(await run("2\n", only)).toBe("2\n");
    write("a.log", "3\n");
    rename("a.log", "a.log.3");
    writeFileSync(join(folder, "a.log.3"), "another content\n");
    expect(await run("", only)).toBe("");
  });

  test("is left alone in modes that do not go on where they were", async () => {
    write("a.log", "1\n");
    await run("1\n", only);
    write("a.log", "2\n");
    rename("a.log", "a.log.1");
    write("a.log", "3\n");
    expect(await run("3\n", { ...only, readFrom: "head" })).toBe("3\n");
  });
});
