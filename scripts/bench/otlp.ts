// OTLP logs end to end through the compiled proxy: its own CPU time a request, beside a bare Bun
// passthrough and nginx in the same run.

import { buildExecutable } from "../build.ts";
import { LoadBench, type Load } from "./load.ts";
import { printTable } from "./measure.ts";
import { loadGenerator } from "./payloads.ts";

const COUNTS = [0, 10, 1000, 10_000] as const;
const TYPES = { json: "application/json", protobuf: "application/x-protobuf" } as const;

export async function run(args: readonly string[]): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const { path: executable } = await buildExecutable({ name: "edge-otlp", outdir: bench.folder });
    const sink = await bench.script("sink.ts");
    const bare = await bench.script("bare-proxy.ts", { UPSTREAM: sink.url });
    const nginx = await bench.nginx(sink.url, 1);
    const rows: string[][] = [];
    for (const encoding of ["json", "protobuf"] as const) {
      for (const rate of ["0", "0.3"]) {
        const { body, records } = generate("otlp-logs", {
          size: "1MB",
          "match-rate": rate,
          encoding,
        });
        const options = { path: "/v1/logs", body, contentType: TYPES[encoding] };
        const add = (who: string, load: Load, base?: Load): void => {
          rows.push(
            describe(
              `${encoding}, ${Number(rate) * 100} % match, ${who}`,
              load,
              body,
              records,
              base,
            ),
          );
        };
        if (rate === "0") {
          add("bare Bun", await bench.load(bare, options));
          if (nginx !== undefined) add("nginx", await bench.load(nginx, options));
        }
        let base: Load | undefined;
        for (const count of COUNTS) {
          const policies = generate("policies", { count: String(count), signal: "log" });
          const path = bench.file(`policies-${count}.json`, policies.body);
          const edge = await bench.edge(executable, {
            upstream_url: sink.url,
            worker_count: 1,
            policy_providers: count === 0 ? [] : [{ id: "file", type: "file", path }],
          });
          const load = await bench.load(edge, options);
          if (count === 10) base = load;
          add(`edge, ${count} policies`, load, base);
          process.kill(edge.pid, "SIGTERM");
        }
      }
    }
    printTable(
      ["1 MB of OTLP logs", "CPU/request", "MB/s/core", "CPU/record", "× of 10", "req/s", "p99"],
      rows,
    );
  } finally {
    await bench.close();
  }
}

function describe(
  title: string,
  load: Load,
  body: Uint8Array,
  records: number,
  base: Load | undefined,
): string[] {
  return [
    title,
    `${load.cpuMsPerRequest.toFixed(2)} ms`,
    (body.length / 1000 / load.cpuMsPerRequest).toFixed(0),
    `${((load.cpuMsPerRequest * 1e6) / records).toFixed(0)} ns`,
    base === undefined ? "" : (load.cpuMsPerRequest / base.cpuMsPerRequest).toFixed(2),
    (load.requests / load.seconds).toFixed(0),
    `${load.p99Ms.toFixed(0)} ms${load.failed > 0 ? ` ${load.failed} FAILED` : ""}`,
  ];
}
