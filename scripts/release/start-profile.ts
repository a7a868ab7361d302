// Writes start-profile.order: which functions run from the start of a program to its first answers.
// Builds put the bytecode of these together, at the front, so that a program reads and decodes less
// of itself: less memory, and a start a little quicker. Recorded from edge with two threads, which
// gets a request of each kind, and from edge-tail; the other distributions are parts of edge. A
// function that changed since is put right behind the recorded ones, so that this needs to be run
// now and then only: `npx bun scripts/release/start-profile.ts`.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutable, START_PROFILE } from "../build.ts";

const READY_WITHIN_MS = 15_000;
const LOOK_MS = 20;
const JSON_TYPE = "application/json";

const POLICIES = {
  policies: [
    {
      id: "dropped",
      name: "dropped",
      log: { match: [{ log_field: "body", regex: "^record [0-9]+ is noise" }], keep: "none" },
    },
    {
      id: "hidden",
      name: "hidden",
      log: {
        match: [{ log_attribute: "user", exists: true }],
        keep: "all",
        transform: { redact: [{ log_attribute: "user", replacement: "***" }] },
      },
    },
    {
      id: "points",
      name: "points",
      metric: { match: [{ metric_field: "name", starts_with: "noise." }], keep: false },
    },
    {
      id: "spans",
      name: "spans",
      trace: {
        match: [{ trace_field: "name", exact: "noise" }],
        keep: { percentage: 0 },
      },
    },
  ],
};

const USER = { key: "user", value: { stringValue: "a" } };
/** What is posted where. */
const BODIES: readonly (readonly [path: string, body: unknown])[] = [
  [
    "/v1/logs",
    {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                { body: { stringValue: "record 1 is noise" } },
                { body: { stringValue: "record 2" }, attributes: [USER] },
              ],
            },
          ],
        },
      ],
    },
  ],
  [
    "/v1/metrics",
    {
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: "a", gauge: { dataPoints: [{ asInt: "1" }] } }] }] },
      ],
    },
  ],
  ["/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: [{ name: "a" }] }] }] }],
  ["/api/v2/logs", [{ message: "record 1 is noise" }, { message: "record 2", user: "a" }]],
];

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), "edge-start-profile-"));
  try {
    const profiles = [await ofEdge(folder), await ofTail(folder)];
    writeFileSync(START_PROFILE, merged(profiles));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Functions, each once, in the order in which they were first met. What is kept of strings and of
 * keys is ten times as long, and made no difference that could be measured. */
function merged(profiles: readonly string[]): string {
  const lines = profiles.flatMap((profile) => profile.split("\n"));
  const [version = ""] = lines;
  const functions = new Set(lines.filter((line) => /^[FMN] /.test(line)));
  return `${[version, ...functions].join("\n")}\n`;
}

async function ofEdge(folder: string): Promise<string> {
  const { path } = await buildExecutable({ name: "edge", outdir: folder });
  const policies = join(folder, "policies.json");
  const config = join(folder, "config.json");
  writeFileSync(policies, JSON.stringify(POLICIES));
  const port = freePort();
  const settings = {
    upstream_url: "stdout:",
    listen_port: port,
    worker_count: 2,
    policy_providers: [{ id: "file", type: "file", path: policies }],
  };
  writeFileSync(config, JSON.stringify(settings));
  return recorded(folder, [path, config], async (child) => {
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/_ready`)).ok);
    for (const [to, body] of BODIES) {
      const headers = { "content-type": JSON_TYPE };
      const sent = { method: "POST", headers, body: JSON.stringify(body) };
      const { ok, status } = await fetch(url + to, sent);
      if (!ok) throw new Error(`${to} was answered with ${status}`);
    }
    child.kill("SIGTERM");
  });
}

async function ofTail(folder: string): Promise<string> {
  const { path } = await buildExecutable({ name: "edge-tail", outdir: folder });
  const lines = join(folder, "lines.log");
  writeFileSync(lines, "record 1 is noise\nrecord 2\n");
  const policies = join(folder, "policies.json");
  const options = ["--exit-on-eof", "--read-from=head", `--policy=${policies}`];
  return recorded(folder, [path, ...options, lines], () => Promise.resolve());
}

/** Runs a program and reads the profile that it writes when it ends. */
async function recorded(
  folder: string,
  command: string[],
  use: (child: Bun.Subprocess) => Promise<void>,
): Promise<string> {
  const profile = join(folder, "order");
  const child = Bun.spawn(command, {
    cwd: folder,
    env: { ...process.env, BUN_BYTECODE_ORDER_OUT: profile },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  });
  try {
    await use(child);
    const status = await child.exited;
    if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}`);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  return readFileSync(profile, "utf8");
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + READY_WITHIN_MS;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > endMs) throw new Error("edge did not get ready");
    await Bun.sleep(LOOK_MS);
  }
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}
