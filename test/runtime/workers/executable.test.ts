// Several workers in the compiled executable, alone in a folder: there is no file beside it that a
// worker could be started from.

import { expect, test } from "bun:test";
import { startProgram, WHERE } from "../../support/e2e-program.ts";
import { RecordingUpstream } from "../../support/recording-upstream.ts";
import { inParallel, request, statuses } from "./pool-harness.ts";

const POLICIES = {
  policies: [
    {
      id: "limit",
      name: "limit",
      log: { match: [{ log_field: "severity_text", exact: "INFO" }], keep: "100/10m" },
    },
  ],
};
const INFO = JSON.stringify({
  resourceLogs: [
    { scopeLogs: [{ logRecords: [{ severityText: "INFO" }, { severityText: "INFO" }] }] },
  ],
});

test.if(process.platform === "linux")(
  `serves with two workers as one (${WHERE})`,
  async () => {
    const upstream = await RecordingUpstream.start();
    await using _ = { [Symbol.asyncDispose]: () => upstream.stop() };
    const config = {
      listen_address: "127.0.0.1",
      listen_port: 0,
      log_format: "json",
      worker_count: 2,
      upstream_url: upstream.url,
      policy_providers: [{ id: "file", type: "file", path: "policies.json" }],
    };
    const files = {
      "config.json": JSON.stringify(config),
      "policies.json": JSON.stringify(POLICIES),
    };
    await using edge = await startProgram("edge-otlp", { files, args: ["config.json"] });
    const url = await edge.url();
    await edge.line((line) => (line.includes("policies.replaced") ? line : undefined));
    const headers = { "content-type": "application/json" };
    const answers = await inParallel(90, 6, () =>
      request(`${url}/v1/logs`, { method: "POST", headers }, INFO),
    );
    const bodies = upstream.requests.map(({ body }) => body.toString()).join("");
    expect([statuses(answers), bodies.split("INFO").length - 1]).toEqual([{ 200: 90 }, 100]);
    const { text } = await request(`${url}/_edge/metrics`);
    expect(text).toContain('edge_policy_hits_total{policy="limit"} 180\n');
    edge.signal("SIGTERM");
    expect(await edge.exited).toBe(0);
    expect(edge.output).toContain('"event":"workers.starting","workers":2');
  },
  60_000,
);
