// What copies of dropped records cost requests: two executables of the same policies, one of which
// has what is dropped kept in a bucket, loaded in turns at the same rate. CPU of the thread that
// serves, of the one that keeps copies, and of the whole process, and latency.
// `bun run bench dump [json|protobuf|datadog …]`.

import { datadogBody, otlpBody, policyFile } from "../payloads/index.ts";
import { cpuMs, LoadBench, type LoadOptions, type Proxy, threadsMs } from "./load.ts";
import type { Report } from "./report/report.ts";

const ROUNDS = 7;
const SECONDS = 2;
const WARM_UP_SECONDS = 3;
const POLICIES = 10;
const BYTES = 100_000;
const LOADS = {
  json: {
    body: () => otlpBody("log", { bytes: BYTES, encoding: "json" }),
    flavor: "otlp",
    path: "/v1/logs",
    type: "application/json",
  },
  protobuf: {
    body: () => otlpBody("log", { bytes: BYTES, encoding: "protobuf" }),
    flavor: "otlp",
    path: "/v1/logs",
    type: "application/x-protobuf",
  },
  datadog: {
    body: () => datadogBody({ bytes: BYTES }),
    flavor: "datadog",
    path: "/api/v2/logs",
    type: "application/json",
  },
} as const;

interface Round {
  readonly servingMs: number;
  readonly keeperMs: number;
  readonly allMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function roundOf(
  bench: LoadBench,
  edge: Proxy,
  options: LoadOptions,
  seconds: number,
): Promise<Round> {
  const before = [threadsMs(edge.pid), cpuMs(edge.pid)] as const;
  const { requests, p50Ms, p99Ms, failed } = await bench.run(edge, options, seconds);
  if (failed > 0) throw new Error(`${failed} requests failed`);
  const after = [threadsMs(edge.pid), cpuMs(edge.pid)] as const;
  const spent = [...after[0]].map(([task, ms]) => [task, ms - (before[0].get(task) ?? 0)] as const);
  // The thread that serves is the first one of the process; of the others, none has more to do.
  const serving = spent.find(([task]) => task === edge.pid)?.[1] ?? 0;
  const keeper = Math.max(0, ...spent.flatMap(([task, ms]) => (task === edge.pid ? [] : [ms])));
  return {
    servingMs: serving / requests,
    keeperMs: keeper / requests,
    allMs: (after[1] - before[1]) / requests,
    p50Ms,
    p99Ms,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The median of what each round came to beside the one before it. */
function ratio(plain: readonly Round[], dumping: readonly Round[], name: keyof Round): number {
  const ratios = dumping.map((round, i) => round[name] / (plain[i]?.[name] ?? 1));
  return median(ratios);
}

/** The same policies; what they drop is kept as well. */
function withCopies(body: Uint8Array): string {
  const { policies } = JSON.parse(Buffer.from(body).toString()) as { policies: object[] };
  const extensions = [
    {
      type: "com.usetero/s3-dump",
      version: "1.0.0",
      mode: "dropped",
      config: { target: { kind: "s3", name: "archive" } },
    },
  ];
  return JSON.stringify({ policies: policies.map((policy) => ({ ...policy, extensions })) });
}

const COLUMNS = {
  "serving thread": "ms",
  "with copies": "×",
  keeper: "ms",
  p50: "ms",
  "p50 with copies": "×",
  p99: "ms",
  "p99 with copies": "×",
  "whole process": "ms",
  "whole with copies": "×",
} as const;

function cellsOf([plain = [], dumping = []]: readonly Round[][]): Record<
  keyof typeof COLUMNS,
  number
> {
  const of = (key: keyof Round): number => median(plain.map((round) => round[key]));
  return {
    "serving thread": of("servingMs"),
    "with copies": ratio(plain, dumping, "servingMs"),
    keeper: median(dumping.map((round) => round.keeperMs)),
    p50: of("p50Ms"),
    "p50 with copies": ratio(plain, dumping, "p50Ms"),
    p99: of("p99Ms"),
    "p99 with copies": ratio(plain, dumping, "p99Ms"),
    "whole process": of("allMs"),
    "whole with copies": ratio(plain, dumping, "allMs"),
  };
}

export async function run(report: Report): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const bench = new LoadBench();
  process.env["AWS_ACCESS_KEY_ID"] = process.env["AWS_SECRET_ACCESS_KEY"] = "bench";
  try {
    const executable = await bench.executable(report, "edge");
    const sink = await bench.script("sink.ts");
    const target = { name: "archive", bucket: "b", endpoint: sink.url };
    const s3_dump = { enabled: true, compression: "zstd", targets: [target] };
    const table = report.table("a request, and with copies of what is dropped", COLUMNS);
    const times = report.amount(ROUNDS, 1, "rounds");
    for (const [name, { body: make, flavor, path, type }] of Object.entries(LOADS)) {
      if (!report.wants(name)) continue;
      const policies = policyFile(POLICIES, { flavor });
      const { body, records, matching } = make();
      const start = (text: string | Uint8Array, as: string): Promise<Proxy> =>
        bench.edge(executable, {
          upstream_url: sink.url,
          worker_count: 1,
          s3_dump,
          policy_providers: [
            { id: "file", type: "file", path: bench.file(`${as}-${name}.json`, text) },
          ],
        });
      const edges = [await start(policies, "plain"), await start(withCopies(policies), "copies")];
      const options = { path, body, contentType: type, connections: 4, pauseMs: 40 };
      const warmUpSeconds = report.amount(WARM_UP_SECONDS, 1);
      for (const edge of edges) await bench.run(edge, options, warmUpSeconds);
      const rounds: Round[][] = [[], []];
      for (let i = 0; i < times; i++) {
        // Each is first as often as the other.
        for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
          const edge = edges[which] as Proxy;
          rounds[which]?.push(await roundOf(bench, edge, options, report.amount(SECONDS, 1)));
        }
      }
      for (const edge of edges) process.kill(edge.pid, "SIGTERM");
      table.row(`${name}, ${records} records, ${matching} dropped`, cellsOf(rounds));
    }
  } finally {
    await bench.close();
  }
}
