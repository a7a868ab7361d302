// The compiled executable as a process, without its sources, packages or runtime: start, stop, exit
// codes, and what it must not read from the folder that it is started in.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { YAML_INLINE_CHARS_MAX } from "../../src/core/limits.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { librariesOf, startProgram, WHERE } from "../support/e2e-program.ts";
import { startUpstream, type Recorder } from "../support/e2e-upstream.ts";
import { residentCodeKb } from "../system/resident-code.ts";

const POLICIES = JSON.stringify({
  policies: [
    {
      id: "drop-debug",
      name: "Drop debug",
      log: { match: [{ log_field: "severity_text", regex: "^(DEBUG|TRACE)$" }], keep: "none" },
    },
  ],
});
const BUILD_TIMEOUT_MS = 120_000;
const UNTIL_MS = 30_000;

function config(more: object = {}): string {
  return JSON.stringify({ listen_port: 0, log_format: "json", upstream_url: "stdout:", ...more });
}

/** Policies of a set that takes a while to be compiled. */
const LARGE = 5_000;
/** Reading and compiling such a set has more than twice as much resident. */
const RESTING_CODE_KB_MAX = 9_000;

function largeSet(): string {
  const policies = Array.from({ length: LARGE }, (_, i) => ({
    id: `drop-${i}`,
    name: `Drop ${i}`,
    log: { match: [{ log_field: "body", regex: `request ${i} [a-z]+ failed` }], keep: "none" },
  }));
  return JSON.stringify({ policies });
}

/** Fails when it does not come true in time. */
async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + UNTIL_MS;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error("it did not come true");
    await Bun.sleep(20);
  }
}

function exportRequest(...severities: string[]): string {
  const logRecords = severities.map((severityText) => ({ severityText, body: {} }));
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

describe.skipIf(!hasEntryPoint("edge"))(`the compiled executable, ${WHERE}`, () => {
  let upstream: Recorder;
  beforeAll(async () => {
    upstream = startUpstream();
    await executable("edge");
  }, BUILD_TIMEOUT_MS);
  afterAll(() => upstream[Symbol.asyncDispose]());

  test.if(process.platform === "linux")("needs the C library and nothing else", async () => {
    const known = /^(?:libc|libm|libdl|libpthread)\.so\.\d+$|^ld-/;
    expect((await librariesOf("edge")).filter((name) => !known.test(name))).toEqual([]);
  });

  test("prints its version", async () => {
    await using program = await startProgram("edge", { args: ["--version"] });
    expect(await program.exited).toBe(0);
    expect(program.output).toMatch(/^edge \d+\.\d+\.\d+\n$/);
  });

  test("answers /_health, and ends with 0 on SIGTERM", async () => {
    await using program = await startProgram("edge", { files: { "config.json": config() } });
    const answer = await fetch(`${await program.url()}/_health`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
    program.signal("SIGTERM");
    expect(await program.exited).toBe(0);
  });

  test("validates a YAML file that a thread of its own reads, and says where it is wrong", async () => {
    const filling = `# ${"x".repeat(YAML_INLINE_CHARS_MAX)}\n`;
    const policy = "{id: a, name: a, log: {match: [{log_field: body, exists: true}], keep: nnone}}";
    const files = {
      "config.json": config({ policy_providers: [{ type: "file", path: "p.yaml" }] }),
      "p.yaml": `${filling}policies:\n  - ${policy}\n`,
    };
    const args = ["validate", "config.json"];
    await using program = await startProgram("edge", { files, args });
    expect(await program.exited).toBe(78);
    expect(program.output).toMatch(/p\.yaml:3:\d+ "a": log: keep: invalid value "nnone"/);
  });

  test.if(process.platform === "linux")(
    "gives back the code that only a large set of policies needed",
    async () => {
      const providers = [{ type: "file", id: "local", path: "policies.json" }];
      const files = {
        "config.json": config({ policy_providers: providers }),
        "policies.json": POLICIES,
      };
      await using program = await startProgram("edge", { files });
      await program.url();
      const codeKb = (): number => residentCodeKb(program.pid, "/edge");
      await until(() => codeKb() < RESTING_CODE_KB_MAX);
      writeFileSync(join(program.folder, "policies.json"), largeSet());
      await program.line((line) => (line.includes(`"counts_log":${LARGE},`) ? line : undefined));
      await until(() => codeKb() < RESTING_CODE_KB_MAX);
    },
    BUILD_TIMEOUT_MS,
  );

  test("filters by a policy with a regex", async () => {
    const providers = [{ type: "file", id: "local", path: "policies.json" }];
    const files = {
      "config.json": config({ upstream_url: upstream.url, policy_providers: providers }),
      "policies.json": POLICIES,
    };
    await using program = await startProgram("edge", { files });
    const url = await program.url();
    await program.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
    const answer = await fetch(`${url}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: exportRequest("DEBUG", "INFO", "TRACE", "DEBUGGER"),
    });
    expect(answer.status).toBe(200);
    const received = upstream.received.map(({ path, body }) => [
      path,
      Buffer.from(body).toString(),
    ]);
    expect(received).toEqual([["/v1/logs", exportRequest("INFO", "DEBUGGER")]]);
  });

  test("ends with 78 and the nearest key when a key of the configuration is unknown", async () => {
    const files = { "config.json": config({ listen_prot: 1 }) };
    await using program = await startProgram("edge", { files });
    expect(await program.exited).toBe(78);
    expect(program.output).toContain("listen_prot");
    expect(program.output).toContain("listen_port");
  });

  test("ends with 78 when the named configuration does not exist", async () => {
    await using program = await startProgram("edge", { args: ["missing.json"] });
    expect(await program.exited).toBe(78);
    expect(program.output).toContain("missing.json");
  });

  test("ends with 1 when the port is in use, and never says that it is ready", async () => {
    const port = Number(new URL(upstream.url).port);
    const files = { "config.json": config({ listen_port: port }) };
    await using program = await startProgram("edge", { files });
    expect(await program.exited).toBe(1);
    expect(program.output).toContain(String(port));
    expect(program.output).not.toContain("server.ready");
  });

  describe("started in a folder with files for the runtime", () => {
    const variable = { TERO_UPSTREAM_URL: "not a url" };

    test("would fail on this variable", async () => {
      const files = { "config.json": config() };
      await using program = await startProgram("edge", { files, env: variable });
      expect(await program.exited).toBe(78);
    });

    test("does not read .env", async () => {
      const text = Object.entries(variable).map(([name, value]) => `${name}="${value}"\n`);
      const files = { "config.json": config(), ".env": text.join(""), ".env.local": text.join("") };
      await using program = await startProgram("edge", { files });
      expect(await program.url()).toStartWith("http://");
    });

    test("runs no code that bunfig.toml preloads", async () => {
      const files = {
        "config.json": config(),
        "bunfig.toml": 'preload = ["./preloaded.js"]\n',
        "preloaded.js": 'console.log("preloaded code ran"); process.exit(66);\n',
      };
      await using program = await startProgram("edge", { files });
      expect(await program.url()).toStartWith("http://");
      expect(program.output).not.toContain("preloaded code ran");
    });
  });
});
