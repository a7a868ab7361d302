// The compiled tailer when its surroundings fail: the state folder, the system's watches.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { TailProgram, removeTailFolder, tailFolder } from "./tail-program.ts";

let folder = "";
beforeEach(() => {
  folder = tailFolder();
});
afterEach(() => removeTailFolder(folder));

const write = (name: string, text: string): void => appendFileSync(join(folder, name), text);

const LIMITS =
  'for limit in instances watches; do echo 1 > /proc/sys/user/max_inotify_$limit; done; exec "$0" "$@"';
const UNSHARE = ["unshare", "-U", "-r", "sh", "-c", LIMITS];
const canLimit =
  process.platform === "linux" &&
  Bun.spawnSync([...UNSHARE, "true"], { stdout: "ignore", stderr: "ignore" }).success;

test.skipIf(!canLimit)("with one watch for all of the system's, files are polled", async () => {
  mkdirSync(join(folder, "a"));
  mkdirSync(join(folder, "b"));
  write("a/1.log", "1\n");
  write("b/2.log", "2\n");
  const args = ["--read-from=head", "a/1.log", "b/2.log"];
  const program = await TailProgram.start({ folder, args, under: UNSHARE });
  await program.until(() => program.out.length === 4);
  write("a/1.log", "3\n");
  await program.until(() => program.out.length === 6);
  write("b/2.log", "4\n");
  await program.until(() => program.out.length === 8);
  expect(await program.stop()).toBe(0);
  expect(program.out.split("\n").sort()).toEqual(["", "1", "2", "3", "4"]);
  expect(program.err).toMatch(/^\S+ \[WARN\] tail\.folder_unwatched folder="\w" reason="ENOSPC" /);
});

const MOUNT = 'mount -t tmpfs -o size=32k none "$1" && shift && exec "$@"';
const UNDER_MOUNT = ["unshare", "-m", "sh", "-c", MOUNT, "sh"];
const canMount = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const probe = tailFolder();
  const done = Bun.spawnSync([...UNDER_MOUNT, probe, "true"], {
    stdout: "ignore",
    stderr: "ignore",
  });
  removeTailFolder(probe);
  return done.success;
})();

test.skipIf(!canMount)("with a full disk for its state it goes on, and says so once", async () => {
  const state = join(folder, "state");
  mkdirSync(state);
  write("a.log", "1\n");
  const fill = 'head -c 1000000 /dev/zero > state/filler 2>/dev/null; exec "$@"';
  const args = ["--read-from=head", "--state-dir=state", "--checkpoint-interval-ms=50", "a.log"];
  const under = [...UNDER_MOUNT, state, "sh", "-c", fill, "sh"];
  const program = await TailProgram.start({ folder, args, under });
  await program.untilOut("1\n");
  await program.until(() => program.err.includes("tail.state_failed"));
  write("a.log", "2\n");
  await program.untilOut("1\n2\n");
  await Bun.sleep(500);
  expect(await program.stop()).toBe(0);
  expect(program.err.match(/tail\.state_failed/g)?.length).toBeLessThanOrEqual(2);
});

describe("the state folder", () => {
  test("that cannot be made is told, and lines leave all the same", async () => {
    writeFileSync(join(folder, "file"), "");
    write("a.log", "1\n");
    const args = ["--exit-on-eof", "--state-dir=file/state", "a.log"];
    const head = await TailProgram.run({ folder, args: ["--read-from=head", ...args] });
    expect(head).toMatchObject({ code: 0, out: "1\n" });
    expect(head.err).toContain("tail.state_failed");
    const asked = await TailProgram.run({ folder, args: ["--read-from=checkpoint", ...args] });
    expect(asked).toMatchObject({ code: 1, out: "" });
    expect(asked.err).toContain("--state-dir file/state: it cannot be made");
  });

  test("that another one uses is refused, until that one has gone, however it went", async () => {
    write("a.log", "1\n");
    const args = ["--read-from=checkpoint", "--checkpoint-interval-ms=20", "a.log"];
    const first = await TailProgram.start({ folder, args });
    await first.untilOut("1\n");
    const second = await TailProgram.run({ folder, args });
    const owner = `process ${first.child.pid} on ${hostname()}`;
    expect(second).toEqual({
      code: 1,
      out: "",
      err:
        `--state-dir .tero: it is in use by another edge-tail (${owner}); stop that one first, ` +
        "or give this one a --state-dir of its own.\n",
    });
    const apart = ["--read-from=head", "--exit-on-eof", "--state-dir=own", "a.log"];
    expect(await TailProgram.run({ folder, args: apart })).toEqual({
      code: 0,
      out: "1\n",
      err: "",
    });
    await first.stop("SIGKILL");
    write("a.log", "2\n");
    const third = await TailProgram.start({ folder, args });
    await third.until(() => third.out.endsWith("2\n"));
    expect(await third.stop()).toBe(0);
    expect(existsSync(join(folder, ".tero/checkpoint.owner"))).toBe(false);
  });

  test("of another program is refused and left as it is", async () => {
    mkdirSync(join(folder, ".tero"));
    const path = join(folder, ".tero/checkpoint.wal");
    writeFileSync(path, `WWAL${"\0".repeat(60)}`);
    const { code, out, err } = await TailProgram.run({ folder, args: ["a.log"] });
    expect({ code, out }).toEqual({ code: 78, out: "" });
    expect(err).toContain("name another --state-dir, or move the file away");
    expect(readFileSync(path, "latin1")).toBe(`WWAL${"\0".repeat(60)}`);
  });

  test("that is corrupt is told from one that is torn", async () => {
    const args = ["--read-from=checkpoint", "--exit-on-eof", "a.log", "b.log"];
    write("a.log", "1\n");
    write("b.log", "2\n");
    await TailProgram.run({ folder, args });
    const path = join(folder, ".tero/checkpoint.wal");
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 5));
    const torn = await TailProgram.run({ folder, args });
    expect({ ...torn, out: torn.out.length }).toEqual({ code: 0, out: 2, err: "" });
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(16 + 24) ^ 0xff, 16 + 24);
    writeFileSync(path, bytes);
    const corrupt = await TailProgram.run({ folder, args });
    expect({ code: corrupt.code, out: corrupt.out.length }).toEqual({ code: 0, out: 2 });
    expect(corrupt.err).toContain("tail.state_corrupt");
  });

  test("that vanishes comes back", async () => {
    write("a.log", "1\n");
    const args = ["--read-from=head", "--checkpoint-interval-ms=50", "a.log"];
    const program = await TailProgram.start({ folder, args });
    await program.untilOut("1\n");
    rmSync(join(folder, ".tero"), { recursive: true });
    write("a.log", "2\n");
    await program.until(() => existsSync(join(folder, ".tero/checkpoint.wal")));
    expect(await program.stop()).toBe(0);
  });
});

test("with fewer descriptors than files all are read, and positions are kept", async () => {
  mkdirSync(join(folder, "many"));
  const numbers = Array.from({ length: 200 }, (_, i) => i);
  for (const i of numbers) write(`many/${i}.log`, `${i}\n`);
  const under = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"];
  const args = ["--read-from=checkpoint", "--exit-on-eof", "many/*.log"];
  const first = await TailProgram.run({ folder, args, under });
  expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: "" });
  const lines = first.out.split("\n").slice(0, -1).map(Number);
  expect(lines.sort((a, b) => a - b)).toEqual(numbers);
  expect(await TailProgram.run({ folder, args, under })).toEqual({ code: 0, out: "", err: "" });
});

// Root reads whatever it likes, unless it gives that up.
const PLAIN =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
const canBePlain =
  PLAIN.length === 0 ||
  (Bun.which("setpriv") !== null && Bun.spawnSync([...PLAIN, "true"]).success);

describe.skipIf(!canBePlain)("files that may not be read (as root, setpriv is needed)", () => {
  const forbidden = (name: string): void => {
    write(name, "secret\n");
    chmodSync(join(folder, name), 0o000);
  };

  test("are told, and do not hinder the others; when they may be, they are", async () => {
    forbidden("a.log");
    write("b.log", "1\n");
    const args = ["--read-from=head", "--io-engine=poll", "--poll-ms=10", "a.log", "b.log"];
    const program = await TailProgram.start({ folder, args, under: PLAIN });
    await program.untilOut("1\n");
    expect(program.err).toMatch(
      /^\S+ \[WARN\] tail\.file_troubled path="a\.log" reason="no permission to read it"\n$/,
    );
    chmodSync(join(folder, "a.log"), 0o600);
    await program.untilOut("1\nsecret\n");
    expect(await program.stop()).toBe(0);
  });

  test("of which there are no others end it with 1", async () => {
    forbidden("a.log");
    const args = ["--read-from=head", "a.log"];
    const { code, out, err } = await TailProgram.run({ folder, args, under: PLAIN });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("none of the inputs can be read: a.log: no permission to read it");
  });

  test("and an output that may not be written ends it with 1", async () => {
    forbidden("out.log");
    write("a.log", "1\n");
    const args = ["--read-from=head", "-o", "out.log", "a.log"];
    const { code, err } = await TailProgram.run({ folder, args, under: PLAIN });
    expect(code).toBe(1);
    expect(err).toContain("out.log");
  });
});

test("a folder of logs that vanishes is waited for", async () => {
  mkdirSync(join(folder, "d"));
  write("d/a.log", "1\n");
  const program = await TailProgram.start({ folder, args: ["--read-from=head", "d/*.log"] });
  await program.untilOut("1\n");
  rmSync(join(folder, "d"), { recursive: true });
  mkdirSync(join(folder, "d"));
  write("d/a.log", "2\n");
  await program.untilOut("1\n2\n");
  expect(await program.stop()).toBe(0);
});
