// A whole distribution as a process: it is started, used with curl's means, told to reload and told
// to stop.

import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";

const ENTRY = resolve(import.meta.dir, "../../src/edge-otlp.ts");

const DROP_DEBUG = {
  id: "drop-debug",
  name: "drop-debug",
  log: { match: [{ log_field: "severity_text", exact: "DEBUG" }], keep: "none" },
};
const REDACT_MAIL = {
  id: "redact-mail",
  name: "redact-mail",
  log: {
    match: [{ log_field: "body", contains: "@" }],
    keep: "all",
    transform: { redact: [{ log_field: "body", regex: "[a-z]+@[a-z.]+", replacement: "[MAIL]" }] },
  },
};

interface Running extends AsyncDisposable {
  readonly url: string;
  readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly policies: string;
  readonly upstream: RecordingUpstream;
  log(): string;
  /** Resolves when a log line has this text. */
  logged(text: string): Promise<void>;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function workFolder(policies: readonly unknown[], config: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), "edge-run-"));
  folders.push(folder);
  writeFileSync(join(folder, "policies.json"), JSON.stringify({ policies }));
  const policy_providers = [{ id: "file", type: "file", path: "policies.json" }];
  const whole = { listen_port: 0, log_format: "json", policy_providers, ...config };
  writeFileSync(join(folder, "config.json"), JSON.stringify(whole));
  return folder;
}

function spawn(folder: string): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([process.execPath, ENTRY, "config.json"], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function start(
  policies: readonly unknown[],
  config: Record<string, unknown> = {},
): Promise<Running> {
  const upstream = await RecordingUpstream.start();
  const folder = workFolder(policies, { upstream_url: upstream.url, ...config });
  const child = spawn(folder);
  let text = "";
  let wake = (): void => undefined;
  void (async () => {
    for await (const piece of child.stderr) {
      text += Buffer.from(piece).toString();
      wake();
    }
  })();
  const logged = async (wanted: string): Promise<void> => {
    while (!text.includes(wanted)) await new Promise<void>((next) => (wake = next));
  };
  await logged("server.ready");
  await logged("policies.replaced");
  const url = /"url":"([^"]+)"/.exec(text)?.[1] ?? "";
  return {
    url,
    child,
    policies: join(folder, "policies.json"),
    upstream,
    log: () => text,
    logged,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await upstream.stop();
    },
  };
}

function logs(...records: readonly unknown[]): string {
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });
}

function post(url: string, body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/v1/logs`, { method: "POST", body, headers });
}

const DEBUG = { severityText: "DEBUG", body: { stringValue: "noise" } };
const MAIL = { severityText: "INFO", body: { stringValue: "from jane@example.com" } };
const PLAIN = { severityText: "INFO", body: { stringValue: "plain" } };

describe("a running distribution", () => {
  test("drops, redacts, passes untouched what nothing matches, and answers for itself", async () => {
    await using edge = await start([DROP_DEBUG, REDACT_MAIL]);
    const { url, upstream } = edge;
    expect((await post(url, logs(DEBUG, MAIL))).status).toBe(200);
    expect(upstream.last.body.toString()).toBe(
      logs({ ...MAIL, body: { stringValue: "from [MAIL]" } }),
    );

    const odd = `${logs(PLAIN).slice(0, -1)}, "future": 1.50 }`;
    await post(url, odd);
    expect(upstream.last.body.toString()).toBe(odd);

    const dropped = await post(url, logs(DEBUG));
    expect([dropped.status, await dropped.text(), upstream.requests.length]).toEqual([
      200,
      "{}",
      2,
    ]);

    upstream.respond = () => rawResponse(418, {}, "teapot");
    const passed = await fetch(`${url}/other?x=1`, { method: "PUT", body: "raw" });
    expect([passed.status, await passed.text()]).toEqual([418, "teapot"]);
    expect([upstream.last.method, upstream.last.target]).toEqual(["PUT", "/other?x=1"]);

    expect((await fetch(`${url}/_health`)).status).toBe(200);
    expect((await fetch(`${url}/_ready`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/_edge/metrics`)).text();
    expect(metrics).toContain('edge_policy_records_dropped_total{telemetry="otlp_logs"} 2');
    expect(await (await fetch(`${url}/_edge/policies`)).text()).toContain('id="drop-debug"');
    expect(upstream.requests.length).toBe(3);
  });

  test("takes new policies on SIGHUP and stops with code 0 on SIGTERM", async () => {
    await using edge = await start([]);
    await post(edge.url, logs(DEBUG));
    expect(edge.upstream.requests.length).toBe(1);
    writeFileSync(edge.policies, JSON.stringify({ policies: [DROP_DEBUG] }));
    edge.child.kill("SIGHUP");
    await edge.logged('"version":2');
    await post(edge.url, logs(DEBUG));
    expect(edge.upstream.requests.length).toBe(1);
    edge.child.kill("SIGTERM");
    expect(await edge.child.exited).toBe(0);
    expect(edge.log()).toContain('"event":"server.stopped"');
  });

  test("answers what is in flight before it stops", async () => {
    await using edge = await start([]);
    const reached = Promise.withResolvers<() => void>();
    edge.upstream.respond = ({ socket }) => {
      reached.resolve(() => void socket.write(rawResponse(200, {}, "late")));
      return undefined;
    };
    const inFlight = fetch(`${edge.url}/slow`);
    const answer = await reached.promise;
    edge.child.kill("SIGTERM");
    await edge.logged("server.draining");
    answer();
    expect(await (await inFlight).text()).toBe("late");
    expect(await edge.child.exited).toBe(0);
  });
});

describe("a distribution that cannot start", () => {
  async function failed(config: Record<string, unknown>): Promise<[number, string]> {
    const child = spawn(workFolder([], config));
    const text = await new Response(child.stderr).text();
    return [await child.exited, text];
  }

  test("because the port is in use: exit code 1, and it says which", async () => {
    const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
    const [code, text] = await failed({ listen_port: other.port });
    other.stop(true);
    expect(code).toBe(1);
    expect(text).toContain(`cannot listen on 127.0.0.1:${other.port}: it is in use`);
    expect(text).not.toContain("server.ready");
  });

  test("because a PEM file is not there: exit code 1, and it says which", async () => {
    const [code, text] = await failed({ tls: { cert_file: "c.pem", key_file: "k.pem" } });
    expect(code).toBe(1);
    expect(text).toContain("tls.cert_file");
    expect(text).toContain("ENOENT");
  });

  test("because a PEM file holds something else: exit code 1, before anything listens", async () => {
    const file = import.meta.path;
    const [code, text] = await failed({ tls: { cert_file: file, key_file: file } });
    expect(code).toBe(1);
    expect(text).toContain(
      "tls.cert_file holds no usable PEM (a block BEGIN CERTIFICATE is needed); tls.key_file holds no usable PEM (a block BEGIN PRIVATE KEY is needed)",
    );
    expect(text).not.toContain("server.ready");
    const [upstreamCode, upstreamText] = await failed({ upstream_tls: { ca_file: file } });
    expect(upstreamCode).toBe(1);
    expect(upstreamText).toContain(
      "upstream_tls.ca_file holds no usable PEM (a block BEGIN CERTIFICATE is needed)",
    );
    expect(upstreamText).not.toContain("server.ready");
  });

  test("because a key of the configuration is not known: exit code 78", async () => {
    const [code, text] = await failed({ upstream_uri: "http://x" });
    expect(code).toBe(78);
    expect(text).toContain("upstream_url");
  });
});
