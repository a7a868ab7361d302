// Where the compiled executable's lines go: backends that are down or fail, disks that are full,
// readers that are slow or gone. Every line arrives, once where nothing is killed.

import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { issueCertificates } from "../../support/proxy-certificates.ts";
import { OtlpReceiver } from "../../tail/output/otlp-receiver.ts";

const BUILD_TIMEOUT_MS = 120_000;
const isHere = process.platform === "linux" && hasEntryPoint("edge-tail");
const T = "2026-01-02T03:04:05.000000001Z";

let program = "";
const folders: string[] = [];
const children: Bun.Subprocess[] = [];
const receivers: OtlpReceiver[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tail-out-"));
  folders.push(path);
  return path;
}

function receiverOf(tls?: Parameters<typeof OtlpReceiver.start>[0]): OtlpReceiver {
  const receiver = OtlpReceiver.start(tls);
  receivers.push(receiver);
  return receiver;
}

/** Starts it in a folder, following files as they grow. */
function start(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  const child = Bun.spawn([program, "--flush-interval-ms", "20", ...args], {
    cwd,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  children.push(child);
  return child;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(5);
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i} ${"x".repeat((i * 7) % 100)}`);
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

describe.skipIf(!isHere)("outputs of edge-tail", () => {
  beforeAll(async () => {
    program = await executable("edge-tail");
  }, BUILD_TIMEOUT_MS);
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const receiver of receivers.splice(0)) await receiver.down();
    for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
  });

  test("containers' lines reach a backend as what the containers wrote", async () => {
    const cwd = folder();
    const receiver = receiverOf();
    const pod = join(cwd, "pods/shop_web-1_0a1b/app");
    mkdirSync(pod, { recursive: true });
    const log = `${T} stdout P {"level":"warn",\n${T} stdout F "msg":"m"}\n${T} stderr F plain\n`;
    writeFileSync(join(pod, "0.log"), log);
    const args = ["--format", "cri", "--read-from", "head", "--exit-on-eof"];
    const child = start(cwd, [...args, "--output", receiver.target, "pods/*/*/*.log"]);
    expect([await child.exited, await child.stdout.text(), await child.stderr.text()]).toEqual([
      0,
      "",
      "",
    ]);
    const seen = receiver.logs.map(({ body, severity, attributes, resource }) => [
      body,
      severity,
      attributes,
      resource["k8s.pod.name"],
      resource["log.file.name"],
    ]);
    expect(seen).toEqual([
      ['{"level":"warn","msg":"m"}', "warn", { "log.iostream": "stdout" }, "web-1", "0.log"],
      ["plain", "", { "log.iostream": "stderr" }, "web-1", "0.log"],
    ]);
  });

  test("a backend that is down for a while gets every line once, also after a clean stop", async () => {
    const cwd = folder();
    const path = join(cwd, "app.log");
    const receiver = receiverOf();
    const lines = numbered(0, 900);
    writeFileSync(path, textOf(lines.slice(0, 300)));
    const args = ["--output", receiver.target, "app.log"];
    const first = start(cwd, ["--read-from", "head", ...args]);
    await until(() => receiver.logs.length === 300);
    await receiver.down();
    appendFileSync(path, textOf(lines.slice(300, 600)));
    await Bun.sleep(700);
    receiver.up();
    await until(() => receiver.logs.length >= 600);
    first.kill("SIGTERM");
    expect(await first.exited).toBe(0);
    appendFileSync(path, textOf(lines.slice(600)));
    const second = start(cwd, ["--read-from", "checkpoint", ...args]);
    await until(() => receiver.logs.length >= 900);
    second.kill("SIGTERM");
    expect(await second.exited).toBe(0);
    expect(receiver.bodies).toEqual(lines);
  }, 30_000);

  test("a backend that fails at random, and a program that is killed, lose nothing", async () => {
    const cwd = folder();
    const path = join(cwd, "app.log");
    const receiver = receiverOf();
    receiver.answer = (count) => (count % 3 === 0 ? "take" : { status: count % 2 ? 503 : 429 });
    const lines = numbered(0, 600);
    writeFileSync(path, "");
    const args = ["--read-from", "checkpoint", "--output", receiver.target, "app.log"];
    for (let round = 0; round < 3; round++) {
      const child = start(cwd, args);
      appendFileSync(path, textOf(lines.slice(round * 200, round * 200 + 200)));
      const isLast = round === 2;
      const last = lines[round * 200 + 199]!;
      await until(() =>
        isLast ? receiver.bodies.includes(last) : receiver.logs.length > round * 150,
      );
      child.kill(isLast ? "SIGTERM" : "SIGKILL");
      await child.exited;
    }
    const once = receiver.bodies.filter((body, i) => receiver.bodies.indexOf(body) === i);
    expect(once).toEqual(lines);
  }, 60_000);

  test("what a backend refuses is told, and the rest goes on", async () => {
    const cwd = folder();
    const receiver = receiverOf();
    receiver.answer = (count) => (count === 1 ? { status: 400 } : "take");
    writeFileSync(join(cwd, "app.log"), "a\n");
    const child = start(cwd, ["--read-from", "head", "--output", receiver.target, "app.log"]);
    await until(() => receiver.requests === 1);
    appendFileSync(join(cwd, "app.log"), "b\n");
    await until(() => receiver.logs.length === 1);
    child.kill("SIGTERM");
    expect([await child.exited, receiver.bodies]).toEqual([0, ["b"]]);
    expect(await child.stderr.text()).toContain(`reason="${receiver.url} answered 400"`);
  });

  test.skipIf(Bun.which("openssl") === null)(
    "over TLS, with an authority of one's own; a certificate that nobody vouches for is none",
    async () => {
      const cwd = folder();
      const { caFile, server } = issueCertificates(cwd);
      const receiver = receiverOf(server);
      writeFileSync(join(cwd, "app.log"), "a\n");
      const args = ["--read-from", "head", "--output", receiver.target, "app.log"];
      const doubting = start(cwd, ["-v", ...args]);
      const told: string[] = [];
      for await (const chunk of doubting.stderr) {
        told.push(Buffer.from(chunk).toString());
        if (told.join("").includes("tail.output_troubled")) break;
      }
      expect([told.join("").includes("127.0.0.1"), receiver.requests]).toEqual([true, 0]);
      doubting.kill("SIGKILL");
      const trusting = start(cwd, args, { NODE_EXTRA_CA_CERTS: caFile });
      await until(() => receiver.logs.length === 1);
      trusting.kill("SIGTERM");
      expect([await trusting.exited, receiver.bodies]).toEqual([0, ["a"]]);
    },
    30_000,
  );

  test("a slow reader of standard output gets all of it", async () => {
    const text = textOf(numbered(0, 60_000));
    const child = Bun.spawn([program], {
      env: {},
      stdin: new Blob([text]),
      stdout: "pipe",
      stderr: "pipe",
    });
    children.push(child);
    await Bun.sleep(300);
    expect(await child.stdout.text()).toBe(text);
    expect([await child.exited, await child.stderr.text()]).toEqual([0, ""]);
  });

  test("a reader that went away ends it with exit code 1", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "app.log"), textOf(numbered(0, 10_000)));
    const shell = `"${program}" --read-from head app.log | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const child = Bun.spawn(["bash", "-c", shell], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "" },
      stderr: "pipe",
    });
    expect(await child.stdout.text()).toBe("line 0 \n1\n");
    expect(await child.stderr.text()).toContain("nobody reads it any more (EPIPE)");
  });

  const canMount =
    isHere && process.getuid?.() === 0 && Bun.spawnSync(["unshare", "-m", "true"]).success;
  test.skipIf(!canMount)("a disk that is full for a while costs nothing but time", async () => {
    const cwd = folder();
    const lines = numbered(0, 1000);
    writeFileSync(join(cwd, "app.log"), textOf(lines));
    mkdirSync(join(cwd, "disk"));
    const shell = `
      mount -t tmpfs -o size=128k tmpfs disk
      head -c 110k /dev/zero > disk/ballast
      "${program}" --read-from head --output disk/out.log app.log 2> told &
      until grep -qs output_troubled told; do sleep 0.02; done
      rm disk/ballast
      until grep -qs output_recovered told || test "$(wc -l 2> /dev/null < disk/out.log)" = 1000; do sleep 0.02; done
      until test "$(wc -l 2> /dev/null < disk/out.log)" = 1000; do sleep 0.02; done
      kill $!; wait $!; cp disk/out.log out.log`;
    const env = { PATH: process.env["PATH"] ?? "" };
    const child = Bun.spawn(["unshare", "-m", "bash", "-c", shell], { cwd, env, stderr: "pipe" });
    children.push(child);
    expect([await child.exited, await child.stderr.text()]).toEqual([0, ""]);
    expect(readFileSync(join(cwd, "out.log"), "utf8")).toBe(textOf(lines));
    expect(readFileSync(join(cwd, "told"), "utf8")).toContain(
      "no space left on the device (ENOSPC)",
    );
  });
});
