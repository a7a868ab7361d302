// A program that judges records and is no proxy: policies from a file, a server for its own pages.

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProviders } from "../../src/providers/index.ts";
import {
  createMetrics,
  PolicyRuntime,
  type ProgramContext,
  Readiness,
  SelfServer,
  startProgram,
} from "../../src/runtime/index.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { FakeProcess } from "./fake-process.ts";

const DROP_DEBUG = {
  id: "drop-debug",
  name: "Drop debug",
  log: { match: [{ log_field: "severity_text", exact: "DEBUG" }], keep: "none" },
};
const SERVICE = {
  name: "test",
  namespace: "test",
  version: "1",
  instanceId: "1",
  resourceAttributes: [],
  labels: [],
};

function assembled(path: string, { bus }: ProgramContext, token?: string) {
  const providers = createProviders([{ type: "file", id: "file", path, pollIntervalMs: 60_000 }], {
    identity: { stages: ["log_filter"], service: SERVICE },
  });
  const policies = new PolicyRuntime({
    bus,
    providers,
    recordMsMax: 0,
    beforePolicies: "wait",
    readyTimeoutMs: 60_000,
  });
  const readiness = new Readiness(() => policies.isReady);
  const metrics = createMetrics("test", bus, policies.engine);
  const self = new SelfServer({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    bus,
    ready: () => readiness.isReady,
    metricsText: () => metrics.metricsText(),
    token,
  });
  return { self, metrics, policies, readiness };
}

interface Running extends AsyncDisposable {
  readonly parts: ReturnType<typeof assembled>;
  readonly port: FakeProcess;
  readonly code: Promise<number>;
  readonly path: string;
  /** Status and text of an answer. */
  get(path: string, init?: RequestInit): Promise<readonly [number, string]>;
}

async function start(token?: string): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "edge-program-"));
  const path = join(folder, "policies.json");
  writeFileSync(path, JSON.stringify({ policies: [DROP_DEBUG] }));
  const port = new FakeProcess();
  const started = Promise.withResolvers<ReturnType<typeof assembled>>();
  const code = startProgram(
    {
      distribution: "test",
      logLevel: "err",
      logFormat: "text",
      secrets: [],
      shutdownTimeoutMs: 5000,
      process: port,
    },
    (context) => {
      const parts = assembled(path, context, token);
      return { ...parts, last: { start: () => started.resolve(parts) } };
    },
  );
  const parts = await started.promise;
  await parts.policies.whenComplete;
  return {
    parts,
    port,
    code,
    path,
    get: async (at, init) => {
      const response = await fetch(`${parts.self.url}${at}`, init);
      return [response.status, await response.text()];
    },
    async [Symbol.asyncDispose]() {
      if (port.handlers.size > 0) port.tell("SIGTERM");
      await code;
      rmSync(folder, { recursive: true });
    },
  };
}

/** The request that policies leave of one with records of these severities. */
function judged({ parts }: Running, ...severities: readonly string[]): string {
  const logRecords = severities.map((severityText) => ({ severityText }));
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  const evaluation = parts.policies.engine.evaluation("log");
  if (evaluation === undefined) return body;
  const outcome = otlpJsonFormat("log").filter(new TextEncoder().encode(body), evaluation);
  return outcome.body === undefined ? body : new TextDecoder().decode(outcome.body);
}

test("records are judged by policies of a file, which SIGHUP reads again", async () => {
  await using program = await start();
  const both = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"INFO"}]}]}]}';
  expect(judged(program, "DEBUG", "INFO")).toBe(both);
  writeFileSync(program.path, JSON.stringify({ policies: [] }));
  program.port.tell("SIGHUP");
  while (program.parts.policies.engine.snapshot.version < 2) await Bun.sleep(1);
  expect(judged(program, "DEBUG", "INFO")).toContain("DEBUG");
});

test("its own pages are served, and nothing else", async () => {
  await using program = await start();
  expect(await program.get("/_health")).toEqual([200, '{"status":"ok"}']);
  expect(await program.get("/_ready")).toEqual([200, '{"status":"ready"}']);
  const [status, text] = await program.get("/_edge/metrics");
  expect(status).toBe(200);
  expect(text).toContain(
    'edge_build_info{version="0.0.0-dev",commit="unknown",distribution="test"',
  );
  expect(text).toContain("edge_policies_loaded");
  const { parts } = program;
  expect((await fetch(`${parts.self.url}/_health`, { method: "POST" })).status).toBe(405);
  expect((await program.get("/v1/logs"))[0]).toBe(404);
  expect((await program.get("/_edge/policies"))[0]).toBe(404);
});

test("a token keeps the metrics to those who have it, and health open", async () => {
  await using program = await start("hunter22");
  expect((await program.get("/_edge/metrics"))[0]).toBe(401);
  const headers = { authorization: "Bearer hunter22" };
  expect((await program.get("/_edge/metrics", { headers }))[0]).toBe(200);
  expect((await program.get("/_health"))[0]).toBe(200);
});

test("SIGTERM ends it with code 0; its own server goes last", async () => {
  const program = await start();
  await using _ = program;
  program.port.tell("SIGTERM");
  expect(await program.code).toBe(0);
  expect(await program.get("/_health").catch(() => "closed")).toBe("closed");
});

test("an address that is taken ends it with code 1, and it says which", async () => {
  const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const failures: unknown[] = [];
  const code = await startProgram(
    {
      distribution: "test",
      logLevel: "err",
      logFormat: "text",
      secrets: [],
      shutdownTimeoutMs: 5000,
      process: new FakeProcess(),
      logSink: (bytes) => bytes.length,
    },
    ({ bus }) => {
      bus.on("program.failed", (event) => void failures.push(event));
      const target = { kind: "tcp", host: "127.0.0.1", port: other.port } as const;
      const self = new SelfServer({ target, bus, ready: () => true, metricsText: () => "" });
      return { self };
    },
  );
  const where = `127.0.0.1:${other.port}`;
  other.stop(true);
  expect(code).toBe(1);
  expect(failures).toEqual([
    {
      what: `cannot listen on ${where}: it is in use`,
      where,
      cure: "stop what listens there or choose another",
    },
  ]);
});

test("SIGUSR1 tells which policies are in force", async () => {
  await using program = await start();
  program.port.tell("SIGUSR1");
  expect(program.port.errors).toMatch(/program\.status part="policies" version=1 policies=1/);
});
