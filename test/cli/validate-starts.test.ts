// What `validate` accepts starts, and what it refuses does not: generated configurations go through
// both, in this process.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { type CliIo, proxySpec, runCli } from "../../src/cli/index.ts";
import type { ProxyConfig } from "../../src/config/index.ts";
import { edge } from "../../src/distributions.ts";
import { assemble } from "../../src/runtime/proxy/assemble.ts";
import { listenPem } from "../../src/runtime/proxy/serving.ts";
import { listen } from "../../src/server/listener.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

/** All that starting does before requests are served, then the end of it. */
async function start(config: ProxyConfig): Promise<number> {
  const assembly = assemble(config, edge, new RecordingBus());
  try {
    const tls = listenPem(config.tls);
    const { fetch } = assembly.server.app;
    const target = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    const listener = await listen({ target, tls, idleTimeoutMs: 1000, fetch });
    await listener.abort();
    return 0;
  } finally {
    assembly.metrics.stop();
    for (const upstream of assembly.upstreams) upstream.stop();
  }
}

async function codeOf(argv: readonly string[], text: string): Promise<number> {
  const io: CliIo = { out: () => undefined, err: () => undefined };
  const readFile = (path: string): Uint8Array => {
    if (path === "c.json") return new TextEncoder().encode(text);
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  };
  const distribution = edge;
  const checkPolicyFiles = (files: readonly unknown[]) =>
    Promise.resolve(files.map(() => ({ policies: 0, findings: [], warnings: [] })));
  const options = { distribution, version: "1", argv, env: {}, io, readFile, checkPolicyFiles };
  return runCli(options, proxySpec(edge, start));
}

const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...values) },
  );

const CONFIG = fc.record({
  listen_address: maybe<unknown>("127.0.0.1", "::", "nowhere in particular", 5),
  listen_port: maybe<unknown>(0, 8080, 65_536, -1, "80"),
  log_level: maybe<unknown>("info", "WARNING", "loud"),
  upstream_url: maybe<unknown>("stdout:", "http://127.0.0.1:9/base", "ftp://x", "x", "http://"),
  logs_url: maybe<unknown>("https://logs.example.com/v1/logs", "http://["),
  worker_count: maybe<unknown>(1, 2, 0, 1.5, 100_000),
  max_body_size: maybe<unknown>(1, 20_971_520, 0, -5, 1e18),
  before_policies: maybe<unknown>("wait", "pass", "perhaps"),
  admin: maybe<unknown>(
    { token: "t" },
    { token: "a b" },
    { find: true },
    { listen: "127.0.0.1:0" },
    { listen: "x" },
    { nope: 1 },
  ),
  tls: maybe<unknown>({ cert_file: "no.pem", key_file: "no.key" }, { cert_file: "no.pem" }),
  cors: maybe<unknown>({ allowed_origins: ["https://a"] }, { allowed_origins: "x" }),
  policy_providers: maybe<unknown>(
    [{ type: "file", path: "p.json" }],
    [{ type: "http", url: "https://plane/sync" }],
    [{ type: "http" }],
    [{ type: "carrier pigeon" }],
    [{ path: "p" }, { id: "file-1", path: "q" }],
  ),
  prometheus: maybe<unknown>({ targets: { "/m": "http://a" } }, { targets: { m: 1 } }),
});

test("what validate accepts starts, and what it refuses does not", async () => {
  let [accepted, refused] = [0, 0];
  const property = fc.asyncProperty(CONFIG, async (config) => {
    const text = JSON.stringify(config);
    const validated = await codeOf(["validate", "c.json"], text);
    const started = await codeOf(["c.json"], text);
    expect([text, validated === 0]).toEqual([text, started === 0]);
    if (validated === 0) accepted++;
    else refused++;
  });
  await fc.assert(property, { numRuns: 300 });
  expect([accepted > 10, refused > 10]).toEqual([true, true]);
});
