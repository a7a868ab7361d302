// Dumps of failed requests, through the compiled executable with one and several workers: what is
// kept of HTTP and gRPC, with which rights, how many at most, and that no secret is in them.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import type { ClientHttp2Session } from "node:http2";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { framed } from "../../../src/core/grpc/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { callOn, connect } from "../../support/grpc/client.ts";

const BUILD_TIMEOUT_MS = 120_000;
const LOOK_MS = 10;
const SECRETS = ["cl1ent-token", "cl1ent-key", "cl1ent-cookie", "url-passw0rd", "tenant-k3y"];
const SECRET_HEADERS = {
  authorization: "Bearer cl1ent-token",
  "dd-api-key": "cl1ent-key",
  cookie: "session=cl1ent-cookie",
  "x-tenant": "cl1ent-key",
};
const POLICIES = {
  policies: [
    {
      id: "redacting",
      name: "redacting",
      log: {
        match: [{ log_field: "body", regex: "card" }],
        keep: "all",
        transform: { redact: [{ log_field: "body", replacement: "[REDACTED]" }] },
      },
    },
  ],
};

interface Kept {
  readonly status: number | null;
  readonly unread: string | null;
  readonly telemetry: string;
  readonly body: string;
}

describe.skipIf(!hasEntryPoint("edge"))(`failure_capture, executable ${WHERE}`, () => {
  let upstream: Bun.Server<undefined>;
  let program: Program;
  let session: ClientHttp2Session | undefined;
  let name = "edge";

  beforeAll(async () => {
    await executable("edge");
    upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        await request.arrayBuffer();
        const status = Number(request.headers.get("x-answer") ?? 400);
        return new Response("{}", { status, headers: { "content-type": "application/json" } });
      },
    });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => upstream.stop(true));
  afterEach(async () => {
    session?.close();
    session = undefined;
    name = "edge";
    await program[Symbol.asyncDispose]();
  });

  async function start(workers: number, dumpsMax: number, more: object = {}): Promise<string> {
    const config = {
      listen_port: 0,
      worker_count: workers,
      log_format: "json",
      upstream_url: `http://user:url-passw0rd@127.0.0.1:${upstream.port}`,
      upstream_headers: [{ name: "x-tenant", value: "tenant-k3y" }],
      policy_providers: [{ type: "file", path: "policies.json" }],
      failure_capture: { dir: "failures", max_dumps: dumpsMax },
      ...more,
    };
    const files = {
      "config.json": JSON.stringify(config),
      "policies.json": JSON.stringify(POLICIES),
    };
    program = await startProgram(name, { files, args: ["config.json"] });
    return program.url();
  }

  /** On a connection of its own, so that all workers get some. */
  async function send(
    url: string,
    path: string,
    body: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<number> {
    const all = { "content-type": "application/json", connection: "close", ...headers };
    const response = await fetch(new URL(path, url), { method: "POST", body, headers: all });
    await response.text();
    return response.status;
  }

  const folder = (): string => join(program.folder, "failures");
  const names = (): string[] => readdirSync(folder()).toSorted();
  const texts = (): string[] => names().map((name) => readFileSync(join(folder(), name), "utf8"));

  /** The metrics that begin so, once one of them is what is waited for. */
  async function metric(url: string, line: string): Promise<void> {
    for (;;) {
      const text = await (await fetch(new URL("/_edge/metrics", url))).text();
      if (text.split("\n").includes(line)) return;
      await Bun.sleep(LOOK_MS);
    }
  }
  const written = (url: string, dumps: number): Promise<void> =>
    metric(url, `edge_failure_capture_dumps_total ${dumps}`);

  function kept(): Kept[] {
    return texts().map((text) => {
      const { status, unread, telemetry, body } = JSON.parse(text) as Kept;
      return { status, unread, telemetry, body: Buffer.from(body, "base64").toString("latin1") };
    });
  }

  const logs = (...bodies: string[]): string => {
    const logRecords = bodies.map((stringValue) => ({ body: { stringValue } }));
    return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  };
  const edge = async (...args: string[]): Promise<string> => {
    const child = Bun.spawn([await executable("edge"), ...args], { cwd: program.folder });
    return child.stdout.text();
  };

  for (const workers of [1, 2]) {
    test(`keeps what failed, as it left, without secrets; ${workers} worker(s)`, async () => {
      const url = await start(workers, 100);
      const target = "/v1/logs?api_key=cl1ent-key";
      expect(await send(url, target, logs("my card", "other"), SECRET_HEADERS)).toBe(400);
      await written(url, 1);
      expect(await send(url, target, "{", { ...SECRET_HEADERS, "x-answer": "200" })).toBe(200);
      await written(url, 2);
      // No policy is for metrics: the body is not looked into.
      expect(await send(url, "/v1/metrics", "{}", { "x-answer": "413" })).toBe(413);
      await written(url, 3);
      for (const answer of ["200", "401", "503"]) {
        expect(await send(url, "/v1/logs", logs("fine"), { "x-answer": answer })).toBe(
          Number(answer),
        );
      }
      const packed = gzipSync(logs("plain"));
      const gzip = { "content-encoding": "gzip", "x-answer": "408" };
      expect(await send(url, "/v1/logs", packed, gzip)).toBe(408);
      await written(url, 4);

      expect(kept()).toEqual([
        {
          status: 400,
          unread: null,
          telemetry: "otlp_logs",
          body: logs("[REDACTED]", "other"),
        },
        { status: 200, unread: "undecodable", telemetry: "otlp_logs", body: "{" },
        { status: 413, unread: null, telemetry: "otlp_metrics", body: "{}" },
        { status: 408, unread: null, telemetry: "otlp_logs", body: packed.toString("latin1") },
      ]);
      expect(statSync(folder()).mode & 0o777).toBe(0o700);
      expect(names().map((name) => statSync(join(folder(), name)).mode & 0o777)).toEqual([
        0o600, 0o600, 0o600, 0o600,
      ]);
      const said = texts().join("") + program.output;
      expect(SECRETS.filter((secret) => said.includes(secret))).toEqual([]);
      expect(said).not.toContain("my card");

      const dropping = {
        id: "d",
        name: "d",
        log: { match: [{ log_field: "body", exact: "plain" }], keep: "none" },
      };
      await Bun.write(join(program.folder, "new.json"), JSON.stringify({ policies: [dropping] }));
      const paths = names().map((name) => join("failures", name));
      expect(JSON.parse(await edge("replay", "--json", "-p", "new.json", ...paths))).toMatchObject({
        unread: 1,
        changes: { "newly-dropped": { records: 1, byPolicy: { d: { records: 1 } } } },
      });
    });

    test(`keeps no more than max_dumps, and counts the rest; ${workers} worker(s)`, async () => {
      const url = await start(workers, 5);
      const failing = Array.from({ length: 40 }, () => send(url, "/v1/logs", logs("x")));
      expect(new Set(await Promise.all(failing))).toEqual(new Set([400]));
      await metric(url, 'edge_failure_capture_dropped_total{reason="folder_full"} 35');
      await written(url, 5);
      expect(names()).toEqual([1, 2, 3, 4, 5].map((number) => `failure-0000${number}.json`));
    });
  }

  test("keeps calls of gRPC, and replay reads them", async () => {
    const url = await start(2, 100, { grpc: { listen_port: 0 } });
    const port = await program.line(
      (line) => /"server\.ready".*"url":"grpc:.*:(\d+)"/.exec(line)?.[1],
    );
    session = await connect(Number(port));
    session.on("error", () => undefined);
    // A resource with a scope with one record whose body is the text "x".
    const message = Uint8Array.of(10, 11, 18, 9, 18, 7, 42, 5, 10, 3, 120, 121, 122);
    const fields = { authorization: "Bearer cl1ent-token" };
    const { status } = await callOn(session, { body: framed(message), fields });
    expect(status).toBe(3);
    await written(url, 1);
    expect(kept()).toEqual([
      {
        status: 400,
        unread: null,
        telemetry: "otlp_logs",
        body: Buffer.from(message).toString("latin1"),
      },
    ]);
    expect(texts().join("")).not.toContain("cl1ent-token");
    const dropping = {
      id: "d",
      name: "d",
      log: { match: [{ log_field: "body", exact: "xyz" }], keep: "none" },
    };
    await Bun.write(join(program.folder, "new.json"), JSON.stringify({ policies: [dropping] }));
    const path = join("failures", names()[0]!);
    expect(JSON.parse(await edge("replay", "--json", "-p", "new.json", path))).toMatchObject({
      unread: 0,
      changes: { "newly-dropped": { records: 1 } },
    });
  });

  test.each([
    ["edge-otlp", "/v1/traces", "POST", "otlp_traces"],
    ["edge-datadog", "/api/v2/logs", "POST", "datadog_logs"],
    ["edge-prometheus", "/metrics", "GET", "prometheus_metrics"],
  ])(
    "of %s keeps what %s was answered",
    async (distribution, path, method, telemetry) => {
      name = distribution;
      const url = await start(1, 100);
      const body = method === "GET" ? null : "[]";
      const headers = { "content-type": "application/json", ...SECRET_HEADERS };
      for (const target of [path, "/elsewhere"]) {
        const response = await fetch(new URL(target, url), { method, body, headers });
        expect(response.status).toBe(400);
      }
      await written(url, 1);
      expect(kept()).toMatchObject([{ status: 400, telemetry, body: body ?? "" }]);
      const said = texts().join("") + program.output;
      expect(SECRETS.filter((secret) => said.includes(secret))).toEqual([]);
    },
    BUILD_TIMEOUT_MS,
  );

  test("keeps what policies could not read as it came, with the reason", async () => {
    const url = await start(1, 100);
    const cases = [
      ["unknown_content_type", "a", { "content-type": "text/plain" }],
      ["unknown_encoding", "b", { "content-encoding": "br" }],
      ["undecodable", "c", { "content-encoding": "gzip" }],
      ["undecodable", "[", {}],
    ] as const;
    for (const [index, [, body, headers]] of cases.entries()) {
      expect(await send(url, "/v1/logs", body, { "x-answer": "200", ...headers })).toBe(200);
      await written(url, index + 1);
    }
    expect(kept()).toEqual(
      cases.map(([unread, body]) => ({ status: 200, unread, telemetry: "otlp_logs", body })),
    );
    const paths = names().map((file) => join("failures", file));
    const replayed = JSON.parse(await edge("replay", "--json", "-p", "policies.json", ...paths));
    expect(replayed).toMatchObject({ unread: 4, records: 0 });
  });

  test("a folder that cannot be written to costs no request, and is told of", async () => {
    const url = await start(2, 100, { failure_capture: { dir: "config.json/failures" } });
    for (let times = 0; times < 4; times++) {
      expect(await send(url, "/v1/logs", logs("x"))).toBe(400);
    }
    await metric(url, 'edge_failure_capture_dropped_total{reason="write_failed"} 4');
    expect(program.output.match(/failure_capture\.dropped/g)).toHaveLength(1);
  });

  test("without a folder nothing is kept", async () => {
    const url = await start(1, 100, { failure_capture: {} });
    expect(await send(url, "/v1/logs", "{")).toBe(400);
    await written(url, 0);
    expect(readdirSync(program.folder)).not.toContain("failures");
  });

  test("what is still on its way to the disk is written before the program ends", async () => {
    for (const workers of [1, 2]) {
      const url = await start(workers, 100);
      const failing = Array.from({ length: 20 }, () => send(url, "/v1/logs", logs("x")));
      await Promise.all(failing);
      program.signal("SIGTERM");
      expect(await program.exited).toBe(0);
      expect(kept()).toHaveLength(20);
      await program[Symbol.asyncDispose]();
    }
  });
});
