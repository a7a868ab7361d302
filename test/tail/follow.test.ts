// Following files through all that happens to them, with each engine.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type RigOptions, TailRig, makeFolder, removeFolder } from "../support/tail-rig.ts";

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

function write(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, text);
}

describe.each(["poll", "events"] as const)("with the engine %s", (engine) => {
  /** What leaves after each step, in turn. */
  async function steps(
    options: RigOptions,
    ...list: readonly (readonly [() => void, string])[]
  ): Promise<TailRig> {
    const rig = await follow({ engine, ...options });
    let text = "";
    for (const [act, expected] of list) {
      act();
      text += expected;
      await rig.untilText(text);
      expect(rig.output.text).toBe(text);
    }
    await rig.settle();
    expect(rig.output.text).toBe(text);
    return rig;
  }

  test("lines leave when they are whole", async () => {
    write("a.log", "one\ntw");
    await steps(
      {},
      [() => undefined, "one\n"],
      [() => write("a.log", "o\nthree\n"), "two\nthree\n"],
    );
  });

  test("each file has its own beginnings of lines", async () => {
    write("a.log", "a1\na-");
    write("b.log", "b1\nb-");
    const rig = await follow({ engine });
    await rig.untilText("a1\nb1\n");
    write("b.log", "2\n");
    await rig.untilText("a1\nb1\nb-2\n");
    write("a.log", "2\n");
    await rig.untilText("a1\nb1\nb-2\na-2\n");
    expect(rig.output.text.split("\n").sort()).toEqual(["", "a-2", "a1", "b-2", "b1"]);
  });

  test("a renamed file is read to its end before the one in its place", async () => {
    write("a.log", "1\n");
    const rig = await steps(
      {},
      [() => undefined, "1\n"],
      [
        () => {
          write("a.log", "2\n");
          renameSync(join(folder, "a.log"), join(folder, "a.old"));
          appendFileSync(join(folder, "a.old"), "3\n");
          write("a.log", "4\n");
        },
        "2\n3\n4\n",
      ],
      // Its writer still holds it.
      [() => appendFileSync(join(folder, "a.old"), "5\n"), "5\n"],
    );
    expect(rig.events).toContain("file_rotated a.log");
    expect(rig.files.count).toBe(2);
    rig.moveOn(6000);
    await rig.until(() => rig.files.count === 1);
  });

  test("several rotations within the time of grace lose nothing", async () => {
    write("a.log", "0\n");
    await steps(
      {},
      [() => undefined, "0\n"],
      ...[1, 2, 3, 4].map(
        (i) =>
          [
            () => {
              write("a.log", `${i}a\n`);
              renameSync(join(folder, "a.log"), join(folder, `a.${i}`));
              write("a.log", `${i}b\n`);
            },
            `${i}a\n${i}b\n`,
          ] as const,
      ),
    );
  });

  test("a rotated file that is still matched is not read again", async () => {
    write("a.log", "1\n");
    await steps(
      { inputs: ["a.log*"] },
      [() => undefined, "1\n"],
      [
        () => {
          renameSync(join(folder, "a.log"), join(folder, "a.log.1"));
          write("a.log", "2\n");
        },
        "2\n",
      ],
      [() => appendFileSync(join(folder, "a.log.1"), "late\n"), "late\n"],
      [
        () => {
          renameSync(join(folder, "a.log.1"), join(folder, "a.log.2"));
          renameSync(join(folder, "a.log"), join(folder, "a.log.1"));
          write("a.log", "3\n");
        },
        "3\n",
      ],
    );
  });

  test("a copied and truncated file is read from its beginning", async () => {
    write("a.log", "first content\n");
    const rig = await steps(
      {},
      [() => undefined, "first content\n"],
      [
        () => {
          copyFileSync(join(folder, "a.log"), join(folder, "a.1"));
          truncateSync(join(folder, "a.log"));
          write("a.log", "2\n");
        },
        "2\n",
      ],
    );
    expect(rig.events).toContain("file_truncated a.log");
  });

  const first = "the same beginning\nand the rest\n";
  const REWRITES: readonly [string, string][] = [
    ["shorter", "new\n"],
    ["as long", "THE SAME BEGINNING\nAND THE REST\n"],
    ["longer", "something else that is longer than before\nand more\n"],
    ["longer with the same beginning", "the same beginning\nAND OTHER THINGS\nand more\n"],
  ];
  test.each(REWRITES)("a file that is written anew, %s, is read anew", async (_, text) => {
    write("a.log", first);
    await steps(
      {},
      [() => undefined, first],
      [() => writeFileSync(join(folder, "a.log"), text), text],
    );
  });

  test("the beginning of a line is not glued to what follows a truncation", async () => {
    write("a.log", "whole\nbegun");
    const rig = await follow({ engine });
    await rig.untilText("whole\n");
    await rig.settle();
    writeFileSync(join(folder, "a.log"), "new\n");
    await rig.untilText("whole\nbegun\nnew\n");
    expect(rig.output.text).toBe("whole\nbegun\nnew\n");
  });

  test("a deleted file is read to its end, and one that returns from its beginning", async () => {
    write("a.log", "1\n");
    await steps(
      {},
      [() => undefined, "1\n"],
      [
        () => {
          write("a.log", "2\n");
          unlinkSync(join(folder, "a.log"));
        },
        "2\n",
      ],
      [() => write("a.log", "3\n"), "3\n"],
    );
  });

  test("a named path is followed as soon as it is there", async () => {
    await steps(
      { inputs: ["later.log", "deep/down/later.log"] },
      [() => write("later.log", "1\n"), "1\n"],
      [() => write("deep/down/later.log", "2\n"), "2\n"],
    );
  });

  test("files found later are read from their beginning, whatever the mode", async () => {
    write("a.log", "old\n");
    await steps(
      { inputs: ["**/*.log"], readFrom: "tail" },
      [() => write("a.log", "1\n"), "1\n"],
      [() => write("b.log", "2\n"), "2\n"],
      [() => write("d/e/c.log", "3\n"), "3\n"],
      [() => write("d/e/c.log", "4\n"), "4\n"],
    );
  });

  test("a link is followed, and read anew when it leads elsewhere", async () => {
    write("one", "1\n");
    write("two", "2\n");
    symlinkSync("one", join(folder, "a.log"));
    await steps(
      {},
      [() => undefined, "1\n"],
      [() => write("one", "1b\n"), "1b\n"],
      [
        () => {
          symlinkSync("two", join(folder, "a.new"));
          renameSync(join(folder, "a.new"), join(folder, "a.log"));
        },
        "2\n",
      ],
      [() => write("two", "2b\n"), "2b\n"],
    );
  });

  test("a folder of links that is swapped at once is followed", async () => {
    write("..v1/a.log", "1\n");
    write("..v2/a.log", "2\n");
    symlinkSync("..v1", join(folder, "..data"));
    symlinkSync("..data/a.log", join(folder, "a.log"));
    await steps(
      {},
      [() => undefined, "1\n"],
      [
        () => {
          symlinkSync("..v2", join(folder, "..tmp"));
          renameSync(join(folder, "..tmp"), join(folder, "..data"));
          rmSync(join(folder, "..v1"), { recursive: true });
        },
        "2\n",
      ],
    );
  });

  test("one file of two names is read once", async () => {
    write("a.log", "1\n");
    linkSync(join(folder, "a.log"), join(folder, "b.log"));
    symlinkSync("a.log", join(folder, "c.log"));
    await steps({}, [() => undefined, "1\n"], [() => write("a.log", "2\n"), "2\n"]);
  });

  test("more files than may be open are followed", async () => {
    for (let i = 0; i < 20; i++) write(`${i}.log`, `${i}\n`);
    const rig = await follow({ engine, filesMax: 4 });
    await rig.until(() => rig.output.text.split("\n").length === 21);
    for (let i = 0; i < 20; i++) write(`${i}.log`, `${i}+\n`);
    await rig.until(() => rig.output.text.split("\n").length === 41);
    expect(rig.files.count).toBeLessThanOrEqual(4);
    renameSync(join(folder, "3.log"), join(folder, "3.old"));
    appendFileSync(join(folder, "3.old"), "3 late\n");
    write("3.log", "3 new\n");
    await rig.until(() => rig.output.text.split("\n").length === 43);
    expect(rig.output.text.split("\n").slice(-3)).toEqual(["3 late", "3 new", ""]);
  });

  test("a folder that vanishes and returns is followed again", async () => {
    write("d/a.log", "1\n");
    await steps(
      { inputs: ["d/*.log"] },
      [() => undefined, "1\n"],
      [
        () => {
          rmSync(join(folder, "d"), { recursive: true });
        },
        "",
      ],
      [() => write("d/a.log", "2\n"), "2\n"],
      [() => write("d/a.log", "3\n"), "3\n"],
    );
  });
});

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

test("a judge that throws lets its lines pass", async () => {
  write("a.log", "1\n2\n");
  const judge = {
    judge: () => {
      throw new Error("a fault");
    },
    finish: () => undefined,
  };
  const rig = await follow({ judge });
  await rig.untilText("1\n2\n");
  expect(rig.output.text).toBe("1\n2\n");
  expect(rig.events).toContain(`judge_failed ${join(folder, "a.log")} Error: a fault`);
});
