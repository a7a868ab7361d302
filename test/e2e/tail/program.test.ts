// The compiled tailer as a program: modes, options, signals, exit codes, and what it says.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { TailProgram, removeTailFolder, tailFolder } from "./tail-program.ts";

let folder = "";
beforeEach(() => {
  folder = tailFolder();
});
afterEach(() => removeTailFolder(folder));

const write = (name: string, text: string): void => appendFileSync(join(folder, name), text);
const run = (args: readonly string[], more: object = {}) =>
  TailProgram.run({ folder, args, ...more });
const start = (args: readonly string[], more: object = {}) =>
  TailProgram.start({ folder, args, ...more });
const HEAD = "--read-from=head";
const ONCE = [HEAD, "--exit-on-eof"];

function policyFile(needle: string): void {
  const match = [{ log_field: "body", contains: needle }];
  const policies = [{ id: "drop", name: "Drops", log: { match, keep: "none" } }];
  writeFileSync(join(folder, "policy.json"), JSON.stringify({ policies }));
}

describe("standard input", () => {
  test.each([[[]], [["-"]]])("is read when the operands are %j", async (operands) => {
    const input = Buffer.from("a\r\n\n\0\xff\nlast", "latin1");
    expect(await run(operands, { input })).toEqual({
      code: 0,
      out: "a\r\n\n\0\xff\nlast",
      err: "",
    });
  });

  test("leaves no state", async () => {
    await run([], { input: Buffer.from("a\n") });
    expect(existsSync(join(folder, ".tero"))).toBe(false);
  });

  test("that is empty is no fault", async () => {
    expect(await run([], { input: new Uint8Array(0) })).toEqual({ code: 0, out: "", err: "" });
  });

  test("leaves line by line, and what was begun when it is told to stop", async () => {
    const program = await start([], { input: "pipe" });
    const stdin = program.child.stdin as import("bun").FileSink;
    void stdin.write("one\ntw");
    await stdin.flush();
    await program.untilOut("one\n");
    expect(await program.stop()).toBe(0);
    expect(program).toMatchObject({ out: "one\ntw", err: "" });
  });

  test("beside paths is a wrong use", async () => {
    const { code, out, err } = await run(["-", "a.log"]);
    expect({ code, out }).toEqual({ code: 64, out: "" });
    expect(err).toStartWith('edge-tail: "-" is standard input and stands alone');
  });
});

describe("files", () => {
  test("are read from their ends, unless it is said otherwise", async () => {
    write("a.log", "old\n");
    const program = await start(["a.log"]);
    await program.until(() => existsSync(join(folder, ".tero")));
    // It is not known when the file is open: lines are written until one has left.
    let number = 0;
    await program.until(() => {
      write("a.log", `${number++}\n`);
      return program.out !== "";
    });
    expect(await program.stop()).toBe(0);
    expect(program.out).not.toContain("old");
    expect(program.err).toBe("");
  });

  test("go on where the last run was stopped", async () => {
    write("a.log", "1\n2");
    const first = await start(["--read-from=checkpoint", "a.log"]);
    await first.untilOut("1\n");
    expect(await first.stop("SIGINT")).toBe(0);
    write("a.log", "b\n3\n");
    expect(await run(["--read-from=checkpoint", "--exit-on-eof", "a.log"])).toEqual({
      code: 0,
      out: "2b\n3\n",
      err: "",
    });
  });

  test("that are not there yet are waited for", async () => {
    const program = await start([HEAD, "later.log", "*.txt"]);
    await program.until(() => existsSync(join(folder, ".tero")));
    write("later.log", "1\n");
    await program.untilOut("1\n");
    write("b.txt", "2\n");
    await program.untilOut("1\n2\n");
    expect(await program.stop()).toBe(0);
    expect(program.err).toBe("");
  });

  test("the output is not followed, by whatever name it is found", async () => {
    write("a.log", "1\n");
    write("out.log", "0\n");
    const program = await start([HEAD, "-o", "out.log", "*.log"]);
    const out = (): string => readFileSync(join(folder, "out.log"), "utf8");
    await program.until(() => out() === "0\n1\n");
    write("a.log", "2\n");
    await program.until(() => out() === "0\n1\n2\n");
    expect(await program.stop()).toBe(0);
    expect(out()).toBe("0\n1\n2\n");
  });

  test("of a pattern do not hold the output, if that is standard output", async () => {
    write("a.log", "1\n");
    const under = ["sh", "-c", 'exec "$@" > out.log', "sh"];
    const args = [HEAD, "--glob-interval-ms=20", "*.log"];
    const program = await TailProgram.start({ folder, args, under });
    const out = (): string => readFileSync(join(folder, "out.log"), "utf8");
    await program.until(() => existsSync(join(folder, "out.log")) && out() === "1\n");
    // Would be found by now, and read.
    write("b.log", "2\n");
    await program.until(() => out().length >= 4);
    expect(await program.stop()).toBe(0);
    expect(out()).toBe("1\n2\n");
  });

  test("of a container that are rotated within a line have it whole", async () => {
    policyFile("DEBUG");
    const time = "2026-01-02T03:04:05Z stdout";
    const args = [HEAD, "--format=cri", "--policy=policy.json", "0.log"];
    write("0.log", `${time} F 1\n${time} P DE\n${time} P BU\n`);
    const program = await start(args);
    await program.untilOut(`${time} F 1\n`);
    renameSync(join(folder, "0.log"), join(folder, "0.log.1"));
    write("0.log", `${time} F G\n${time} F 2\n`);
    await program.untilOut(`${time} F 1\n${time} F 2\n`);
    expect(await program.stop()).toBe(0);
    expect(program.out).toBe(`${time} F 1\n${time} F 2\n`);
    // Both files are done with.
    const again = [...ONCE.slice(1), "--read-from=checkpoint", ...args.slice(1)];
    expect(await run(again)).toEqual({ code: 0, out: "", err: "" });
  });

  test("of a container that are stopped between the parts of a line have it whole", async () => {
    policyFile("DEBUG");
    const time = "2026-01-02T03:04:05Z stdout";
    const args = ["--read-from=checkpoint", "--format=cri", "--policy=policy.json", "0.log"];
    write("0.log", `${time} F 1\n${time} P DE\n`);
    const program = await start(args);
    await program.untilOut(`${time} F 1\n`);
    expect(await program.stop()).toBe(0);
    renameSync(join(folder, "0.log"), join(folder, "0.log.1"));
    write("0.log", `${time} F BUG\n${time} F 2\n`);
    const once = ["--exit-on-eof", ...args];
    expect(await run(once)).toEqual({ code: 0, out: `${time} F 2\n`, err: "" });
    expect(await run(once)).toEqual({ code: 0, out: "", err: "" });
  });

  test("of which none can be read end it with 1", async () => {
    mkdirSync(join(folder, "a"));
    const { code, err } = await run(["a"]);
    expect(code).toBe(1);
    expect(err).toContain("none of the inputs can be read: a: a folder, not a file");
  });

  test("of which one cannot be read do not hinder the others", async () => {
    mkdirSync(join(folder, "a"));
    write("b.log", "1\n");
    const { code, out, err } = await run([...ONCE, "a", "b.log"]);
    expect({ code, out }).toEqual({ code: 0, out: "1\n" });
    expect(err).toMatch(
      /^\S+ \[WARN\] tail\.file_troubled path="a" reason="a folder, not a file"\n$/,
    );
  });

  test("that are missing are no success when nothing is waited for", async () => {
    const { code, out, err } = await run([...ONCE, "a.log"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("none of the inputs can be read: a.log: there is no such file");
    write("b.log", "1\n");
    expect(await run([...ONCE, "a.log", "b.log"])).toEqual({ code: 0, out: "1\n", err: "" });
    expect(await run([...ONCE, "*.none"])).toEqual({ code: 0, out: "", err: "" });
  });

  test("that are compressed are not read as text", async () => {
    write("app.log", "1\n");
    writeFileSync(join(folder, "app.log.1.gz"), Bun.gzipSync("0\n"));
    expect(await run([...ONCE, "app.log*"])).toEqual({ code: 0, out: "1\n", err: "" });
    const { code, out, err } = await run([...ONCE, "app.log.1.gz"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("app.log.1.gz: compressed with gzip, which is not read");
  });

  test("in thousands are read, with few of them open", async () => {
    mkdirSync(join(folder, "many"));
    for (let i = 0; i < 10_000; i++) writeFileSync(join(folder, "many", `${i}.log`), `${i}\n`);
    const { code, out, err } = await run([...ONCE, "--max-open-files=100", "many/*.log"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const numbers = out.split("\n").slice(0, -1).map(Number);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  });
});

describe("long lines", () => {
  const long = "x".repeat(10 * 1024 * 1024);
  const CASES: readonly [string, string][] = [
    ["truncate", `a\n${long.slice(0, 1000)}\nb\n`],
    ["drop", "a\nb\n"],
    ["pass", `a\n${long}\nb\n`],
    ["split", `a\n${`${long.slice(0, 1_048_576)}\n`.repeat(10)}b\n`],
  ];
  test.each(CASES)("of 10 MB: %s", async (action, expected) => {
    write("a.log", `a\n${long}\nb\n`);
    const max = action === "split" ? 1_048_576 : 1000;
    const options = [`--max-line=${max}`, `--max-line-action=${action}`];
    const { code, out, err } = await run([...ONCE, ...options, "a.log"]);
    expect({ code, err, isRight: out === expected }).toEqual({ code: 0, err: "", isRight: true });
  });

  test("without an end leave no more than their beginning", async () => {
    write("a.log", "y".repeat(1_000_000));
    const { out } = await run([...ONCE, "--max-line=10", "a.log"]);
    expect(out).toBe(`${"y".repeat(10)}\n`);
  });
});

describe("signals", () => {
  test("TERM ends it although nobody reads what it prints", async () => {
    write("a.log", "a line of some length\n".repeat(100_000));
    const program = await start([HEAD, "a.log"], { isDeaf: true });
    await program.until(() => existsSync(join(folder, ".tero")));
    await Bun.sleep(300);
    expect(await program.stop()).toBe(0);
  });

  test("HUP reads policies anew and opens the output again", async () => {
    policyFile("bad");
    write("a.log", "good 1\nbad 1\nugly 1\n");
    const program = await start([HEAD, "-p", "policy.json", "-o", "out", "a.log"]);
    const text = (name: string): string =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
    await program.until(() => text("out") === "good 1\nugly 1\n");
    renameSync(join(folder, "out"), join(folder, "out.1"));
    policyFile("ugly");
    program.child.kill("SIGHUP");
    await program.until(() => existsSync(join(folder, "out")));
    await Bun.sleep(200);
    write("a.log", "good 2\nbad 2\nugly 2\n");
    await program.until(() => text("out") === "good 2\nbad 2\n");
    expect(await program.stop()).toBe(0);
    expect(program.err).toBe("");
  });

  test("USR1 prints how it stands with each file", async () => {
    write("a.log", "1\n");
    const program = await start([HEAD, "a.log", "none.log"]);
    await program.untilOut("1\n");
    program.child.kill("SIGUSR1");
    await program.until(() => program.err.includes('part="lines"'));
    await program.stop();
    expect(program.err).toMatch(/size +read +accepted +committed +dropped +lost +unread +path/);
    expect(program.err).toMatch(/\n +2 +2 +\d +\d +0 +0 +0 +a\.log\n/);
    expect(program.err).toMatch(/\n +- +- +- +- +0 +0 +0 +none\.log \(not there\)\n/);
  });
});

describe("what it is told", () => {
  test("on the command line wins over variables, those over the file, that over defaults", async () => {
    write("a.log", "abcdefghij\n");
    writeFileSync(
      join(folder, "tail.json"),
      '{"max_line": 2, "read_from": "head", "inputs": ["a.log"]}',
    );
    const once = ["--exit-on-eof", "-c", "tail.json"];
    const env = { TERO_MAX_LINE: "3" };
    expect((await run(once)).out).toBe("ab\n");
    expect((await run(once, { env })).out).toBe("abc\n");
    expect((await run([...once, "--max-line=4"], { env })).out).toBe("abcd\n");
  });

  test("may hold variables", async () => {
    write("a.log", "1\n");
    writeFileSync(join(folder, "tail.json"), '{"inputs": ["${NAME}.log"], "read_from": "head"}');
    const { out } = await run(["--exit-on-eof", "-c", "tail.json"], { env: { NAME: "a" } });
    expect(out).toBe("1\n");
  });

  const WRONG: readonly [readonly string[], number, string][] = [
    [["--nope"], 64, "--nope: unknown option"],
    [["--poll-ms"], 64, "--poll-ms: needs a value"],
    [["--poll-ms=0", "a"], 78, "--poll-ms: 0 is too small"],
    [["--read-from=middle", "a"], 78, '--read-from: "middle" is not known'],
    [["--include=(", "a"], 78, '--include "(" is no regular expression of RE2'],
    [["-p", "none.json", "a"], 78, "none.json"],
    [["-c", "none.json", "a"], 78, "none.json"],
    [["-o", "none/out", "a"], 1, "none/out"],
  ];
  test.each(WRONG)("wrongly: %j ends it with %d", async (args, code, text) => {
    const result = await run(args);
    expect({ code: result.code, out: result.out }).toEqual({ code, out: "" });
    expect(result.err).toContain(text);
  });

  test("is checked by validate, which starts nothing", async () => {
    policyFile("x");
    const good = await run(["validate", "-p", "policy.json", "a.log"]);
    expect(good).toMatchObject({ code: 0, err: "" });
    expect(good.out).toContain("policy.json: ok, 1 policy\nno problems\n");
    writeFileSync(join(folder, "policy.json"), "{");
    expect((await run(["validate", "-p", "policy.json"])).code).toBe(78);
    expect((await run(["validate", "--poll-ms=x"])).code).toBe(78);
    expect(existsSync(join(folder, ".tero"))).toBe(false);
  });

  test("is explained by --help, and the version by --version", async () => {
    const { code, out, err } = await run(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("edge-tail [options] [PATH...]");
    expect(out).toMatch(/--poll-ms N .*Default: 200\./);
    expect((await run(["--version"])).out).toMatch(/^edge-tail \d+\.\d+\.\d+\n$/);
  });
});

describe("what it says", () => {
  test.each([
    ["-v", "[INFO] tail.state_loaded"],
    ["-vv", '[DEBUG] tail.file_opened path="a.log" offset=0'],
  ])("with %s goes to standard error", async (flag, text) => {
    write("a.log", "1\n");
    const { out, err } = await run([flag, ...ONCE, "a.log"]);
    expect(out).toBe("1\n");
    expect(err).toContain(text);
  });

  test("is on pages when it is asked to listen", async () => {
    write("a.log", "1\n2\n");
    const program = await start([
      HEAD,
      "-v",
      "--exclude=2",
      "--metrics-listen=127.0.0.1:0",
      "a.log",
    ]);
    await program.untilOut("1\n");
    const url = /server\.ready url="?([^"\s]+)/.exec(program.err)?.[1] ?? "";
    const get = async (path: string) => {
      const answer = await fetch(new URL(path, url));
      return { status: answer.status, text: await answer.text() };
    };
    expect((await get("/_health")).status).toBe(200);
    expect((await get("/_ready")).status).toBe(200);
    // A line is seen a moment before its output says that it has accepted it.
    const accepted = 'edge_tail_lag_bytes{path="a.log"} 0\n';
    while (!(await get("/_edge/metrics")).text.includes(accepted)) await Bun.sleep(2);
    const { text: metrics } = await get("/_edge/metrics");
    expect(metrics).toContain('edge_tail_read_bytes_total{path="a.log"} 4\n');
    expect(metrics).toContain('edge_tail_lines_total{path="a.log",outcome="forwarded"} 1\n');
    expect(metrics).toContain('edge_tail_bytes_total{path="a.log",outcome="dropped"} 2\n');
    expect(metrics).toContain('edge_tail_lag_bytes{path="a.log"} 0\n');
    const { files } = JSON.parse((await get("/_edge/status")).text) as { files: object[] };
    expect(files).toMatchObject([
      {
        path: "a.log",
        contents: [{ size: 4, read: 4, judged: 4, accepted: 4 }],
        counts: { readBytes: 4, judgedBytes: 4, forwardedBytes: 2, droppedBytes: 2, lostBytes: 0 },
      },
    ]);
    await program.stop();
  });
});
