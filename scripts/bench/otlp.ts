// OTLP logs end to end through the compiled proxy: its own CPU time a request, beside a bare Bun
// passthrough and nginx in the same run.

import {
  gunzipSync,
  gzipSync,
  inflateSync,
  deflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { otlpBody, policyFile } from "../payloads/index.ts";
import { type Load, LoadBench, type Proxy } from "./load.ts";
import type { Report } from "./report/report.ts";

const COUNTS = [0, 10, 1000, 10_000] as const;
const MB = 1_000_000;
const TYPES = { json: "application/json", protobuf: "application/x-protobuf" } as const;

const CODINGS = {
  gzip: [(bytes: Uint8Array) => gzipSync(bytes), gunzipSync],
  deflate: [(bytes: Uint8Array) => deflateSync(bytes), inflateSync],
  zstd: [(bytes: Uint8Array) => zstdCompressSync(bytes), zstdDecompressSync],
} as const;

export async function run(report: Report): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const bench = new LoadBench();
  try {
    const executable = await bench.executable(report, "edge-otlp");
    const sink = await bench.script("sink.ts");
    await filtered(report, bench, executable, sink);
    await coded(report, bench, executable, sink);
  } finally {
    await bench.close();
  }
}

function startEdge(
  bench: LoadBench,
  executable: string,
  sink: Proxy,
  count: number,
): Promise<Proxy> {
  const path = bench.file(`policies-${count}.json`, policyFile(count));
  return bench.edge(executable, {
    upstream_url: sink.url,
    worker_count: 1,
    policy_providers: count === 0 ? [] : [{ id: "file", type: "file", path }],
  });
}

async function filtered(
  report: Report,
  bench: LoadBench,
  executable: string,
  sink: Proxy,
): Promise<void> {
  const bare = await bench.script("bare-proxy.ts", { UPSTREAM: sink.url });
  const nginx = await bench.nginx(sink.url, 1);
  const table = report.table("1 MB of OTLP logs", {
    "CPU a request": "ms",
    "a core": "MB/s",
    "CPU a record": "ns",
    "÷ 10 policies": "×",
    requests: "/s",
    p99: "ms",
  });
  for (const encoding of ["json", "protobuf"] as const) {
    for (const rate of [0, 0.3]) {
      const { body, records } = otlpBody("log", { bytes: MB, matchRate: rate, encoding });
      const seconds = report.amount(4, 1);
      const options = { path: "/v1/logs", body, contentType: TYPES[encoding], seconds };
      const add = (who: string, load: Load, base?: Load): void => {
        if (load.failed > 0) report.fault(`${who}: ${load.failed} requests failed`);
        const ms = load.cpuMsPerRequest;
        table.row(`${encoding}, ${rate * 100} % match, ${who}`, {
          "CPU a request": ms,
          "a core": body.length / 1000 / ms,
          "CPU a record": (ms * 1e6) / records,
          "÷ 10 policies": base === undefined ? undefined : ms / base.cpuMsPerRequest,
          requests: load.requests / load.seconds,
          p99: load.p99Ms,
        });
      };
      if (rate === 0) {
        add("bare Bun", await bench.load(bare, options));
        if (nginx !== undefined) add("nginx", await bench.load(nginx, options));
      }
      let base: Load | undefined;
      for (const count of COUNTS) {
        const edge = await startEdge(bench, executable, sink, count);
        const load = await bench.load(edge, options);
        if (count === 10) base = load;
        add(`edge, ${count.toLocaleString("en")} policies`, load, base);
        process.kill(edge.pid, "SIGTERM");
      }
    }
  }
}

/** What leaves of coded bodies, beside the share of the records that stay. */
async function coded(
  report: Report,
  bench: LoadBench,
  executable: string,
  sink: Proxy,
): Promise<void> {
  const table = report.table("coded bodies of 1 MB, 30 % of the records dropped", {
    "bytes in": "",
    "bytes out": "",
    "bytes that stay": "%",
    "records that stay": "%",
    "out ÷ its share": "×",
  });
  const edge = await startEdge(bench, executable, sink, 10);
  for (const encoding of ["json", "protobuf"] as const) {
    const { body, records, matching } = otlpBody("log", { bytes: MB, encoding });
    for (const [coding, [encode, decode]] of Object.entries(CODINGS)) {
      const sent = encode(body);
      const headers = { "content-type": TYPES[encoding], "content-encoding": coding };
      const answer = await fetch(`${edge.url}/v1/logs`, { method: "POST", headers, body: sent });
      if (answer.status !== 200) report.fault(`${coding} is answered with ${answer.status}`);
      const left = await (await fetch(`${sink.url}/last-body`)).bytes();
      // By bytes before coding, as records differ in length.
      const share = decode(left).length / body.length;
      table.row(`${encoding}, ${coding}`, {
        "bytes in": sent.length,
        "bytes out": left.length,
        "bytes that stay": share * 100,
        "records that stay": (1 - matching / records) * 100,
        "out ÷ its share": left.length / (sent.length * share),
      });
    }
  }
}
