// Each executable that serves one protocol keeps copies of what it drops, in a real bucket; of logs
// without what the policy hides, where the target asks for that.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { startUpstream } from "../../support/e2e-upstream.ts";
import { S3_SERVER, S3Server } from "../../support/s3-server.ts";
import { DumpingEdge } from "./dumping-edge.ts";

const NAMES = ["edge-otlp", "edge-datadog", "edge-prometheus"] as const;
const BUILD_TIMEOUT_MS = 240_000;
const TIMEOUT_MS = 60_000;

const EXTENSIONS = [
  {
    type: "com.usetero/s3-dump",
    version: "1.0.0",
    mode: "dropped",
    config: { target: { kind: "s3", name: "archive" } },
  },
];
const LOGS = {
  id: "hides",
  name: "hides",
  extensions: EXTENSIONS,
  log: {
    match: [{ log_field: "body", contains: "debug" }],
    keep: "none",
    transform: {
      remove: [{ log_attribute: "mail" }],
      redact: [{ log_field: "body", regex: "secret=\\w+", replacement: "secret=***" }],
    },
  },
};
const SAMPLES = {
  id: "noise",
  name: "noise",
  extensions: EXTENSIONS,
  metric: { match: [{ metric_field: "name", starts_with: "noise_" }], keep: false },
};

const otlpRecord = (text: string) => ({
  body: { stringValue: text },
  attributes: [
    { key: "mail", value: { stringValue: "a@b" } },
    { key: "n", value: { intValue: "1" } },
  ],
});
const otlpOf = (...records: object[]) => ({
  resourceLogs: [
    {
      resource: { attributes: [{ key: "host", value: { stringValue: "h" } }] },
      scopeLogs: [{ logRecords: records }],
    },
  ],
});

const ready = S3_SERVER !== undefined && NAMES.every((name) => hasEntryPoint(name));

describe.skipIf(!ready)("s3-dump of the other executables (needs versitygw)", () => {
  let server: S3Server;
  const upstream = startUpstream();
  const exposition = "# TYPE noise_a gauge\nnoise_a 1\n# TYPE kept gauge\nkept 2\n";
  const application = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(exposition, { headers: { "content-type": "text/plain" } }),
  });

  beforeAll(async () => {
    for (const name of NAMES) await executable(name);
    server = await S3Server.start();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    await application.stop(true);
  });

  /** Runs one with a prefix of its own, and answers the lines that it left in the bucket. */
  async function dumped(
    name: (typeof NAMES)[number],
    policy: object,
    redacts: boolean,
    use: (edge: DumpingEdge) => Promise<void>,
  ): Promise<unknown[]> {
    const prefix = `${name}-${redacts}/`;
    const { bucket, url: endpoint } = server;
    const target = { name: "archive", bucket, endpoint, prefix, redact_before_dump: redacts };
    await using edge = new DumpingEdge({
      name,
      server,
      upstream: upstream.url,
      workers: 1,
      dump: { targets: [target] },
      config: { prometheus: { url: application.url.href } },
      policies: [policy],
    });
    await edge.start();
    await use(edge);
    expect(await edge.stop()).toBe(0);
    return server.lines(prefix).map((line) => JSON.parse(line) as unknown);
  }

  test.each([true, false])(
    "edge-otlp keeps requests of one record (redacted first: %p)",
    async (redacts) => {
      const hidden = otlpRecord("debug secret=abc");
      const lines = await dumped("edge-otlp", LOGS, redacts, async (edge) => {
        const body = JSON.stringify(otlpOf(hidden, otlpRecord("info secret=abc")));
        expect(await edge.post("/v1/logs", body)).toBe(200);
      });
      const shown = {
        body: { stringValue: "debug secret=***" },
        attributes: [{ key: "n", value: { intValue: "1" } }],
      };
      expect(lines).toEqual([otlpOf(redacts ? shown : hidden)]);
    },
    TIMEOUT_MS,
  );

  test.each([true, false])(
    "edge-datadog keeps logs (redacted first: %p)",
    async (redacts) => {
      const hidden = { message: "debug secret=abc", mail: "a@b", n: 1 };
      const lines = await dumped("edge-datadog", LOGS, redacts, async (edge) => {
        const body = JSON.stringify([hidden, { message: "info secret=abc" }]);
        expect(await edge.post("/api/v2/logs", body)).toBe(200);
      });
      expect(lines).toEqual([redacts ? { message: "debug secret=***", n: 1 } : hidden]);
    },
    TIMEOUT_MS,
  );

  test(
    "edge-prometheus keeps samples",
    async () => {
      const lines = await dumped("edge-prometheus", SAMPLES, false, async (edge) => {
        const answer = await fetch(`${edge.url}/metrics`);
        expect(await answer.text()).toBe("# TYPE kept gauge\nkept 2\n");
      });
      expect(lines).toEqual([{ line: "noise_a 1" }]);
    },
    TIMEOUT_MS,
  );
});
