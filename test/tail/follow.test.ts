// Following files through all that happens to them, with each engine.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
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

  test.each([[5000], [3]])("a hole of NULs before what follows a truncation: %d", async (hole) => {
    const begun = "x".repeat(hole - 1);
    write("a.log", `${begun}\n`);
    // As a writer does that was not told of it, and does not append.
    const writer = openSync(join(folder, "a.log"), "r+");
    const put = (text: string, at: number) => (): void => void writeSync(writer, text, at);
    await steps(
      { lineBytesMax: 6000 },
      [() => undefined, `${begun}\n`],
      [
        () => {
          truncateSync(join(folder, "a.log"));
          put("2\n", hole)();
        },
        "2\n",
      ],
      [put("3\n\0\0\n", hole + 2), "3\n\0\0\n"],
    );
    closeSync(writer);
  });

  test("a hole of NULs at the beginning of a file that is new", async () => {
    write("a.log", `${"\0".repeat(5000)}first\n`);
    await steps({ lineBytesMax: 6000 }, [() => undefined, "first\n"]);
  });

  test("NULs at the beginning of a file that is new are lines as any others", async () => {
    write("a.log", `${"\0".repeat(20)}first\n`);
    await steps({}, [() => undefined, `${"\0".repeat(20)}first\n`]);
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

  test("a file that was closed within a line goes on there", async () => {
    for (let i = 0; i < 20; i++) write(`${i}.log`, `${i}\nbegun ${i}`);
    const rig = await follow({ engine, filesMax: 4 });
    await rig.until(() => rig.output.text.split("\n").length === 21);
    for (let i = 0; i < 20; i++) write(`${i}.log`, ` ended\n`);
    await rig.until(() => rig.output.text.split("\n").length === 41);
    const lines = rig.output.text.split("\n").slice(20, 40);
    expect(lines.sort()).toEqual(Array.from({ length: 20 }, (_, i) => `begun ${i} ended`).sort());
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
