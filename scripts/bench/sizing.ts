// What a record and a request cost one thread, for the sizes that senders really have: the figures
// of docs/scaling.md. Each row is measured after as long a time to warm up.

import { otlpBody, policyFile } from "../payloads/index.ts";
import { LoadBench } from "./load.ts";
import type { Report } from "./report/report.ts";

const TYPES = { protobuf: "application/x-protobuf", json: "application/json" } as const;
const POLICIES = 100;
const SECONDS = 10;
const SIZES = [
  ["64KB", 64_000],
  ["1MB", 1_000_000],
] as const;

export async function run(report: Report): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const seconds = report.amount(SECONDS, 1, "seconds");
  const bench = new LoadBench();
  try {
    const executable = await bench.executable(report, "edge-otlp");
    const sink = await bench.script("sink.ts");
    const path = bench.file("policies.json", policyFile(POLICIES));
    const table = report.table(`what a core takes, ${POLICIES} policies`, {
      records: "",
      "CPU a record": "µs",
      throughput: "MB/s",
      requests: "/s",
      "records a second": "",
      measured: "",
    });
    for (const encoding of ["protobuf", "json"] as const) {
      for (const [size, bytes] of SIZES) {
        const { body, records } = otlpBody("log", { bytes, encoding });
        const edge = await bench.edge(executable, {
          upstream_url: sink.url,
          worker_count: 1,
          policy_providers: [{ id: "file", type: "file", path }],
        });
        const options = { path: "/v1/logs", body, contentType: TYPES[encoding], seconds };
        await bench.load(edge, options);
        const { cpuMsPerRequest: ms, requests } = await bench.load(edge, options);
        table.row(`${encoding}, ${size}`, {
          records,
          "CPU a record": (ms * 1000) / records,
          throughput: body.length / 1000 / ms,
          requests: 1000 / ms,
          "records a second": Math.round((records * 1000) / ms),
          measured: requests,
        });
        process.kill(edge.pid, "SIGTERM");
      }
    }
  } finally {
    await bench.close();
  }
}
