// What a record and a request cost one thread, for the sizes that senders really have: the figures
// of docs/scaling.md. Each row is measured after as long a time to warm up.

import { buildExecutable } from "../build.ts";
import { LoadBench } from "./load.ts";
import { printTable } from "./measure.ts";
import { loadGenerator } from "./payloads.ts";

const TYPES = { protobuf: "application/x-protobuf", json: "application/json" } as const;
const POLICIES = "100";
const SECONDS = 10;

export async function run(args: readonly string[]): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge-otlp", outdir: bench.folder });
    const sink = await bench.script("sink.ts");
    const policies = generate("policies", { count: POLICIES, signal: "log" });
    const path = bench.file("policies.json", policies.body);
    const rows: string[][] = [];
    for (const encoding of ["protobuf", "json"] as const) {
      for (const size of ["64KB", "1MB"]) {
        const asked = { size, "match-rate": "0.3", encoding };
        const { body, records } = generate("otlp-logs", asked);
        const edge = await bench.edge(executable, {
          upstream_url: sink.url,
          worker_count: 1,
          policy_providers: [{ id: "file", type: "file", path }],
        });
        const options = { path: "/v1/logs", body, contentType: TYPES[encoding], seconds: SECONDS };
        await bench.load(edge, options);
        const { cpuMsPerRequest: ms, requests } = await bench.load(edge, options);
        rows.push([
          `${encoding}, ${size}`,
          String(records),
          `${((ms * 1000) / records).toFixed(2)} µs`,
          (body.length / 1000 / ms).toFixed(0),
          (1000 / ms).toFixed(0),
          ((records * 1000) / ms).toFixed(0),
          String(requests),
        ]);
        process.kill(edge.pid, "SIGTERM");
      }
    }
    const perCore = ["MB/s/core", "requests/s/core", "records/s/core"];
    printTable(["request", "records", "CPU/record", ...perCore, "measured requests"], rows);
  } finally {
    await bench.close();
  }
}
